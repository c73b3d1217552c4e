"""Values of samples: read from JSON, YAML or the test itself, and cast as their schemas declare.

Money of a sample file is money, a date is a date. Reads no file itself: `Samples.text` is handed in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from engine.core.rule import Place
from engine.errors import CannotTell, UserError
from engine.lang.faults import LangError
from engine.lang.reading import Reading
from engine.lang.rule_tests import Changes, Sample
from engine.lang.tree import read_tree
from engine.lang.types import cast, schema_type

Json = Any
_NUMBERS = ("money", "number", "percent")


class SampleFault(UserError):
    """What a test gives cannot be used; the place is part of the text."""

    code = "test-unusable"

    def __init__(self, place: Place, what: str, mend: str = "") -> None:
        super().__init__(f"{place.file}:{place.line}: {what}", mend)


@dataclass(frozen=True, slots=True)
class Samples:
    """Turns the samples of one test into values.

    Attributes:
        text: The text of a sample file; raises UserError when there is none.
        names: What expressions in the test see.
    """

    text: Callable[[str], str]
    names: Mapping[str, Json]

    def plain(self, sample: Sample) -> Json:
        """The values of a sample: of a JSON file with exact numbers, of YAML as texts, or as written in the test."""
        try:
            if not sample.file:
                return sample.values.value(self.names) if sample.values is not None else None
            text = self.text(sample.file)
            if sample.file.endswith(".json"):
                return json.loads(text, parse_float=Decimal)
            return self._yaml(sample, text)
        except json.JSONDecodeError as fault:
            what = f"{sample.file} is no JSON ({fault.msg}, line {fault.lineno})."
            raise SampleFault(sample.place, what, "Mend the file.") from None
        except (UnicodeDecodeError, RecursionError):
            raise SampleFault(sample.place, f"{sample.file} cannot be read.", "Save it as plain UTF-8.") from None
        except (CannotTell, UserError) as fault:
            raise SampleFault(sample.place, fault.what, fault.mend) from None

    def map(self, sample: Sample, what: str) -> dict[str, Json]:
        """The same, for samples that are maps."""
        found = self.plain(sample)
        if not isinstance(found, dict):
            raise SampleFault(sample.place, f"{what} needs `name: value` lines.", "Indent them below it.")
        return found

    def _yaml(self, sample: Sample, text: str) -> Json:
        root, problems = read_tree(sample.file, text)
        reading = Reading(sample.file, problems=list(problems))
        values = reading.value(root) if root is not None else None
        if reading.problems:
            raise SampleFault(sample.place, str(reading.problems[0]), "Mend the file.")
        return values.value(self.names) if values is not None else {}


def evaluated(changes: Changes, names: Mapping[str, Json], place: Place) -> dict[str, Json]:
    """The values of `but with` and `with`; a fault names the test's place."""
    try:
        return {name: value.value(names) for name, value in changes}
    except CannotTell as fault:
        raise SampleFault(place, fault.what, fault.mend) from None


def json_copy(value: Json) -> Json:
    """The same maps and lists anew, so that changing one changes nothing else."""
    if isinstance(value, Mapping):
        return {key: json_copy(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [json_copy(item) for item in value]
    return value


def typed(value: Json, schema: Json, path: str, place: Place) -> Json:
    """A value of a sample as its schema declares it; texts and plain numbers are cast, absent fields become none."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        schema = next((choice for choice in choices if choice.get("type") != "null"), {})
    properties = schema.get("properties")
    if isinstance(value, Mapping):
        fields = properties if isinstance(properties, Mapping) else {}
        more = schema.get("additionalProperties")
        inner = more if isinstance(more, Mapping) else {}
        found = {name: typed(item, fields.get(name, inner), f"{path}.{name}", place) for name, item in value.items()}
        required = schema.get("required") or ()
        return {**dict.fromkeys(name for name in fields if name not in found and name not in required), **found}
    if isinstance(value, list):
        items = schema.get("items") if isinstance(schema.get("items"), Mapping) else {}
        return [typed(item, items, f"{path}[{number}]", place) for number, item in enumerate(value)]
    return _scalar(value, schema, path, place)


def _scalar(value: Json, schema: Mapping[str, Json], path: str, place: Place) -> Json:
    kind = schema_type(schema)
    if isinstance(value, int) and not isinstance(value, bool) and kind in _NUMBERS:
        return Decimal(value)
    choices = tuple(map(str, schema.get("enum") or schema.get("x-choices") or ()))
    if not isinstance(value, str) or kind == "text" or (kind == "choice" and not choices):
        return value
    if not value and isinstance(schema.get("type"), list):
        return None
    try:
        return cast(value, kind, choices)
    except LangError as fault:
        raise SampleFault(place, f"{path}: {fault.message}", fault.mend) from None


def local(moment: datetime, timezone: str) -> datetime:
    """A time of a test; without a zone it is one of the practice's."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(timezone))
