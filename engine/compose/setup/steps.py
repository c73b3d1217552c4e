"""The steps of the guide in their order; the one list that the command line, and whatever else leads it, goes by.

Each step stands in the file of its subject.
"""

from __future__ import annotations

from engine.compose.setup import accounts, coverage, native_link, organisation, places, sides, values
from engine.compose.setup.step import Step
from engine.errors import UserError
from engine.lang.faults import did_you_mean

STEPS: tuple[Step, ...] = (
    Step("connect", "Connect both sides", "Daybook reads Halaxy and writes to Xero.", sides.connected),
    Step(
        "organisation",
        "Confirm the Xero organisation",
        "Everything is posted there; another one later stops all posting until you confirm it.",
        organisation.shown,
        organisation.confirmed,
    ),
    Step("permissions", "Check the permissions", "What one side does not allow cannot be posted.", sides.allowed),
    Step(
        "native-link",
        "Make sure that nobody else posts the same invoices",
        "Halaxy has a Xero link of its own; with both on, every invoice would be in Xero twice.",
        native_link.looked,
        native_link.answered,
    ),
    Step("values", "Read what the practice used", "The maps are proposed from 90 days of real invoices.", values.read),
    Step(
        "accounts",
        "Choose the accounts",
        "Each fee category, payment method and role needs one; clearing accounts are of type BANK.",
        accounts.looked,
        accounts.answered,
    ),
    Step(
        "tracking",
        "Name locations and practitioners",
        "For tracking categories, and for the contacts that patients share.",
        places.looked,
        places.answered,
    ),
    Step("check", "Check everything", "A gap now would be a held invoice later.", coverage.checked),
    Step("activate", "Go live", "Until then every invoice arrives as a draft.", coverage.live, coverage.go_live),
)


def step_named(name: str) -> Step:
    """A step by its name; raises UserError for an unknown one."""
    found = next((step for step in STEPS if step.name == name), None)
    if found is None:
        names = [step.name for step in STEPS]
        mend = did_you_mean(name, names) or f"There are: {', '.join(names)}."
        raise UserError(f'Set-up has no step "{name}".', mend, "no-such-step")
    return found
