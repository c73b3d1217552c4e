"""Every kind of difference by its code, with its sentence in a bookkeeper's words.

PURE data; reports show the sentence, never the code alone.
"""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    "invoice missing": "The invoice is not in Xero.",
    "invoice voided": "The invoice was voided or deleted in Xero.",
    "invoice draft": "The invoice is still a draft in Xero, so it is not in the books.",
    "invoice extra": "Xero has the invoice, Halaxy does not.",
    "invoice unwanted": "Xero has documents of an invoice that should have none.",
    "total": "The fees are not the same.",
    "tax": "The GST is not the same.",
    "tax type": "A fee stands under another tax rate.",
    "account": "A fee stands in another account.",
    "date": "The invoice has another date.",
    "contact": "The invoice is made out to another contact.",
    "due": "What is due is not the same: a credit is not applied, or one too many.",
    "discount": "A discount is not the same.",
    "write-off": "What was written off is not the same.",
    "rounding": "A rounding is larger than cash allows.",
    "opening balance": "The balance brought forward is not the same.",
    "payment missing": "The payment is not in Xero.",
    "payment extra": "Xero has a payment that Halaxy does not have.",
    "payment doubled": "The payment stands in Xero more than once.",
    "payment amount": "The payment has another amount.",
    "payment date": "The payment has another date.",
    "payment account": "The payment went to another account.",
    "payment on another invoice": "The payment stands on another invoice.",
    "refund missing": "The refund is not in Xero.",
    "refund amount": "The refund has another amount.",
    "refund date": "The refund has another date.",
    "refund account": "The refund came from another account.",
    "reversal missing": "Money that came back is not in Xero.",
    "reversal differs": "Money that came back is not the same.",
    "fee missing": "A card fee is not in Xero.",
    "fee differs": "A card fee is not the same.",
    "surcharge missing": "A card surcharge is not in Xero.",
    "surcharge differs": "A card surcharge is not the same.",
    "dispute missing": "The fee for a chargeback is not in Xero.",
    "dispute differs": "The fee for a chargeback is not the same.",
    "deposit missing": "The deposit is not in Xero.",
    "deposit amount": "The deposit has another amount.",
    "deposit date": "The deposit has another date.",
    "deposit account": "The deposit went to another account.",
    "deposit balance": "What is left of the deposit is not the same.",
    "money extra": "Xero has money of Halaxy's making that Halaxy does not have.",
    "suspected duplicate": "Another document has the same payer, total and day.",
}
