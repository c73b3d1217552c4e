"""Pure code stays pure: what each layer names, and what comes along when it is loaded.

The import contracts in pyproject.toml look at names; the tests here load the modules in a fresh interpreter
and look at the result, because an innocent import can bring a client with it.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

# Layer 0 may name these and itself, nothing else.
CORE_MAY_IMPORT = {
    "__future__", "calendar", "collections", "contextlib", "cronsim", "dataclasses", "datetime", "decimal", "enum",
    "functools", "hashlib", "itertools", "json", "math", "operator", "re", "types", "typing", "unicodedata", "zoneinfo",
}  # fmt: skip

PURE_OF_SDK = ("records", "contract", "capabilities", "webhook", "flows")
PURE_OF_CONNECTORS = ("payloads", "outcomes", "triggers", "calls", "posting")

DATABASES = {"sqlite3", "apsw", "psycopg"}
CLIENTS = {
    "httpx",
    "httpcore",
    "requests",
    "urllib3",
    "urllib.request",
    "http.client",
    "smtplib",
    "aiosmtpd",
    "redis",
    "apprise",
}


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules_below(*folders: str) -> list[str]:
    return sorted(module_name(file) for folder in folders for file in ROOT.glob(f"{folder}/**/*.py"))


def pure_modules_of_the_engine() -> list[str]:
    of_sdk = [f"engine.sdk.{name}" for name in PURE_OF_SDK if (ROOT / f"engine/sdk/{name}.py").exists()]
    return [*modules_below("engine/core", "engine/lang"), "engine.errors", "engine.ports", *of_sdk]


def pure_modules_of_connectors() -> list[str]:
    files = [module_name(file) for name in PURE_OF_CONNECTORS for file in ROOT.glob(f"connectors/*/{name}.py")]
    return sorted([*files, *modules_below(*(f"connectors/*/{name}" for name in PURE_OF_CONNECTORS))])


def sandboxes() -> list[str]:
    return modules_below("connectors/*/sandbox")


def loaded_by(modules: list[str]) -> set[str]:
    """What a fresh interpreter has loaded after importing some modules."""
    program = "import importlib, json, sys\nfor name in json.load(sys.stdin): importlib.import_module(name)\n"
    done = subprocess.run(
        [sys.executable, "-c", program + "print(json.dumps(sorted(sys.modules)))"],
        input=json.dumps(modules), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str() as module):
                yield module


@pytest.mark.parametrize("file", [*ROOT.glob("engine/core/**/*.py"), ROOT / "engine/errors.py"], ids=module_name)
def test_core_names_only_what_it_may(file: Path) -> None:
    named = {name for name in imports_of(file) if not name.startswith("engine.core") and name != "engine.errors"}
    assert {name.partition(".")[0] for name in named} <= CORE_MAY_IMPORT


@pytest.mark.parametrize(
    "group", [pure_modules_of_the_engine, pure_modules_of_connectors], ids=lambda group: group.__name__
)
def test_pure_modules_bring_no_client_and_no_database(group) -> None:
    loaded = loaded_by(group())
    assert loaded & (DATABASES | CLIENTS) == set()
    assert [name for name in loaded if name.startswith("connectors.") and name.endswith(".client")] == []
    assert [name for name in loaded if name in {"engine.clock", "engine.sdk.http", "engine.sdk.testing"}] == []


def test_sandboxes_bring_no_client_no_database_and_nothing_of_their_connector() -> None:
    loaded = loaded_by(sandboxes())
    # Servers, not clients: the loopback server stands on http.server, which loads http.client; the mail sink on aiosmtpd.
    assert loaded & (DATABASES | CLIENTS) - {"http.client", "aiosmtpd"} == set()
    of_connectors = {name.split(".")[2] for name in loaded if name.startswith("connectors.") and name.count(".") >= 2}
    assert of_connectors <= {"sandbox"}
    assert {name for name in loaded if name.startswith("engine.sdk.")} <= {"engine.sdk.sandbox"}


def test_package_files_are_empty() -> None:
    packages = [*ROOT.glob("engine/**/__init__.py"), *ROOT.glob("connectors/**/__init__.py")]
    assert [module_name(file) for file in packages if file.read_text(encoding="utf-8").strip()] == []


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
