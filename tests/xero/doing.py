"""Rules' own actions against the Xero sandbox: through the connector's door, marked as the engine marks them.

For tests only.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from sandbox_office import SandboxXero

from connectors.xero.connector import CONNECTOR
from engine.core.values import dumps, loads
from engine.library.manifest import read_manifest
from engine.runtime.parts import ActionTerms
from engine.sdk.contract import Done, LinkFacts

DAY = date(2026, 3, 2)
LINE = {"description": "Consultation", "quantity": Decimal(1), "unit": Decimal("120.00"), "amount": Decimal("120.00")}
LINE |= {"account": "200", "tax_type": "EXEMPTOUTPUT"}
FILE = Path(__file__).parents[2] / "connectors/xero/manifest.yaml"


@cache
def manifest():
    """The connector's own, as the engine reads it."""
    found, problems = read_manifest("xero", "manifest.yaml", FILE.read_text(encoding="utf-8"))
    assert () == problems
    return found


class Doing:
    """A rule's steps, one at a time."""

    def __init__(self):
        self.xero = SandboxXero()
        self.contact = self.do("create_contact", number="HX-P-1", name="Jane Citizen")["id"]

    def outcome(self, name, /, **inputs):
        """What becomes of an action."""
        call, elements = CONNECTOR.calls[name], [self._element(name, inputs)]
        return call.outcomes(elements, self.xero.handle(call.request(elements)))[0]

    def do(self, name, /, **inputs):
        """The result of an action that goes well and gives only what its manifest promises."""
        outcome = self.outcome(name, **inputs)
        assert isinstance(outcome, Done), outcome
        assert outcome.link is None or isinstance(outcome.link, LinkFacts)
        assert loads(dumps(dict(outcome.result))) == outcome.result, "it can be kept with its run"
        promised = set(manifest().actions[name].outputs["properties"])
        assert promised <= set(outcome.result) or not outcome.result.get("found", True), (name, promised)
        return outcome.result

    def stands(self, name, /, **inputs):
        """Whether a look-up after a lost answer says that the effect stands."""
        call, elements = CONNECTOR.calls[name], [self._element(name, inputs)]
        return call.found(elements, self.xero.handle(call.find(elements)))[0] is not None

    def once(self, name, /, **inputs):
        """Does it; it did not stand before, it stands afterwards, and so it is not sent again."""
        assert not self.stands(name, **inputs), name
        result = self.do(name, **inputs)
        assert self.stands(name, **inputs), name
        return result

    def person(self, **deed):
        """A person does something in Xero."""
        return self.xero.lever("POST", "/_sandbox/people", deed)

    def invoice(self, number="HX-1", **more):
        """An approved invoice of 120.00."""
        head = {"contact_id": self.contact, "date": DAY, "due_date": date(2026, 3, 9), "status": "AUTHORISED"}
        return self.do("create_invoice", number=number, amounts="Inclusive", lines=[LINE], **{**head, **more})["id"]

    def bill(self, number="B-1"):
        """An approved bill of 120.00."""
        line = {**LINE, "account": "404", "tax_type": "EXEMPTEXPENSES"}
        head = {"contact_id": self.contact, "date": DAY, "due_date": date(2026, 3, 9), "status": "AUTHORISED"}
        return self.do("create_bill", number=number, amounts="Inclusive", lines=[line], **head)["id"]

    def account(self, code):
        """The id of an account."""
        return next(row["id"] for row in self.do("list_accounts")["rows"] if row["code"] == code)

    def _element(self, name, inputs):
        terms = ActionTerms(name, "call", marker=manifest().actions[name].marker)
        return terms.element({"part": "", "marker": "run 1 step", "element": dumps(inputs)})
