"""The read of the tracking categories with their options (fact sheet 8.13).

PURE. The daily poll keeps the same rows as facts for the postings; this call is for rules and drop-downs.
"""

from __future__ import annotations

from connectors.xero.calls.listing import listing
from connectors.xero.payloads import tracking_fact

CALLS = {"list_tracking": listing("list_tracking", "/TrackingCategories", "TrackingCategories", tracking_fact)}
