"""The read of the chart of accounts (fact sheet 8.11).

PURE. The daily poll keeps the same rows as facts for the postings; this call is for rules and drop-downs.
"""

from __future__ import annotations

from connectors.xero.calls.listing import listing
from connectors.xero.payloads import account_fact

CALLS = {"list_accounts": listing("list_accounts", "/Accounts", "Accounts", account_fact)}
