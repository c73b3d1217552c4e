"""The test practice of the accounting cases, section 2: what Halaxy and Xero hold before anything happens.

Only seeds; what staff do later stands in `staff`, the workspace's own files in `files`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.compose.cases.form import Case

Json = Any
Plain = Mapping[str, Json]
_LOCATIONS = {"CL-1": "Manly", "CL-2": "Newtown"}
_PRACTITIONERS = {"PR-11": ("Jane", "Liu"), "PR-12": ("Sam", "Hart"), "PR-21": ("Lee", "Moss")}
DEFAULT_PERFORMER = "PR-11"
_PROCESSORS = {"HX-PROC": "Halaxy", "ST-PROC": "Stripe"}


def role_of(performer: str, location: str) -> str:
    """The id of a practitioner's role at a location; another number space than the practitioners' (fact sheet 4.5)."""
    return f"PR-{performer.removeprefix('PR-')}0{location.removeprefix('CL-')}"


def halaxy_seed(case: Case) -> Json:
    """The practice with everyone and every fee that the case names, without any invoice."""
    payers = list(_payers(case))
    patients = {payer["id"]: payer.get("name", "") for payer in payers if payer["kind"] == "patient"}
    for subject in _all(case.facts, "subject"):
        patients.setdefault(str(subject), "")
    group = {"id": "PG-1", "name": "Harbour Allied Health"}
    clinics = [{"id": id, "name": name, "part_of": "PG-1"} for id, name in _LOCATIONS.items()]
    billed = {payer["id"]: payer.get("name", "") for payer in payers if payer["kind"] == "organisation"}
    return {
        "practice": {
            "organizations": [group, *clinics, *({"id": id, "name": name} for id, name in billed.items())],
            "practitioners": [
                {"id": id, "given": given, "family": family} for id, (given, family) in _PRACTITIONERS.items()
            ],
            "roles": [
                {"id": role_of(person, clinic), "practitioner": person, "clinic": clinic}
                for person in _PRACTITIONERS
                for clinic in _LOCATIONS
            ],
            "patients": [{"id": id, **_named(id, name)} for id, name in patients.items()],
            "fees": [{"id": str(6600500 + index), **fee} for index, fee in enumerate(_fees(case))],
        }
    }


def xero_contacts(case: Case) -> list[Json]:
    """Everyone whom the case names exists in Xero already, unless it says otherwise."""
    before = case.stages[0].given.xero_before
    absent = {*before.get("no_contact_for", ()), *(row.get("ContactNumber", "") for row in before.get("contacts", ()))}
    wanted: dict[str, Json] = {number: {"ContactNumber": number, "Name": name} for number, name in _PROCESSORS.items()}
    if case.stages[0].given.config.get("mode") == "daily_summary":
        wanted |= {f"HX-SUM-{id}": _summary(id) for id in _LOCATIONS}
    for payer in _payers(case):
        row = _contact(payer)
        wanted.setdefault(row["ContactNumber"], row)
    rows = [row for number, row in wanted.items() if number not in absent]
    return [*rows, *({"Name": name} for name in dict.fromkeys(_suppliers(case)))]


def _summary(location: str) -> Json:
    return {"ContactNumber": f"HX-SUM-{location}", "Name": f"Halaxy patients - {_LOCATIONS[location]}"}


def _contact(payer: Plain) -> Json:
    """As the engine names contacts itself (R2), so that meeting them again is no change."""
    if payer["kind"] == "organisation":
        return {"ContactNumber": f"HX-O-{payer['id']}", "Name": payer.get("name") or f"HX-O-{payer['id']}"}
    names = _named(payer["id"], payer.get("name", ""))
    number = f"HX-P-{payer['id']}"
    full = f"{names['given']} {names['family']}"
    row = {"ContactNumber": number, "Name": f"{full} ({number})"}
    return {**row, "FirstName": names["given"], "LastName": names["family"]}


def _named(id: str, name: str) -> dict[str, str]:
    given, _, family = (name or f"Patient {id}").rpartition(" ")
    return {"given": given or family, "family": family}


def _payers(case: Case) -> Iterator[Plain]:
    known: dict[tuple[str, str], Plain] = {}
    for payer in _all(case.facts, "payer"):
        key = (payer["kind"], payer["id"])
        if payer.get("name") or key not in known:
            known[key] = payer
    yield from known.values()


def _fees(case: Case) -> list[Json]:
    """The fee catalogue that gives each line of the case its category (joined on code and title)."""
    found: dict[tuple[str, str, str], Json] = {}
    for line in _lines(case.facts):
        key = (line.get("description", ""), line.get("code", ""), line["category"])
        taxed = line.get("taxable") == "true" or line.get("tax") not in (None, "null", "0.00", "0")
        found[key] = {"title": key[0], "category": key[2], "taxable": taxed, "price": line["gross"]}
        found[key] |= {"code": key[1]} if key[1] else {}
    return list(found.values())


def _lines(facts: Iterable[Json]) -> Iterator[Plain]:
    for line in _all(facts, "line"):
        if isinstance(line, Mapping):
            yield line
    for lines in _all(facts, "lines"):
        yield from lines


def _suppliers(case: Case) -> Iterator[str]:
    yield from (str(name) for name in _all(case.facts, "supplier"))
    for stage in case.stages:
        yield from (str(row["supplier"]) for row in stage.given.imports.get("expenses", ()) if "supplier" in row)
        for kind in ("contractors", "agents"):
            yield from (str(row["contact"]) for row in stage.given.config.get(kind, {}).values())


def _all(value: Json, name: str) -> Iterator[Json]:
    """Every value under a name, however deep."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == name:
                yield inner
            yield from _all(inner, name)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _all(item, name)
