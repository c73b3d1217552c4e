"""The connectors that come with Daybook, by name.

Apart from `connectors`, so that a command that only reads files need not load what opens connections.
"""

from __future__ import annotations

CONNECTORS = ("halaxy", "xero", "email", "notifications", "books")
