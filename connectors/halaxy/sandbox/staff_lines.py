"""What staff do to lines: enter, edit, void, restore, write off, delete, unassign, move (fact sheet 6.2, 10).

The totals of the invoice follow by themselves, because they are always added up from its lines.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from connectors.halaxy.sandbox.actions import (
    AddLine,
    DeleteLine,
    EditLine,
    LineSpec,
    MoveLine,
    RestoreLine,
    SplitLine,
    UnassignLine,
    UndoWriteOff,
    VoidLine,
    WriteOffInvoice,
    WriteOffLine,
)
from connectors.halaxy.sandbox.amounts import Components, components_of, tax_within
from connectors.halaxy.sandbox.desk import Desk, refuse
from connectors.halaxy.sandbox.records import Invoice, Line, LineStatus

Json = Any


def enter(desk: Desk, invoice: Invoice, spec: LineSpec, subject: str | None = None) -> Line:
    """Put a new line on an invoice; it is performed by the invoice's practitioner unless said otherwise."""
    role = desk.state.roles.get(invoice.role)
    line = Line(
        id=desk.fresh_id(spec.id, "line", desk.state.lines),
        created_at=desk.now,
        changed_at=desk.now,
        description=spec.description,
        price=_price(spec),
        invoice=invoice.id,
        quantity=spec.quantity,
        code=spec.code,
        status=spec.status,
        subject=spec.subject or subject,
        performer=spec.performer or (role.practitioner if role else None),
        appointment=spec.appointment,
        funder=spec.funder,
        coverage=spec.coverage,
    )
    return desk.state.put_line(line)


def add_line(desk: Desk, asked: AddLine) -> Json:
    """Enter one more line; its patient is the one of the lines before, or the payer."""
    invoice = desk.unlocked(asked.invoice)
    subjects = [line.subject for line in desk.state.lines_of(invoice.id)]
    subjects += [invoice.payer] if invoice.payer_kind == "Patient" else []
    line = enter(desk, invoice, asked.line, subjects[0] if subjects else None)
    desk.touch(invoice.id, desk.switches.moves_on_line_change)
    return {"invoice": invoice.id, "line": line.id}


def edit_line(desk: Desk, asked: EditLine) -> Json:
    """Change price, quantity or words of a line."""
    line = desk.line(asked.line)
    price, quantity = line.price, asked.quantity or line.quantity
    if (asked.gross, asked.quantity, asked.taxable, asked.tax) != (None, None, None, None) or asked.discount:
        price = _new_price(line, asked, quantity)
    changed = replace(
        line,
        price=price,
        quantity=quantity,
        description=asked.description or line.description,
        code=asked.code or line.code,
        changed_at=desk.now,
    )
    desk.state.put_line(changed)
    desk.touch(line.invoice, desk.switches.moves_on_line_change)
    return {"invoice": line.invoice, "line": line.id}


def void_line(desk: Desk, asked: VoidLine) -> Json:
    """Hide a line; the invoice's totals drop."""
    return _mark(desk, desk.line(asked.line), None, "voided", desk.switches.moves_on_line_void)


def restore_line(desk: Desk, asked: RestoreLine) -> Json:
    """Undo a void."""
    return _mark(desk, desk.line(asked.line), "voided", None, desk.switches.moves_on_line_void)


def write_off_line(desk: Desk, asked: WriteOffLine) -> Json:
    """Give a line up; the balance falls without a payment."""
    return _mark(desk, desk.line(asked.line), None, "write-off", desk.switches.moves_on_write_off)


def write_off_invoice(desk: Desk, asked: WriteOffInvoice) -> Json:
    """Give every ordinary line up."""
    desk.unlocked(asked.invoice)
    lines = [line for line in desk.state.lines_of(asked.invoice) if line.status is None]
    done = [_mark(desk, line, None, "write-off", desk.switches.moves_on_write_off) for line in lines]
    return {"invoice": asked.invoice, "lines": [one["line"] for one in done]}


def split_line(desk: Desk, asked: SplitLine) -> Json:
    """Part of a fee given up: the fee is lowered, the rest becomes a line of its own (fact sheet 10)."""
    line = desk.line(asked.line)
    gross, taxable = line.net + line.tax, line.tax != 0
    if line.status is not None or line.invoice is None or not 0 < asked.keep < gross:
        refuse(f"of line {line.id} no {asked.keep} can be kept")
    rest = replace(
        line,
        id=desk.fresh_id(asked.id, "line", desk.state.lines),
        created_at=desk.now,
        changed_at=desk.now,
        quantity=Decimal(1),
        price=_shared_out(Decimal(1), gross - asked.keep, None, taxable, Decimal(0)),
        status="write-off" if asked.write_off else None,
    )
    kept = _shared_out(line.quantity, asked.keep, None, taxable, Decimal(0))
    desk.state.put_line(replace(line, price=kept, changed_at=desk.now))
    desk.state.put_line(rest)
    desk.touch(line.invoice, desk.switches.moves_on_line_change)
    return {"invoice": line.invoice, "line": rest.id}


def undo_write_off(desk: Desk, asked: UndoWriteOff) -> Json:
    """Restore the fee of one line, or of every written-off line of an invoice."""
    lines = [desk.line(asked.line)] if asked.line is not None else []
    if asked.invoice is not None:
        desk.unlocked(asked.invoice)
        lines += [line for line in desk.state.lines_of(asked.invoice) if line.status == "write-off"]
    if not lines:
        refuse("undo_write_off needs a written-off line or an invoice with one")
    done = [_mark(desk, line, "write-off", None, desk.switches.moves_on_write_off) for line in lines]
    return {"invoice": lines[0].invoice, "lines": [one["line"] for one in done]}


def delete_line(desk: Desk, asked: DeleteLine) -> Json:
    """Remove a line; reading it gives 404 from now on."""
    line = desk.line(asked.line)
    desk.state.remove_line(line)
    desk.touch(line.invoice, desk.switches.moves_on_line_change)
    return {"invoice": line.invoice, "line": line.id}


def unassign_line(desk: Desk, asked: UnassignLine) -> Json:
    """Take a line off its invoice; it stays readable without one."""
    line = desk.line(asked.line)
    desk.state.put_line(replace(line, invoice=None, status="unassigned", changed_at=desk.now))
    desk.touch(line.invoice, desk.switches.moves_on_line_change)
    return {"invoice": line.invoice, "line": line.id}


def move_line(desk: Desk, asked: MoveLine) -> Json:
    """Put a line, also an unassigned one, on another invoice."""
    line, target = desk.line(asked.line), desk.unlocked(asked.to)
    status = None if line.status == "unassigned" else line.status
    desk.state.put_line(replace(line, invoice=target.id, status=status, changed_at=desk.now))
    for invoice in (line.invoice, target.id):
        desk.touch(invoice, desk.switches.moves_on_line_change)
    return {"invoice": target.id, "from": line.invoice, "line": line.id}


def _mark(desk: Desk, line: Line, before: LineStatus | None, after: LineStatus | None, moves: bool) -> Json:
    if line.status != before:
        refuse(f"line {line.id} is {line.status or 'an ordinary line'}")
    desk.state.put_line(replace(line, status=after, changed_at=desk.now))
    desk.touch(line.invoice, moves)
    return {"invoice": line.invoice, "line": line.id}


def _price(spec: LineSpec) -> Components:
    if (spec.price is None) == (spec.gross is None):
        refuse(f"the line {spec.description!r} needs either gross or price")
    if spec.price is not None:
        return spec.price
    return _shared_out(spec.quantity, spec.gross or Decimal(0), spec.tax, spec.taxable, spec.discount)


def _new_price(line: Line, asked: EditLine, quantity: Decimal) -> Components:
    taxable = asked.taxable if asked.taxable is not None else line.tax != 0
    gross = asked.gross
    if gross is None:
        gross = line.net + line.tax
        if asked.quantity is not None and line.quantity:
            gross = gross / line.quantity * quantity
    return _shared_out(quantity, gross, asked.tax, taxable, asked.discount)


def _shared_out(quantity: Decimal, gross: Decimal, tax: Decimal | None, taxable: bool, discount: Decimal) -> Components:
    try:
        rounded = gross.quantize(Decimal("0.01"))
        known = tax if tax is not None else tax_within(rounded) if taxable else Decimal(0)
        return components_of(quantity, rounded, known, discount)
    except (ValueError, ArithmeticError):
        refuse("the line's sums cannot be shared out over its quantity")
