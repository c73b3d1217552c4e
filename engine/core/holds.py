"""The codes under which a run waits for its cause to go away, each with one sentence for a bookkeeper.

The decisions that open holds are made elsewhere; this is the one list of codes.
"""

from __future__ import annotations

SENTENCES = {
    "CANNOT_TELL": "The rule could not be decided because a value that it needs is missing.",
    "FACTS_MISSING": "The accounts and tax rates of Xero have not been read yet.",
    "UNMAPPED": "A fee category or payment method has no account yet; add it to the map.",
    "TAX_MISMATCH": "The GST of the invoice does not agree between Halaxy and Xero.",
    "TOTAL_MISMATCH": "The lines, the header and the money of the invoice do not add up.",
    "WAITING_APPROVAL": "The invoice waits in Xero for approval; its payments follow by themselves.",
    "LOCKED_PERIOD": "The date lies in a period that is locked in Xero.",
    "NUMBER_TAKEN": "Xero already has a different document with this number.",
    "ACCOUNT_ARCHIVED": "An account of the map is archived or missing in Xero.",
    "CONTACT_ARCHIVED": "The payer's contact is archived in Xero.",
    "TRACKING_MISSING": "A tracking option does not exist in Xero.",
    "CURRENCY_NOT_ENABLED": "The currency is not switched on in Xero.",
    "PLAN_LIMIT": "The Xero plan does not allow more approved invoices this month.",
    "NATIVE_SYNC_ON": "Halaxy's own Xero link writes to the same organisation; switch one of them off.",
    "XERO_CHANGED": "A person changed the document in Xero; it is not overwritten.",
    "DELETE_BLOCKED": "The invoice was deleted in Halaxy, but money in Xero stands on it.",
    "SETTLED_PAYMENT_DELETED": "A payment was deleted in Halaxy after its deposit had moved.",
    "SCOPE_MISSING": "The Xero connection lacks a permission that this needs.",
    "TEMPLATE_FAILED": "A template could not be filled in; it names the line and what is missing.",
    "TEMPLATE_TOO_LARGE": "A template comes to more text or needs more memory than a mail may.",
    "TEMPLATE_TOO_SLOW": "A template takes too long to fill in.",
    "TEMPLATE_UNKNOWN": "The template that a step names is not there.",
    "OUTCOME_UNKNOWN": "It is not known whether the message went out; a person decides.",
    "DEPOSIT_MISSING": "The deposit that pays this is not in Xero yet; it goes on by itself when it is.",
}


def sentence(code: str) -> str:
    """The sentence of a code; an unknown code is shown as it is."""
    return SENTENCES.get(code, code)
