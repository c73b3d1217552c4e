"""The workspace's files of the test practice: the example practice, the maps of section 2, a case's own settings.

Writes files only; who reads them again is for `world`.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.library.files import packaged_examples
from engine.store.secrets import make_key

Json = Any
_SETTINGS = Path("settings") / "financial_sync.yaml"
_MORE_ROWS = {
    "payment_accounts": {"Medicare bulk bill": "614", "Voucher": "836"},
    "revenue_accounts": {"Gift voucher": "836"},
}
_NOT_SETTINGS = ("routing",)
# What a case says of a practitioner, and the settings that hold it.
_TERMS: Mapping[str, Mapping[str, str]] = {
    "contractors": {
        "rate": "contractor_rates",
        "contact": "contractor_contacts",
        "basis": "contractor_basis",
        "tax": "contractor_taxes",
    },
    "agents": {"service_fee": "agent_fees", "contact": "agent_contacts"},
}
_RATES = ("rate", "service_fee")
# Every stage begins with a poll of its own; more of them would only take time.
_POLL = "every 60 minutes"


def ledgers(config: Mapping[str, Json]) -> dict[str, str]:
    """The connections to Xero of a case, each with the name of its organisation; without routing one, of any name."""
    tenants = sorted(set(config.get("routing", {}).values()))
    return {"xero" + (f"_{number}" if number > 1 else ""): name for number, name in enumerate(tenants, 1)} or {
        "xero": ""
    }


def make_files(folder: Path, config: Mapping[str, Json]) -> None:
    """Make the workspace in a folder that does not exist yet."""
    shutil.copytree(packaged_examples() / "harbour", folder)
    head = folder / "daybook.yaml"
    text = head.read_text(encoding="utf-8").replace("      - mail\n", "").replace("every 10 minutes", _POLL)
    text = re.sub(r"(?m)^  xero:\n((?:    .*\n)+)", lambda block: _connections(ledgers(config), block[1]), text)
    head.write_text(text, encoding="utf-8")
    for name, rows in _MORE_ROWS.items():
        set_rows(folder, name, rows)
    set_config(folder, config)
    make_key(folder / "data" / "key")


def _connections(names: Iterable[str], settings: str) -> str:
    return "".join(f"  {name}:\n    connector: xero\n    poll: {_POLL}\n{settings}" for name in names)


def set_rows(folder: Path, map_name: str, rows: Mapping[str, str]) -> None:
    """Add or change rows of a map, as a person does in its file."""
    file = folder / "maps" / f"{map_name}.yaml"
    kept = [
        line
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.partition(":")[0].strip().strip("\"'") not in rows
    ]
    added = [f"  {_key(name)}: {value}" for name, value in rows.items()]
    file.write_text("\n".join([*kept, *added]) + "\n", encoding="utf-8")


def set_config(folder: Path, config: Mapping[str, Json]) -> None:
    """Change settings of the ruleset; the start date also where the reading begins."""
    file = folder / _SETTINGS
    given = {name: value for name, value in config.items() if name not in (*_NOT_SETTINGS, *_TERMS)}
    wanted = {name: _value(name, value) for name, value in (given | _terms(config) | _routing(config)).items()}
    kept = _without(file.read_text(encoding="utf-8").splitlines(), wanted)
    added = [f"{name}:{_yaml(value, 1)}" for name, value in wanted.items()]
    file.write_text("\n".join([*kept, *added]) + "\n", encoding="utf-8")
    if "start_date" in config:
        head = folder / "daybook.yaml"
        text = re.sub(r"start_date: \S+", f"start_date: {config['start_date']}", head.read_text(encoding="utf-8"))
        head.write_text(text, encoding="utf-8")


def _routing(config: Mapping[str, Json]) -> dict[str, Json]:
    """Which connection each location belongs to."""
    if "routing" not in config:
        return {}
    names = {tenant: name for name, tenant in ledgers(config).items()}
    return {
        "organisations": [*ledgers(config)],
        "organisation_of": {at: names[to] for at, to in config["routing"].items()},
    }


def _terms(config: Mapping[str, Json]) -> dict[str, Json]:
    """The terms of contractors and agents, a setting for each word."""
    found: dict[str, Json] = {}
    for kind, settings in _TERMS.items():
        for practitioner, terms in config.get(kind, {}).items():
            for word, value in terms.items():
                shown = f"{Decimal(str(value)) * 100:f}%" if word in _RATES else str(value)
                found.setdefault(settings[word], {})[practitioner] = shown
    return found


def _without(lines: Iterable[str], names: Collection[str]) -> Iterator[str]:
    """The lines of a form less some settings, with what is indented below them."""
    dropping = False
    for line in lines:
        if not line.startswith(" "):
            dropping = line.partition(":")[0] in names
        if not dropping:
            yield line


def _value(name: str, value: Json) -> Json:
    return value.lower() if name == "invoice_status" else value


def _yaml(value: Json, level: int) -> str:
    if isinstance(value, list):
        return "".join(f"\n{'  ' * level}- {item}" for item in value)
    if not isinstance(value, Mapping):
        return f" {value}" if re.fullmatch(r"[\w .:-]+", value) and ": " not in value else f" {json.dumps(value)}"
    pad = "  " * level
    return "".join(f"\n{pad}{_key(name)}:{_yaml(inner, level + 1)}" for name, inner in value.items())


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w -]+", name) else json.dumps(name)
