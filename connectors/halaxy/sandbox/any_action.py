"""All that staff can do, as one type for reading messages.

The messages themselves are in `actions` and `money_actions`.
"""

from __future__ import annotations

from connectors.halaxy.sandbox.actions import (
    AddCoverage,
    AddLine,
    AddOrganisation,
    AddPatient,
    BookAppointment,
    ChangePayer,
    ConvertQuote,
    CreateInvoice,
    DeleteInvoice,
    DeleteLine,
    EditInvoice,
    EditLine,
    EditOrganisation,
    EditPatient,
    IssueInvoice,
    MarkAppointment,
    MoveLine,
    RestoreInvoice,
    RestoreLine,
    SplitLine,
    UnassignLine,
    UndoWriteOff,
    VoidLine,
    WriteOffInvoice,
    WriteOffLine,
)
from connectors.halaxy.sandbox.money_actions import (
    DeletePayment,
    Discount,
    Dishonour,
    EditPayment,
    FailPayment,
    RecordPayment,
    Refund,
    RefundDeposit,
    RestorePayment,
    TakeDeposit,
    ToDeposit,
    UseDeposit,
)

AnyAction = (
    CreateInvoice
    | EditInvoice
    | IssueInvoice
    | DeleteInvoice
    | RestoreInvoice
    | ChangePayer
    | ConvertQuote
    | AddLine
    | EditLine
    | VoidLine
    | RestoreLine
    | WriteOffLine
    | WriteOffInvoice
    | UndoWriteOff
    | DeleteLine
    | UnassignLine
    | MoveLine
    | RecordPayment
    | FailPayment
    | Discount
    | Refund
    | DeletePayment
    | EditPayment
    | TakeDeposit
    | UseDeposit
    | ToDeposit
    | AddPatient
    | EditPatient
    | AddOrganisation
    | EditOrganisation
    | BookAppointment
    | MarkAppointment
    | SplitLine
    | RestorePayment
    | Dishonour
    | RefundDeposit
    | AddCoverage
)
