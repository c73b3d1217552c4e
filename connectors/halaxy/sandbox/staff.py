"""The one door to everything that staff can do: an action in, its effect and the ids out.

Each action is carried out by the `staff_` file that it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from connectors.halaxy.sandbox import (
    actions,
    money_actions,
    staff_deposits,
    staff_heads,
    staff_lines,
    staff_money,
    staff_people,
)
from connectors.halaxy.sandbox.desk import Desk

Json = Any

_DEEDS: Mapping[type[actions.Action], Callable[[Desk, Any], Json]] = MappingProxyType(
    {
        actions.CreateInvoice: staff_heads.create_invoice,
        actions.EditInvoice: staff_heads.edit_invoice,
        actions.IssueInvoice: staff_heads.issue_invoice,
        actions.DeleteInvoice: staff_heads.delete_invoice,
        actions.RestoreInvoice: staff_heads.restore_invoice,
        actions.ChangePayer: staff_heads.change_payer,
        actions.ConvertQuote: staff_heads.convert_quote,
        actions.BookAppointment: staff_heads.book_appointment,
        actions.MarkAppointment: staff_heads.mark_appointment,
        actions.AddLine: staff_lines.add_line,
        actions.EditLine: staff_lines.edit_line,
        actions.VoidLine: staff_lines.void_line,
        actions.RestoreLine: staff_lines.restore_line,
        actions.WriteOffLine: staff_lines.write_off_line,
        actions.WriteOffInvoice: staff_lines.write_off_invoice,
        actions.UndoWriteOff: staff_lines.undo_write_off,
        actions.DeleteLine: staff_lines.delete_line,
        actions.UnassignLine: staff_lines.unassign_line,
        actions.MoveLine: staff_lines.move_line,
        money_actions.RecordPayment: staff_money.record_payment,
        money_actions.FailPayment: staff_money.fail_payment,
        money_actions.Discount: staff_money.discount,
        money_actions.Refund: staff_money.refund,
        money_actions.DeletePayment: staff_money.delete_payment,
        money_actions.EditPayment: staff_money.edit_payment,
        money_actions.TakeDeposit: staff_deposits.take_deposit,
        money_actions.UseDeposit: staff_deposits.use_deposit,
        money_actions.ToDeposit: staff_deposits.to_deposit,
        money_actions.RefundDeposit: staff_deposits.refund_deposit,
        money_actions.RestorePayment: staff_money.restore_payment,
        money_actions.Dishonour: staff_money.dishonour,
        actions.SplitLine: staff_lines.split_line,
        actions.AddCoverage: staff_people.add_coverage,
        actions.AddPatient: staff_people.add_patient,
        actions.EditPatient: staff_people.edit_patient,
        actions.AddOrganisation: staff_people.add_organisation,
        actions.EditOrganisation: staff_people.edit_organisation,
    }
)


def carry_out(desk: Desk, action: actions.Action) -> Json:
    """Do one action at the desk's time.

    Returns:
        The action's name under `do`, and the ids of what it made or changed.

    Raises:
        Refused: Halaxy would not allow it, or something it names does not exist. The state may be
            half changed then: the caller works on a copy.
    """
    return {"do": action.__struct_config__.tag, **_DEEDS[type(action)](desk, action)}
