"""The step that fills the maps: proposes an account for each name that is used, makes what is missing, writes the rows.

A row that a person has written is never changed by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.compose.setup.asking import call, read_again
from engine.compose.setup.charts import propose, used_roles
from engine.compose.setup.map_files import with_rows
from engine.compose.setup.memory import all_kept, connection_of
from engine.compose.setup.step import Answer, Finding, Looked, Proposal
from engine.compose.setup.values import Used, Values, last_known
from engine.compose.workspace import Workspace
from engine.errors import UserError
from engine.lang.forms import read_map

Json = Any
_MAPS = ("revenue_accounts", "payment_accounts", "special_accounts")


def looked(workspace: Workspace) -> Looked:
    """What the maps lack for what was used in the last 90 days, each with a proposal."""
    chart = chart_of(workspace)
    missing = lacking(workspace, last_known(workspace))
    proposals = tuple(one for name in _MAPS for one in propose(name, missing[name], chart))
    if not proposals:
        return Looked("accounts", (Finding("ok", "Every category, method and role that was used has its account."),))
    new = sum(one.new is not None for one in proposals)
    text = f"{len(proposals)} rows are missing in the maps" + (f", and {new} accounts in Xero." if new else ".")
    return Looked("accounts", (Finding("note", text),), proposals=proposals)


def answered(workspace: Workspace, answer: Answer) -> tuple[Finding, ...]:
    """Take the proposals, with the rows that the person gives instead; make accounts only where that is allowed.

    Raises:
        UserError: A given account is not in the chart, or Xero refused to make one.
    """
    chosen = {(one.map, one.key): one for one in looked(workspace).proposals}
    given = {place: _given(workspace, place, value) for place, value in answer.rows.items()}
    found: list[Finding] = []
    rows: dict[str, dict[str, str]] = {}
    for (name, key), value in given.items():
        rows.setdefault(name, {})[key] = value
    for place, one in chosen.items():
        if place in given or answer.word != "yes":
            continue
        if one.new is not None and not answer.create:
            text = f'"{one.key}" still has no account: {one.new["name"]} would have to be made in Xero.'
            found.append(Finding("gap", text, 'Run "daybook setup accounts --create", or name one with --set.'))
            continue
        rows.setdefault(one.map, {})[one.key] = _stands(workspace, one)
    for name, some in rows.items():
        found.append(write_rows(workspace, name, some))
    if any(one.new is not None for one in chosen.values()) and answer.create:
        read_again(workspace, connection_of(workspace, "xero").name, "facts")
    return tuple(found)


def chart_of(workspace: Workspace) -> list[Mapping[str, Json]]:
    """Xero's chart, read now where it never was.

    Raises:
        UserError: It could not be read.
    """
    name = connection_of(workspace, "xero").name
    if not (found := all_kept(workspace, name, "account")):
        read_again(workspace, name, "facts")
        found = all_kept(workspace, name, "account")
    if not found:
        raise UserError("Xero's chart of accounts could not be read.", f'Run "daybook connect {name}".', "not-read")
    return found


def lacking(workspace: Workspace, values: Values) -> dict[str, dict[str, Used]]:
    """By map, what was used and has no row; names are compared as postings do."""
    wanted = {
        "revenue_accounts": values.categories,
        "payment_accounts": values.methods,
        "special_accounts": used_roles(),
    }
    return {name: {key: used for key, used in group.items() if not _has(rows_of(workspace, name), key)}
            for name, group in wanted.items()}  # fmt: skip


def rows_of(workspace: Workspace, name: str) -> Mapping[str, Json]:
    """The rows of a map as its file has them now."""
    file = workspace.folder / "maps" / f"{name}.yaml"
    return read_map(f"maps/{name}.yaml", file.read_text(encoding="utf-8"))[0].plain() if file.is_file() else {}


def _has(rows: Mapping[str, Json], key: str) -> bool:
    wanted = key.strip().casefold()
    names = [name for name, value in rows.items() if not isinstance(value, dict)]
    names += [inner for value in rows.values() if isinstance(value, dict) for inner in value]
    names += [name for name, value in rows.items() if isinstance(value, dict)]
    return any(name.strip().casefold() == wanted for name in names)


def _given(workspace: Workspace, place: tuple[str, str], value: str) -> str:
    name, key = place
    if name not in _MAPS:
        raise UserError(f'There is no map "{name}" to be set here.', f"Use one of {', '.join(_MAPS)}.", "no-such-map")
    if value == "discount" and name == "payment_accounts":
        return value
    account = next((one for one in chart_of(workspace) if value in (one["code"], one["id"])), None)
    if account is None or account["status"] != "ACTIVE":
        text = f'Xero has no active account {value} for "{key}".'
        raise UserError(text, "Use the code of an account as Xero shows it.", "no-such-account")
    if name == "payment_accounts" and not account["takes_payments"]:
        text = f'The account {value} ({account["name"]}) cannot take the payments of "{key}".'
        raise UserError(text, "Use an account of type BANK, or one with payments enabled.", "no-payments-account")
    return value


def _stands(workspace: Workspace, one: Proposal) -> str:
    """The account's code; made in Xero first where it is new, and found again where an earlier try made it."""
    if one.new is None:
        return one.value
    fresh = call(workspace, "xero", "list_accounts", {})["rows"]
    same = next((row for row in fresh if row["name"].casefold() == str(one.new["name"]).casefold()), None)
    if same is not None and same["status"] != "ACTIVE":
        what = f'Xero has an archived account of the name "{same["name"]}".'
        mend = f'Restore it in Xero, or name another with --set "{one.map}:{one.key}=CODE".'
        raise UserError(what, mend, "account-archived")
    if same is not None:
        return str(same["code"] or same["id"])
    return str(call(workspace, "xero", "create_account", one.new)["code"])


def write_rows(workspace: Workspace, name: str, rows: Mapping[str, str]) -> Finding:
    """Write rows into a map's file; makes the file where there is none."""
    file = workspace.folder / "maps" / f"{name}.yaml"
    text = file.read_text(encoding="utf-8") if file.is_file() else _new_file(workspace, name)
    file.parent.mkdir(exist_ok=True)
    file.write_text(with_rows(name, text, rows), encoding="utf-8")
    return Finding(
        "ok", f"Written into maps/{name}.yaml: {', '.join(f'{key}: {value}' for key, value in rows.items())}."
    )


def _new_file(workspace: Workspace, name: str) -> str:
    need = next((one for each in workspace.library.rulesets.values() for one in each.maps if one.name == name), None)
    if need is None:
        raise UserError(f'No ruleset in use needs the map "{name}".', "", "no-such-map")
    also = f"or: {', '.join(need.also)}\n" if need.also else ""
    return f"from: {need.from_type}\nto: {need.to_type}\n{also}rows:\n"
