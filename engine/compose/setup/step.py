"""A step of set-up as data: what was looked at, what was found, what a person is asked; for any place that shows it.

Knows no terminal and no web page, and does nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from engine.compose.workspace import Workspace

Json = Any
Level = Literal["ok", "note", "gap"]
State = Literal["done", "ask", "gap"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about the practice; a gap has to be closed before going live, and `mend` says how."""

    level: Level
    text: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person has to say; `choices` are the words of the answer, the first is proposed."""

    text: str
    choices: tuple[str, ...] = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A row that a map lacks.

    Attributes:
        value: What it should lead to; empty when nothing fits.
        new: What has to be made in Xero first, as the inputs of its action; None when it stands.
        score: From 0 to 100, how sure it is.
        reason: Why, as words after "because".
    """

    map: str
    key: str
    value: str
    score: int
    reason: str
    new: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What a step came to."""

    step: str
    findings: tuple[Finding, ...] = ()
    question: Question | None = None
    proposals: tuple[Proposal, ...] = ()

    @property
    def state(self) -> State:
        """Done; waiting for a person's word; or with a gap that something else has to close."""
        if self.question is not None or self.proposals:
            return "ask"
        return "gap" if any(finding.level == "gap" for finding in self.findings) else "done"

    def plain(self) -> dict[str, Json]:
        """The same as maps and lists."""
        return {**asdict(self), "state": self.state}


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's word: one of a question's choices, or which proposals are taken (all by default).

    Attributes:
        create: Whether what proposals need may be made in Xero.
        rows: Rows that the person gives instead, by map and key.
        by: Who says so.
    """

    word: str = "yes"
    create: bool = False
    rows: Mapping[tuple[str, str], str] = field(default_factory=dict)
    by: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the guide; `answer` takes a person's word, and is None where nothing is asked."""

    name: str
    title: str
    why: str
    look: Callable[[Workspace], Looked]
    answer: Callable[[Workspace, Answer], tuple[Finding, ...]] | None = None
