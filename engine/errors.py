"""The tree of everything that can go wrong, named by what happens next.

Messages hold ids and field names, never the values of a patient, client or secret.

    DaybookError
    ├── Problems          files that a person must mend, each with its place
    ├── UserError         a command that cannot be carried out as asked
    ├── CannotTell        an expression could not be evaluated: the run is held
    ├── NotSent           the bytes never left: the element may go again
    ├── NoAnswer          the bytes left and nothing readable came back: unknown
    ├── SignInNeeded      the vendor no longer accepts our sign-in
    └── Bug               the program broke its own rules: always logged with a traceback
"""

from __future__ import annotations

from dataclasses import dataclass


class DaybookError(Exception):
    """Root of the tree; carries a stable code, what is wrong and how to mend it."""

    code = "error"

    def __init__(self, what: str, mend: str = "", code: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.what} {self.mend}".strip()


class UserError(DaybookError):
    """A command or setting asks for something that cannot be done."""

    code = "cannot-do"


class CannotTell(DaybookError):
    """An expression has no value: a name, a guard or a map row is missing."""

    code = "CANNOT_TELL"


class NotSent(DaybookError):
    """The request was dropped before its bytes left this machine."""

    code = "not-sent"


class NoAnswer(DaybookError):
    """The request left and no complete answer came back; its effect is unknown."""

    code = "no-answer"


class SignInNeeded(DaybookError):
    """The vendor refuses our credentials; a person has to connect again."""

    code = "sign-in-needed"


class Bug(DaybookError):
    """A state that the program's own rules exclude."""

    code = "bug"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault in a file, with its place (lines and columns count from one)."""

    file: str
    line: int
    col: int
    code: str
    message: str
    mend: str = ""
    end_col: int = 0
    severity: str = "error"
    rule: str = ""
    source: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.col}"
        return f"{where}: {self.severity}[{self.code}]: {self.message} {self.mend}".rstrip()


class Problems(DaybookError):
    """Every problem found in a set of files, all at once."""

    code = "problems"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
