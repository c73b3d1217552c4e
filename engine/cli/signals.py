"""What a command does when the person or the system asks it to end: it sets an event, and ends in good order.

A second request ends it at once.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

_ASKED = (signal.SIGINT, signal.SIGTERM)


def on_request_to_end(do: Callable[[], None]) -> None:
    """From now on, the first SIGINT or SIGTERM does this; the next one has its usual effect.

    Outside of the main thread nothing is set: signals belong to it.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    def handle(number: int, frame: FrameType | None) -> None:
        for asked in _ASKED:
            signal.signal(asked, signal.default_int_handler)
        do()

    for asked in _ASKED:
        signal.signal(asked, handle)
