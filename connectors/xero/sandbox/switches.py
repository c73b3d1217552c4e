"""Each guess of the Xero fact sheet as a switch, with the guess as its default.

Holds no behaviour; a switch is read where the behaviour lives.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Switches:
    """What the sandbox does where Xero's own behaviour is not confirmed.

    Attributes:
        tax_tolerance: How far a sent TaxAmount of an invoice or credit note line may lie from the computed
            one (sheet 16, no. 10). Bank transactions allow nothing (8.9).
        numbers_free_after_void: Whether a voided or deleted document gives its number back (16, no. 4).
        match_contacts_by: Order in which POST /Contacts looks for the contact to update (16, no. 5).
        trim_contact_names: Outer and double spaces of a name are dropped; otherwise the name is refused (8.1).
        unknown_tracking: `refuse` a line with an unknown tracking name, or `drop` that tracking.
        key_compares_tenant: Whether one idempotency key used for two tenants counts as another request (5.1).
        refuse_empty_key: An empty Idempotency-Key is a 400; otherwise it counts as absent (5.1).
        refused_calls_count: Whether a call answered 429 still uses up the window (4.1).
        longest_id_list: Characters of `IDs=` and its like beyond which the address is a 404 (4.2).
        largest_body: Bytes of one request (16, no. 11).
        largest_batch: Payments in one batch payment (16, no. 6).
        require_json: Answer 406 unless `Accept` names JSON; Xero would answer XML (14.1).
        approvals_left: How many more documents may be approved on an entry plan; None is without end (8.3).
        discounts_only_on_sales: Refuse line discounts anywhere but on sales invoices; otherwise ignore them (8.4).
        same_number_across_case: Whether `hx-1` and `HX-1` are one number (5.2).
        draft_in_locked_period: Whether a draft may carry a date in a locked period.
        webhook_drop_rate: Share of deliveries that never arrive (10).
        webhook_duplicate_rate: Share of deliveries that arrive twice (10).
        webhook_bad_signature_rate: Share of deliveries whose signature is wrong, as a forger's would be (10).
        webhook_delay_seconds: How long after the change a delivery is due.
        webhook_out_of_order: Deliveries that are due together come in another order (10).
    """

    tax_tolerance: Decimal = Decimal("0.01")
    numbers_free_after_void: bool = False
    match_contacts_by: tuple[str, ...] = ("ContactID", "ContactNumber", "Name")
    trim_contact_names: bool = True
    unknown_tracking: str = "refuse"
    key_compares_tenant: bool = False
    refuse_empty_key: bool = True
    refused_calls_count: bool = False
    longest_id_list: int = 1900
    largest_body: int = 3_500_000
    largest_batch: int = 200
    require_json: bool = True
    approvals_left: int | None = None
    discounts_only_on_sales: bool = True
    same_number_across_case: bool = True
    draft_in_locked_period: bool = True
    webhook_drop_rate: float = 0.0
    webhook_duplicate_rate: float = 0.0
    webhook_bad_signature_rate: float = 0.0
    webhook_delay_seconds: int = 0
    webhook_out_of_order: bool = False
