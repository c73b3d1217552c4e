"""A case's facts and changes in Halaxy as what staff do at the Halaxy sandbox, message by message.

Knows the sandbox's words only (`connectors/halaxy/sandbox/actions.py`); what Halaxy refuses is refused there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.compose.cases.practice import DEFAULT_PERFORMER, role_of

Json = Any
Plain = Mapping[str, Json]
_SAME = (
    "delete_invoice", "restore_invoice", "issue_invoice", "convert_quote", "write_off_invoice", "delete_payment",
    "restore_payment", "fail_payment", "edit_payment", "edit_patient", "edit_organisation",
)  # fmt: skip
_OF_A_LINE = ("void_line", "restore_line", "write_off_line", "delete_line", "unassign_line")
_FLAGS = ("issued", "taxable")


@dataclass(slots=True)
class Staff:
    """What staff have done so far, as far as later deeds refer to it."""

    paid: dict[str, list[str]] = field(default_factory=dict)
    performers: dict[str, str] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)

    def deeds(self, change: Plain) -> Iterator[Json]:
        """The sandbox's messages for one change, in order."""
        do = change["do"]
        if do == "add":
            yield from self._added(change)
        elif do in _SAME:
            yield _plain(change)
        elif do in _OF_A_LINE:
            yield {"do": do, "line": line_id(change["invoice"], change["line"])}
        else:
            if "claim" in change:
                yield _coverage(self.patients.get(change["invoice"], ""), change["payer"], change["claim"])
            yield getattr(self, f"_{do}")(change)

    def _added(self, facts: Plain) -> Iterator[Json]:
        invoices = [facts["invoice"]] if "invoice" in facts else []
        yield from (self._deposit(row) for row in facts.get("deposits", ()))
        for row in (*invoices, *facts.get("invoices", ())):
            yield from self._claims(row["head"])
            yield self._invoice(row)
        yield from (self._payment(row) for row in facts.get("payments", ()))

    def _claims(self, head: Plain) -> Iterator[Json]:
        """Claim details stand with the patient, not on the invoice (fact sheet 6.5)."""
        payer = head["payer"]
        self.patients[head["id"]] = head.get("subject") or (payer["id"] if payer["kind"] == "patient" else "")
        if "claim" in head:
            yield _coverage(self.patients[head["id"]], payer, head["claim"])

    def _invoice(self, row: Plain) -> Json:
        head, lines = row["head"], row["lines"]
        performer = next((line["performer"] for line in lines if "performer" in line), DEFAULT_PERFORMER)
        self.performers[head["id"]] = performer
        made = {
            "do": "create_invoice",
            "id": head["id"],
            "payer": _payer(head["payer"]),
            "date": head["date"],
            "type": head["type"],
            "status": "issued" if head.get("status") == "issued" else "active",
            "role": role_of(performer, head["location"]),
            "lines": [_line(head["id"], line) for line in lines],
        }
        made |= {name: head[name] for name in ("subject", "number") if name in head}
        return made | _header(row)

    def _payment(self, row: Plain) -> Json:
        kind, about = row["kind"], {"id": row["id"], "at": row["created"]}
        money = {**about, "amount": row["amount"], "method": row["method"]}
        if kind == "payment":
            self.paid.setdefault(row["invoice"], []).append(row["id"])
            surcharge = {"surcharge": row["surcharge"]} if "surcharge" in row else {}
            return {"do": "record_payment", "invoice": row["invoice"], **money, **surcharge}
        if kind == "failed":
            return {"do": "fail_payment", "invoice": row["invoice"], **money}
        if kind == "deposit_applied":
            used = {"deposit": row["deposit"], "invoice": row["invoice"]}
            return {"do": "use_deposit", **used, "amount": row["amount"], **about}
        if kind == "refund" and "invoice" not in row:
            return {"do": "refund_deposit", "deposit": row["deposit"], **money}
        source = {"payment": row.get("payment") or self._latest(row["invoice"])}
        if kind == "to_deposit":
            return {"do": "to_deposit", **source, "amount": row["amount"], **about, "credit": row["deposit"]}
        if kind == "dishonour":
            return {"do": "dishonour", **source, **about, "apart": True}
        return {"do": kind, **source, **money}

    def _latest(self, invoice: str) -> str:
        known = self.paid.get(invoice)
        return known[-1] if known else f"(no payment on {invoice})"

    def _deposit(self, row: Plain) -> Json:
        money = {"id": row["id"], "at": row["created"], "method": row["method"], "amount": row["amount"]}
        return {"do": "take_deposit", "payer": _payer(row["payer"]), **money}

    def _edit_invoice(self, change: Plain) -> Json:
        invoice = change["invoice"]
        made = {name: value for name, value in change.items() if name not in ("location", "performer")}
        if "location" in change:
            performer = change.get("performer") or self.performers.get(invoice, DEFAULT_PERFORMER)
            made["role"] = role_of(performer, change["location"])
        return made

    def _change_payer(self, change: Plain) -> Json:
        return {"do": "change_payer", "invoice": change["invoice"], "payer": _payer(change["payer"])}

    def _add_line(self, change: Plain) -> Json:
        return {"do": "add_line", "invoice": change["invoice"], "line": _line(change["invoice"], change["line"])}

    def _edit_line(self, change: Plain) -> Json:
        left_out = ("do", "invoice", "line", "category", "discount")
        made = {name: value for name, value in change.items() if name not in left_out}
        if "discount" in change:
            made["discount"] = change["discount"]["gross"]
        return _plain({"do": "edit_line", "line": line_id(change["invoice"], change["line"]), **made})

    def _move_line(self, change: Plain) -> Json:
        return {"do": "move_line", "line": line_id(change["invoice"], change["line"]), "to": change["to"]}

    def _undo_write_off(self, change: Plain) -> Json:
        if "line" in change:
            return {"do": "undo_write_off", "line": line_id(change["invoice"], change["line"])}
        return {"do": "undo_write_off", "invoice": change["invoice"]}


def line_id(invoice: str, line: str) -> str:
    """A line's id at the sandbox: the invoice's, then the line's number in two places."""
    return f"{invoice}{int(line):02}"


def _line(invoice: str, row: Plain) -> Json:
    made = {"id": line_id(invoice, row["id"]), "performer": row.get("performer", DEFAULT_PERFORMER)}
    made |= {
        name: row[name] for name in ("description", "code", "gross", "quantity", "status", "subject") if name in row
    }
    if row.get("tax") == "null":
        made["price"] = {"base": made.pop("gross")}  # a price whose tax nobody tells
    elif "tax" in row:
        made["tax"] = row["tax"]
    if "discount" in row:
        made["discount"] = row["discount"]["gross"]
    if row.get("taxable") == "true":
        made["taxable"] = True
    return made


def _header(row: Plain) -> Json:
    """The header's own sums, where they are not what the lines add up to (R6)."""
    totals = row.get("totals")
    counted = [line for line in row["lines"] if line.get("status") not in ("voided", "unassigned", "write-off")]
    hidden = any(line.get("tax") == "null" for line in counted)
    if totals is None or not (hidden or _sum(counted, "gross") != _exact(totals["gross"])):
        return {}
    return {"stated_gross": totals["gross"], "stated_tax": totals["tax"]}


def _sum(rows: list[Plain], name: str) -> int:
    return sum(_exact(row[name]) for row in rows)


def _exact(amount: str) -> int:
    """Cents, for comparing texts of sums."""
    whole, _, part = amount.removeprefix("-").partition(".")
    cents = int(whole) * 100 + int((part + "00")[:2])
    return -cents if amount.startswith("-") else cents


def _coverage(patient: str, payer: Plain, claim: str) -> Json:
    return {"do": "add_coverage", "patient": patient, "organisation": payer["id"], "member": claim}


def _payer(payer: Plain) -> str:
    return f"{'Patient' if payer['kind'] == 'patient' else 'Organization'}/{payer['id']}"


def _plain(change: Plain) -> Json:
    return {name: value == "true" if name in _FLAGS else value for name, value in change.items()}
