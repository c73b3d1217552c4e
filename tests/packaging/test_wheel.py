"""The built wheel stands on its own: installed into a clean environment, it runs the demo from anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.xdist_group("wheel")


def run(*command: str | Path, cwd: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("daybook_engine-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts folder of a clean environment that holds the wheel and its `demo` extra."""
    environment = tmp_path_factory.mktemp("clean") / "venv"
    uv = shutil.which("uv") or ROOT / ".tools/bin/uv"
    # As deploy/setup.sh: the machine's own certificates.
    trusting = os.environ | {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1"}
    run(uv, "venv", "--quiet", "--python", sys.executable, environment, cwd=ROOT)
    into = ("--quiet", "--python", environment)
    run(
        uv,
        "pip",
        "install",
        *into,
        "--require-hashes",
        "-r",
        ROOT / "requirements/demo.lock",
        cwd=ROOT,
        environment=trusting,
    )
    # Without an index only what the lock brought can serve: this proves that the lock is complete.
    run(uv, "pip", "install", *into, "--no-index", f"daybook-engine[demo] @ {wheel.as_uri()}", cwd=environment)
    return environment / "bin"


def test_the_wheel_carries_the_rulesets_and_the_demo_practice(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "engine/rulesets/financial_sync/ruleset.yaml" in names
    assert "engine/rulesets/financial_sync/sales.yaml" in names
    assert "engine/examples/harbour/daybook.yaml" in names
    assert "connectors/xero/manifest.yaml" in names
    assert [name for name in names if name.startswith("tests/") or "__pycache__" in name] == []


def test_the_installed_wheel_runs_the_demo_from_another_folder(installed: Path, tmp_path: Path) -> None:
    clean = {"PATH": os.defpath, "HOME": str(tmp_path), "LANG": "C.UTF-8", "TMPDIR": str(tmp_path)}
    run(installed / "daybook", "demo", "--invoices", "20", cwd=tmp_path, environment=clean)
