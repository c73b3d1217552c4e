"""What a single invoice of the demo month holds: who is billed for what, one short function a kind of visit.

When it happens and how it is paid is decided in `month`; nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Final, Literal

from msgspec.structs import replace as with_fields

from connectors.halaxy.sandbox import demo_practice as demo
from connectors.halaxy.sandbox.actions import LineSpec
from connectors.halaxy.sandbox.amounts import ZERO, cents

# How an invoice is settled: by the patient, by fund and patient together, by Medicare, by an organisation.
Settled = Literal["patient", "fund", "medicare", "organisation"]


@dataclass(frozen=True, slots=True)
class Visit:
    """The content of one invoice; `funder` and `organisation` are set when a third party is billed."""

    patient: str
    role: str
    lines: tuple[LineSpec, ...]
    settled: Settled = "patient"
    organisation: str | None = None
    funder: str | None = None
    seen: bool = True

    @property
    def payer(self) -> str:
        """The recipient, written as staff actions want it."""
        return f"Organization/{self.organisation}" if self.organisation else f"Patient/{self.patient}"

    @property
    def gross(self) -> Decimal:
        """What its ordinary lines come to."""
        return sum((line.gross or ZERO for line in self.lines), ZERO)


class Cast:
    """Hands out patients and practitioners; the first two patients, who share a name, come first."""

    def __init__(self, random: Random, patients: tuple[str, ...]) -> None:
        self.random = random
        self._patients = patients
        self._named = 0

    def patient(self) -> str:
        """The patient of the next visit."""
        self._named += 1
        return self._patients[self._named - 1] if self._named <= 2 else self.random.choice(self._patients)

    def role(self) -> str:
        """Somebody at one of the clinics."""
        return self.random.choice(demo.ROLES).id

    def pick(self, *codes: str) -> demo.Item:
        """One of these fees."""
        return demo.item(self.random.choice(codes))


_CONSULTS: Final = ("PHY-INI", "505", "505", "505", "PHY-LONG", "TEL-1", "EP-1", "OT-1")
_PRODUCTS: Final = ("P-BAND", "P-ROLL", "P-TAPE", "P-BALL", "P-HEAT", "P-SPL")


def line(item: demo.Item, quantity: str = "1", discount: Decimal = ZERO) -> LineSpec:
    """A line at the catalogue price, less a discount with tax."""
    gross = cents(item.price * Decimal(quantity)) - discount
    return LineSpec(
        description=item.title,
        code=item.code,
        quantity=Decimal(quantity),
        gross=gross,
        taxable=item.taxable,
        discount=discount,
    )


def consultation(cast: Cast) -> Visit:
    """One GST-free consultation."""
    return Visit(cast.patient(), cast.role(), (line(cast.pick(*_CONSULTS)),))


def with_product(cast: Cast) -> Visit:
    """A consultation and something taxable to take home."""
    lines = (line(cast.pick(*_CONSULTS)), line(cast.pick(*_PRODUCTS)))
    return Visit(cast.patient(), cast.role(), lines)


def products(cast: Cast) -> Visit:
    """Several of a product; some prices leave odd cents of tax."""
    lines = [line(cast.pick("P-TAPE", "P-BALL", "P-BAND"), str(cast.random.randint(2, 4)))]
    if cast.random.random() < 0.3:
        lines.append(line(demo.item("P-ORTH")))
    return Visit(cast.patient(), cast.role(), tuple(lines), seen=False)


def discounted(cast: Cast) -> Visit:
    """A product or consultation at ten per cent off, shown on the line."""
    item = cast.pick("P-ROLL", "P-SPL", "P-BAND", "505")
    return Visit(cast.patient(), cast.role(), (line(item, discount=cents(item.price / 10)),))


def fund_and_gap(cast: Cast) -> Visit:
    """A consultation claimed on the spot, the gap paid by the patient."""
    return Visit(
        cast.patient(),
        cast.role(),
        (line(cast.pick("505", "PHY-INI", "EP-1")),),
        settled="fund",
        funder=demo.HEALTH_FUND,
    )


def bulk_billed(cast: Cast) -> Visit:
    """A consultation that Medicare pays in full."""
    return Visit(cast.patient(), cast.role(), (line(demo.item("10960")),), settled="medicare", funder=demo.MEDICARE)


def injured_worker(cast: Cast) -> Visit:
    """One to three sessions billed to an insurer."""
    lines = tuple(
        with_fields(line(demo.item("WC-PHY")), description=f"WorkCover physiotherapy session {number}")
        for number in range(1, cast.random.randint(1, 3) + 1)
    )
    insurer = cast.random.choice(demo.INSURERS)
    return Visit(cast.patient(), cast.role(), lines, "organisation", insurer, demo.WORKCOVER)


def plan_managed(cast: Cast) -> Visit:
    """NDIS hours times the price limit, whole or not, often with travel."""
    hours = cast.random.choice(("1", "1.5", "2", "0.75", "3"))
    lines = [line(demo.item("15_617_0128_1_3"), hours)]
    if cast.random.random() < 0.5:
        lines.append(line(demo.item("15_799_0128_1_3")))
    manager = cast.random.choice(demo.PLAN_MANAGERS)
    return Visit(cast.patient(), cast.role(), tuple(lines), "organisation", manager, demo.NDIS)


def report(cast: Cast) -> Visit:
    """A taxable report for a law firm."""
    lines = (line(cast.pick("R-ML", "R-PROG")),)
    return Visit(cast.patient(), cast.role(), lines, "organisation", demo.LAW_FIRM, seen=False)


def employer_day(cast: Cast) -> Visit:
    """One invoice to an employer for several patients."""
    lines = tuple(
        LineSpec(
            description="Workplace assessment",
            code="EP-1",
            gross=Decimal("102.00"),
            subject=cast.patient(),
        )
        for _ in range(3)
    )
    first = lines[0].subject or cast.patient()
    return Visit(first, cast.role(), lines, "organisation", demo.EMPLOYER, seen=False)


def package(cast: Cast) -> Visit:
    """A pack of classes less a deduction: a negative line, a positive total."""
    return Visit(cast.patient(), cast.role(), (line(demo.item("PIL-5"), "5"), line(demo.item("PIL-D"))), seen=False)


def group_program(cast: Cast) -> Visit:
    """Three weeks for one hundred: the unit price has four decimals."""
    spec = LineSpec(description="Group program week", code="GRP-3", quantity=Decimal(3), gross=Decimal("100.00"))
    return Visit(cast.patient(), cast.role(), (spec,))


def missed(cast: Cast) -> Visit:
    """A fee for a visit that did not happen."""
    return Visit(cast.patient(), cast.role(), (line(cast.pick("NA-1", "NA-2")),), seen=False)


def two_practitioners(cast: Cast) -> Visit:
    """Two people treated the patient on one invoice."""
    second = LineSpec(
        description="Occupational therapy session", code="OT-1", gross=Decimal("165.00"), performer="PR-1000013"
    )
    return Visit(cast.patient(), "PR-2000011", (line(demo.item("505")), second))


def pro_bono(cast: Cast) -> Visit:
    """A visit for nothing: a zero-value invoice."""
    spec = LineSpec(description="Standard physiotherapy consultation", code="505", gross=ZERO)
    return Visit(cast.patient(), cast.role(), (spec,))


def orthotics_quote(cast: Cast) -> Visit:
    """What orthotics would cost."""
    return Visit(cast.patient(), cast.role(), (line(demo.item("P-ORTH")),), seen=False)


def funded(visit: Visit, coverage: str | None) -> Visit:
    """The visit with its funder and claim details on every line."""
    if visit.funder is None:
        return visit
    lines = tuple(with_fields(spec, funder=visit.funder, coverage=coverage) for spec in visit.lines)
    return replace(visit, lines=lines)


# Of a hundred invoices, how many of each kind.
MIX: Final[tuple[tuple[Callable[[Cast], Visit], int], ...]] = (
    (consultation, 23),
    (fund_and_gap, 25),
    (with_product, 11),
    (plan_managed, 7),
    (injured_worker, 6),
    (products, 6),
    (bulk_billed, 5),
    (discounted, 4),
    (missed, 3),
    (report, 3),
    (package, 2),
    (group_program, 2),
    (two_practitioners, 2),
    (employer_day, 1),
)
