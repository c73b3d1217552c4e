"""The fixtures of the command tests; what they are made of stands in `beside_sandboxes.py`."""

from __future__ import annotations

from beside_sandboxes import empty, month, practice, sandboxes

__all__ = ["empty", "month", "practice", "sandboxes"]
