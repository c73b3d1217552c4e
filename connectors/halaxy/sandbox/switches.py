"""Every guess of the Halaxy fact sheet as a switch, with the default that the sheet thinks likeliest.

Only the settings; the places that obey them are named in the comments by section of the sheet.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import msgspec

Json = Any


@dataclass(frozen=True, slots=True)
class Switches:
    """How this sandbox answers where nobody has yet looked at a live account."""

    # Sign-in and limits (3.2, 3.3, 3.5, 3.6)
    token_real_ttl: int = 900  # seconds a token works, whatever `expires_in` says
    token_expires_in: int = 3600  # what the token answer claims
    bad_client_status: Literal[400, 401, 403] = 401
    missing_scope_status: Literal[401, 403] = 403
    user_agent_required: bool = True
    organization_scope: Literal["any", "patients", "practitioners", "invoices", "claims"] = "any"
    rate_limit: int = 500  # requests in any 60 seconds, for each key

    # Lists (4.3, 4.4, 5)
    links_style: Literal["all", "seen", "none"] = "all"  # `seen`: only self, next and last
    unsorted: bool = False  # a steady but meaningless order instead of ids
    unknown_param: Literal["ignore", "error"] = "ignore"
    invalid_status: Literal[400, 422] = 422  # a filter value that cannot be read
    count_over_limit: Literal["clamp", "error"] = "clamp"
    total_filter_names: Literal["kebab", "camel"] = "kebab"
    date_only_zone: Literal["practice", "utc"] = "practice"
    entry_extras: bool = False  # `fullUrl` and `search.mode` on each entry
    empty_entry_present: bool = True  # `entry: []` on an empty page

    # Shapes (4.5, 4.6, 6)
    reference_style: Literal["full", "relative"] = "full"
    docs_array_shapes: bool = False  # recipient, practitioner, note as arrays, as the pages say
    coded_as: Literal["object", "array", "string"] = "object"  # method, type and status of payments
    payor_type_as: Literal["string", "object"] = "string"
    line_code_as: Literal["string", "object"] = "string"
    null_line_status: Literal["null", "text", "absent"] = "null"
    number_as_text: bool = False
    line_currency_present: bool = False
    tax_component: Literal["unit", "line"] = "unit"  # tax of one unit, or of the whole line
    base_includes_tax: bool = False
    identifier_present: bool = False  # the custom invoice number in `identifier`
    meta_present: bool = False
    invoice_created_present: bool = False
    payment_status_present: bool = False
    time_style: Literal["local", "utc"] = "local"
    subscriber_id_name: Literal["subscriberId", "subscriberID"] = "subscriberId"

    # Money (6.1, 6.3, 10)
    deleted_invoice: Literal["gone", "status"] = "gone"  # 404, or still there with `deleted`
    deleted_invoice_hides_payments: bool = False
    discount_counts_in_paid: bool = True  # otherwise only the balance falls
    write_off_lowers_totals: bool = True  # otherwise only the balance falls
    refund_sign: Literal["negative", "positive"] = "negative"
    refund_type: Literal["Refund", "Payment"] = "Refund"
    applied_deposit: Literal["type", "method"] = "type"  # which text says `Deposit`
    to_deposit_entries: Literal["two", "one"] = "two"  # whether the credit is a transaction of its own
    related_reference: Literal["none", "field", "extension"] = "none"  # whether one names the other
    dishonour_type: Literal["Dishonoured", "Chargeback", "Reversed"] = "Dishonoured"

    # What moves Invoice._lastUpdated (5)
    moves_on_payment: bool = True
    moves_on_payment_edit: bool = True
    moves_on_payment_delete: bool = True
    moves_on_line_change: bool = True
    moves_on_line_void: bool = True
    moves_on_write_off: bool = True
    moves_on_payer_change: bool = True
    moves_on_payer_details: bool = False

    # Webhooks (7, 12); the rates are of 1, `webhook_delay` is in seconds
    webhook_fires_on_payment: bool = True
    webhook_drop_rate: float = 0.0
    webhook_duplicate_rate: float = 0.0
    webhook_delay: int = 0
    webhook_out_of_order: bool = False


def changed(current: Switches, wanted: Json) -> Switches:
    """The switches with some of them set.

    Raises:
        ValueError: `wanted` is no map, names an unknown switch or gives a value that it cannot take.
    """
    if not isinstance(wanted, dict):
        raise ValueError("switches come as a map of names and values")
    unknown = sorted(set(wanted) - {field.name for field in fields(Switches)})
    if unknown:
        raise ValueError(f"unknown switches: {', '.join(unknown)}")
    return msgspec.convert({**asdict(current), **wanted}, Switches)
