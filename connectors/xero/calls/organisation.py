"""The read of the organisation (fact sheet 8.15).

PURE. The daily poll keeps the same rows as facts for the postings; this call is for rules and drop-downs.
"""

from __future__ import annotations

from connectors.xero.calls.listing import listing
from connectors.xero.payloads import organisation_fact

CALLS = {"show_organisation": listing("show_organisation", "/Organisation", "Organisations", organisation_fact)}
