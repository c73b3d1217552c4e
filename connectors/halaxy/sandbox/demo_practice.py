"""Who and what "Harbour Allied Health" is: clinics, practitioners, payers, fees, names of patients.

All people and firms are made up; the invoices of its month are in `stories` and `month`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from random import Random
from typing import Final

from msgspec.structs import replace

from connectors.halaxy.sandbox.records import (
    Coverage,
    Fee,
    Organization,
    Patient,
    Practitioner,
    Role,
    Service,
)
from connectors.halaxy.sandbox.state import State

GROUP: Final = "PG-900001"
MANLY: Final = "CL-40001"
NEWTOWN: Final = "CL-40002"
HEALTH_FUND: Final = "FD-100200"
NDIS: Final = "FD-100201"
WORKCOVER: Final = "FD-100202"
MEDICARE: Final = "FD-100203"
INSURERS: Final = ("OG-3000001", "OG-3000002")
PLAN_MANAGERS: Final = ("OG-3000003", "OG-3000004")
LAW_FIRM: Final = "OG-3000005"
EMPLOYER: Final = "OG-3000006"

_ORGANIZATIONS: Final = (
    Organization(id=GROUP, name="Harbour Allied Health"),
    Organization(id=MANLY, name="Manly", part_of=GROUP),
    Organization(id=NEWTOWN, name="Newtown", part_of=GROUP),
    Organization(id=HEALTH_FUND, name="Private health fund"),
    Organization(id=NDIS, name="NDIS"),
    Organization(id=WORKCOVER, name="WorkCover"),
    Organization(id=MEDICARE, name="Medicare"),
    Organization(id=INSURERS[0], name="SafeWork Insurance", email="accounts@safework-insurance.example"),
    Organization(id=INSURERS[1], name="Corio Mutual Insurance", email="claims@corio-mutual.example"),
    Organization(id=PLAN_MANAGERS[0], name="BrightPlan Plan Management", email="invoices@brightplan.example"),
    Organization(id=PLAN_MANAGERS[1], name="Seaside Plan Partners", email="pay@seaside-plans.example"),
    Organization(id=LAW_FIRM, name="Lane & Co Lawyers", email="office@lane-lawyers.example"),
    Organization(id=EMPLOYER, name="Northern Ferries", email="people@northern-ferries.example"),
)
_PRACTITIONERS: Final = (
    Practitioner(id="PR-1000011", given="Jane", family="Liu", number="555001", profession="Physiotherapist"),
    Practitioner(id="PR-1000012", given="Sam", family="Hart", number="555002", profession="Exercise physiologist"),
    Practitioner(id="PR-1000013", given="Lee", family="Moss", number="555003", profession="Occupational therapist"),
    Practitioner(id="PR-1000014", given="Priya", family="Dane", number="555004", profession="Physiotherapist"),
)
# The second role has the id of another person on purpose: the two number spaces overlap (fact sheet 4.5).
ROLES: Final = (
    Role(id="PR-2000011", practitioner="PR-1000011", clinic=MANLY),
    Role(id="PR-1000012", practitioner="PR-1000011", clinic=NEWTOWN),
    Role(id="PR-2000013", practitioner="PR-1000012", clinic=MANLY),
    Role(id="PR-2000014", practitioner="PR-1000013", clinic=NEWTOWN),
    Role(id="PR-2000015", practitioner="PR-1000014", clinic=NEWTOWN),
    Role(id="PR-2000016", practitioner="PR-1000014", clinic=MANLY),
)
CATEGORIES: Final = ("Consultation", "Product", "Report", "Non-attendance")
METHODS: Final = ("Cash", "EFTPOS", "HICAPS", "Braintree", "BPAY", "Direct Deposit", "Medicare")

# code, title, category, price with tax, taxable
FEES: Final = (
    ("PHY-INI", "Initial physiotherapy consultation", "Consultation", "120.00", False),
    ("505", "Standard physiotherapy consultation", "Consultation", "95.00", False),
    ("PHY-LONG", "Long physiotherapy consultation", "Consultation", "128.50", False),
    ("TEL-1", "Telehealth consultation", "Consultation", "89.40", False),
    ("EP-1", "Exercise physiology session", "Consultation", "102.00", False),
    ("OT-1", "Occupational therapy session", "Consultation", "165.00", False),
    ("WC-PHY", "WorkCover physiotherapy session", "Consultation", "89.40", False),
    ("15_617_0128_1_3", "NDIS occupational therapy (hour)", "Consultation", "193.99", False),
    ("15_799_0128_1_3", "NDIS provider travel", "Consultation", "48.50", False),
    ("10960", "Bulk-billed physiotherapy", "Consultation", "60.35", False),
    ("PIL-5", "Pilates class", "Consultation", "100.00", False),
    ("PIL-D", "Package deduction", "Consultation", "-50.00", False),
    ("GRP-3", "Group program", "Consultation", "100.00", False),
    ("P-BAND", "Resistance band", "Product", "22.00", True),
    ("P-ROLL", "Foam roller", "Product", "55.00", True),
    ("P-TAPE", "Kinesio tape roll", "Product", "9.99", True),
    ("P-BALL", "Massage ball", "Product", "24.95", True),
    ("P-HEAT", "Heat pack", "Product", "19.80", True),
    ("P-SPL", "Wrist splint", "Product", "68.75", True),
    ("P-ORTH", "Orthotics, pair", "Product", "440.00", True),
    ("R-ML", "Medico-legal report", "Report", "1100.00", True),
    ("R-PROG", "Progress report", "Report", "187.00", True),
    ("NA-1", "Non-attendance fee", "Non-attendance", "45.00", False),
    ("NA-2", "Late cancellation fee", "Non-attendance", "30.00", False),
)
_RETIRED: Final = ("505-OLD", "Standard physiotherapy consultation (2025)", "Consultation", "90.00", False)

_GIVEN: Final = tuple(
    "Ava Ben Chloe Dev Ella Finn Grace Hugo Isla Jack Kira Liam Mia Noah Olive Paul Quinn Rosa Sefa Tara "
    "Umar Vera Will Xena Yara Zane Amir Bella Cleo Dora Emil Freya Gus Hana Ivan June".split()
)
_FAMILY: Final = tuple(
    "Nguyen Okafor Marsh Patel Rossi Walsh Tan Silva Brown Reid Cohen Dunn Evans Farrow Gray Hossain Ito "
    "Jensen Kaur Lam Mason Novak Owen Price Quill Rahman Stone Tully Usher Vance Webb Xu Young Zammit Abbey".split()
)


@dataclass(frozen=True, slots=True)
class Item:
    """One fee as the stories use it."""

    code: str
    title: str
    price: Decimal
    taxable: bool


ITEMS: Final = tuple(Item(code, title, Decimal(price), taxable) for code, title, _, price, taxable in FEES)


def item(code: str) -> Item:
    """The fee of a code."""
    return next(one for one in ITEMS if one.code == code)


def furnish(state: State, opened_at: datetime) -> None:
    """Put clinics, people who treat, payers and fees into an empty practice."""
    for row in _ORGANIZATIONS:
        state.keep_id(row.id[:2], row.id)
        state.organizations.put(replace(row, created_at=opened_at, changed_at=opened_at))
    for person in _PRACTITIONERS:
        state.keep_id("practitioner", person.id)
        state.practitioners.put(replace(person, created_at=opened_at, changed_at=opened_at))
    for role in ROLES:
        state.keep_id("role", role.id)
        state.roles.put(replace(role, created_at=opened_at, changed_at=opened_at))
    for entry in (*FEES, _RETIRED):
        _put_fee(state, entry, opened_at)
    identity = state.new_id("service", state.services)
    service = Service(id=identity, name="Consultation", provided_by=GROUP, created_at=opened_at, changed_at=opened_at)
    state.services.put(service)


def admit(state: State, random: Random, count: int, opened_at: datetime) -> tuple[str, ...]:
    """Register so many patients, the first two of the same name; their ids in order."""
    for number in range(count):
        given, family = random.choice(_GIVEN), random.choice(_FAMILY)
        if number < 2:
            given, family = _GIVEN[0], _FAMILY[0]
        state.patients.put(_patient(state, random, number, given, family, opened_at))
    return tuple(patient.id for patient in state.patients.ordered())


def cover(state: State, patient: str, funder: str, organisation: str, opened_at: datetime) -> str:
    """New claim details that bill a patient's care to an organisation; their id."""
    identity = state.new_id("coverage", state.coverages)
    row = Coverage(
        id=identity,
        patient=patient,
        funder=funder,
        organisation=organisation,
        payer="30",
        member=f"CLM-{identity[-5:]}",
        start=date(opened_at.year, 1, 1),
        created_at=opened_at,
        changed_at=opened_at,
    )
    return state.coverages.put(row).id


def _put_fee(state: State, entry: tuple[str, str, str, str, bool], opened_at: datetime) -> None:
    code, title, category, price, taxable = entry
    state.fees.put(
        Fee(
            id=state.new_id("fee", state.fees),
            created_at=opened_at,
            changed_at=opened_at,
            title=title,
            code=code,
            category=category,
            price=Decimal(price),
            taxable=taxable,
            kind="0" if category == "Consultation" else "1",
            status="retired" if entry == _RETIRED else "active",
        )
    )


def _patient(state: State, random: Random, number: int, given: str, family: str, opened_at: datetime) -> Patient:
    role = random.choice(ROLES)
    address = f"{given}.{family}.{number + 1}@patient.example".lower()
    return Patient(
        id=state.new_id("patient", state.patients),
        created_at=opened_at,
        changed_at=opened_at,
        given=given,
        family=family,
        usual=given[:3] if random.random() < 0.1 else None,
        email=address if random.random() < 0.8 else None,
        mobile=f"+614{number:08d}",
        birth_date=date(random.randint(1940, 2015), random.randint(1, 12), random.randint(1, 28)),
        gender=random.choice(("male", "female", "other")),
        clinic=role.clinic,
        practitioner=role.practitioner,
    )
