"""The read of the tax rates (fact sheet 8.12).

PURE. The daily poll keeps the same rows as facts for the postings; this call is for rules and drop-downs.
"""

from __future__ import annotations

from connectors.xero.calls.listing import listing
from connectors.xero.payloads import tax_rate_fact

CALLS = {"list_tax_rates": listing("list_tax_rates", "/TaxRates", "TaxRates", tax_rate_fact)}
