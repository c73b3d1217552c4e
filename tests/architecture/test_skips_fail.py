"""Under CI=true a skipped test makes the run fail; elsewhere it does not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parent.parent / "conftest.py"
ONE_SKIPPED = """
import pytest

@pytest.mark.skip(reason="no server here")
def test_needs_a_server(): ...

def test_passes(): ...
"""


@pytest.mark.parametrize("workers, ci, status", [("0", "true", 1), ("2", "true", 1), ("0", "", 0)])
def test_a_skip_is_a_failure_only_in_ci(tmp_path: Path, workers: str, ci: str, status: int) -> None:
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_one.py").write_text(ONE_SKIPPED)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        workers,
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
    ]
    done = subprocess.run(
        [*command, str(tmp_path)],
        env=os.environ | {"CI": ci},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert ("Skipped: test_one.py::test_needs_a_server." in done.stdout) == bool(status)
