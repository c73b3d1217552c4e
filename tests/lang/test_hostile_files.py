"""Reading, checking and mending hostile files: no crash, in time, in little memory, and little is said."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_files import FILES
from problem_frames import catalogue

from engine.lang.checker import check
from engine.lang.fixing import mended
from engine.lang.parser import read_rule
from engine.lang.problems import as_json, as_text

# The promise is 200 ms on an idle core. Machines of CI are slow and shared, so that the bound grows with what a plain
# piece of work takes there at that moment, and a bomb takes many times as long.
MOST_SECONDS = 1.0
PLAIN_WORK = "rule: x\nwhen: halaxy.invoice.paid\nif:\n" + "  - invoice.totals.gross > 0\n" * 300 + "steps: []\n"
PLAIN_SECONDS = 0.06  # of that work on an idle core
MOST_MIB = 64
# Problems are capped at a hundred and one, and each is a few lines.
MOST_SAID = 200_000


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def slowness() -> float:
    """How much slower than an idle core this machine is now."""
    return max(1.0, seconds(lambda: read_rule("a/b", "f.yaml", PLAIN_WORK)) / PLAIN_SECONDS)


def read_and_checked(text: str):
    rule, problems = read_rule("financial_sync/x", "f.yaml", text)
    return problems if rule is None else (*problems, *check([rule], catalogue()))


@pytest.fixture(scope="module", autouse=True)
def warm():
    read_and_checked(PLAIN_WORK)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_read_and_checked_in_time_and_little_is_said(name):
    found = []
    taken = seconds(lambda: found.extend(read_and_checked(FILES[name])))
    assert taken < MOST_SECONDS * slowness()
    said = as_text(found, {"f.yaml": FILES[name]}) + json.dumps(as_json(found))
    assert len(said) < MOST_SAID
    assert len(found) <= 152


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_mended_in_time_and_a_second_time_changes_nothing(name):
    once = []
    taken = seconds(lambda: once.append(mended(FILES[name])[0]))
    assert taken < 3 * MOST_SECONDS * slowness()
    assert (once[0], ()) == mended(once[0])


PROBE = """
import resource, sys
sys.path[:0] = [{root!r}, {here!r}]
from hostile_files import FILES
from engine.lang.parser import read_rule
from engine.lang.fixing import mended
texts = list(FILES.values())
read_rule("a/b", "f.yaml", "rule: x")
mended("a: {{{{ x }}}}")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for text in texts:
    read_rule("a/b", "f.yaml", text)
    mended(text)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_all_of_them_together_take_little_memory():
    here = Path(__file__).parent
    probe = PROBE.format(root=str(here.parents[1]), here=str(here))
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=300)
    assert int(done.stdout) < MOST_MIB
