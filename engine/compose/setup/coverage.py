"""The step that checks everything once more before going live; the same obstacles stop `daybook activate`.

Reads what set-up has kept, and asks nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.xero.strangers import NATIVE_SYNC, OFF
from connectors.xero.triggers import PINNED
from engine.compose.readiness import obstacles
from engine.compose.setup.accounts import lacking
from engine.compose.setup.memory import connection_of, kept, noted
from engine.compose.setup.step import Answer, Finding, Looked, Question
from engine.compose.setup.values import last_known
from engine.compose.workspace import Workspace
from engine.errors import UserError

_MAPS = {"revenue_accounts": "fee category", "payment_accounts": "payment method"}


def checked(workspace: Workspace) -> Looked:
    """Every gap between what is set up and what the last 90 days used."""
    gaps = tuple(all_gaps(workspace))
    if gaps:
        return Looked("check", gaps)
    values = last_known(workspace)
    text = f"No gap: {values.sales} invoices since {values.first:%d %b %Y} would all find their accounts."
    return Looked("check", (Finding("ok", text),))


def all_gaps(workspace: Workspace) -> Iterator[Finding]:
    """What stands in the way of going live."""
    yield from said_gaps(workspace)
    found = list(dict.fromkeys(obstacles(workspace)))
    for text in found:
        yield Finding("gap", text)
    if any("not connected" in text or "was read" in text for text in found):
        return
    values = last_known(workspace)
    missing = lacking(workspace, values)
    for name, what in _MAPS.items():
        for key, used in missing[name].items():
            if any(f'"{key}"' in text for text in found):
                continue
            text = (
                f'The {what} "{key}" has no account; the last 90 days used it {used.count} times ({used.amount:.2f}).'
            )
            yield Finding("gap", text, f'Add it to maps/{name}.yaml, or run "daybook setup accounts".')


def said_gaps(workspace: Workspace) -> Iterator[Finding]:
    """What a person has not confirmed yet."""
    xero = connection_of(workspace, "xero").name
    if kept(workspace, xero, PINNED, PINNED) is None:
        yield Finding("gap", "The Xero organisation is not confirmed yet.", 'Run "daybook setup organisation".')
    native = kept(workspace, xero, NATIVE_SYNC, NATIVE_SYNC)
    if native is None:
        text = "It is not said yet whether Halaxy's own Xero link is off."
        yield Finding("gap", text, 'Run "daybook setup native-link".')
    elif native["state"] != OFF:
        text = "Halaxy's own Xero link is on, so everything would be posted twice."
        yield Finding("gap", text, 'Switch it off in Halaxy, then run "daybook setup native-link --answer off".')


def live(workspace: Workspace) -> Looked:
    """Whether the practice is live; if not, whether it may be."""
    row = next(row for row in workspace.store.rows("connections") if row["connector"] == "xero")
    if row["activated_at"]:
        return Looked("activate", (Finding("ok", "The practice is live."),))
    gaps = tuple(all_gaps(workspace))
    if gaps:
        return Looked("activate", gaps)
    tried = () if noted(workspace, "tested") else (
        Finding("note", "No test invoice was posted yet.", 'See "daybook sync test INVOICE".'),
    )  # fmt: skip
    text = "Until now invoices arrive in Xero as drafts. From now on as the settings say?"
    return Looked("activate", tried, Question(text))


def go_live(workspace: Workspace, answer: Answer) -> tuple[Finding, ...]:
    """Go live; raises UserError with every gap where there is one."""
    if answer.word != "yes":
        return (Finding("note", "The practice stays as it is: invoices arrive as drafts."),)
    if gaps := tuple(all_gaps(workspace)):
        what = "\n  ".join(("The practice cannot be activated yet.", *(f"{gap.text} {gap.mend}" for gap in gaps)))
        raise UserError(what, "", "not-ready")
    workspace.activate(connection_of(workspace, "xero").name)
    return (Finding("ok", "The practice is live. What stands as a draft now is approved in Xero by a person."),)
