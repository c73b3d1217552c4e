"""What a typical condition costs, beside the least that Python could do: a lambda written by hand on the same dicts.

Run it with `python -m benchmarks.expressions` from the top of the checkout; prints microseconds for one evaluation,
the best of several rounds in the same run.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.core.expression import truth
from engine.lang.expressions import compile_expression

Json = Any
TIMES, ROUNDS = 50_000, 7

NAMES: dict[str, Json] = {
    "invoice": {
        "kind": "invoice",
        "totals": {"gross": Decimal("110.50"), "balance": Decimal("0.00")},
        "lines": [{"gross": Decimal("100.25")}, {"gross": Decimal("10.25")}],
        "payer": {"email": None},
    },
    "settings": {"tell_above": Decimal("100.00")},
}
CASES: tuple[tuple[str, Callable[[dict[str, Json]], Json]], ...] = (
    (
        'invoice.totals.gross > settings.tell_above and invoice.kind == "invoice"',
        lambda names: (
            names["invoice"]["totals"]["gross"] > names["settings"]["tell_above"]
            and names["invoice"]["kind"] == "invoice"
        ),
    ),
    ("invoice.totals.gross > 0", lambda names: names["invoice"]["totals"]["gross"] > 0),
    ("invoice.payer.email is given", lambda names: names["invoice"]["payer"]["email"] is not None),
    ("invoice.lines | sum(gross) > 5", lambda names: sum(line["gross"] for line in names["invoice"]["lines"]) > 5),
)


def microseconds(run: Callable[[], Json]) -> float:
    """The best of several rounds, for one evaluation."""
    return min(timeit.repeat(run, number=TIMES, repeat=ROUNDS)) / TIMES * 1e6


def main() -> None:
    """Prints a line for each condition."""
    print(f"{'expression':>10} {'condition':>10} {'floor':>10}   microseconds")
    for text, floor in CASES:
        expression = compile_expression(text)
        figures = (
            microseconds(lambda expression=expression: expression.value(NAMES)),
            microseconds(lambda expression=expression: truth(expression, NAMES)),
            microseconds(lambda floor=floor: floor(NAMES)),
        )
        print(" ".join(f"{figure:10.2f}" for figure in figures), f"  {text}")


if __name__ == "__main__":
    main()
