"""What posting one invoice would write now: its documents and ledger, or what is in the way. Nothing is written.

The posting decides as it would live, with the real links and facts; Xero is read where it would be. What people chose
on holds is not known here.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from engine.compose.preview.documents import Document, documents
from engine.compose.preview.ledger import Row, balanced, chart_of, ledger
from engine.compose.setup.memory import all_kept, connection_of
from engine.compose.trying import Trial
from engine.compose.workspace import Workspace
from engine.core.holds import sentence
from engine.core.values import loads
from engine.runtime.rehearsal_story import Line as Told

Json = Any
RULE = "financial_sync/sales"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of an invoice.

    Attributes:
        hold: Its code, what it is about and the sentence that says why; empty when it would go through.
        waits: Until when the posting would wait before it writes them; empty when it would not.
        draft: Whether the documents are drafts, which move nothing until a person approves them.
    """

    invoice: str
    documents: tuple[Document, ...]
    ledger: tuple[Row, ...]
    balanced: bool
    draft: bool
    hold: tuple[str, ...] = ()
    waits: str = ""
    end: str = ""

    def plain(self) -> dict[str, Json]:
        """The same as maps and lists."""
        rows = [{**asdict(one), "tax": one.tax} for one in self.documents]
        return {
            "invoice": self.invoice,
            "documents": rows,
            "ledger": [asdict(row) for row in self.ledger],
            "balanced": self.balanced,
            "draft": self.draft,
            "hold": list(self.hold),
            "waits": self.waits,
            "end": self.end,
        }


def preview(workspace: Workspace, invoice: str) -> Preview:
    """Rehearse the posting of an invoice that Halaxy was read for.

    Raises:
        UserError: Nothing is known of the invoice.
    """
    trial = Trial(workspace, RULE)
    event = trial.of_invoice(invoice)
    tried = trial.play(event)
    acts = [line.act for line in tried.story if line.act is not None]
    xero = connection_of(workspace, "xero").name
    found = documents(acts, _contacts(workspace, xero))
    rows = ledger(found, chart_of(all_kept(workspace, xero, "account")), approved=True)
    draft = any(one.status in ("DRAFT", "SUBMITTED") for one in found)
    held, end = _outcome(tried.story)
    waits = next((line.text for line in tried.story if line.kind == "waiting"), "")
    return Preview(str(event.subject), found, rows, balanced(rows), draft, held, waits, end)


def _contacts(workspace: Workspace, xero: str) -> dict[str, str]:
    rows = workspace.store.rows("links_of_kind", connection=xero, kind="contact")
    return {row["vendor_id"]: str(loads(row["seen"]).get("name") or row["marker"]) for row in rows}


def _outcome(story: tuple[Told, ...]) -> tuple[tuple[str, ...], str]:
    held = next((line for line in story if line.kind == "held"), None)
    last = story[-1].text if story else ""
    if held is None:
        return (), last
    code, _, what = held.text.removeprefix("held, ").partition(": ")
    return (code, what, sentence(code)), last
