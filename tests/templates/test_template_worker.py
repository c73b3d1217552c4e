"""The child process: started late, kept, replaced when it dies, confined, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from template_bench import Bench

from engine.core.values import dumps, loads
from engine.errors import CannotTell
from engine.runtime.template_worker import MOST_REQUEST_BYTES, Worker

HELLO = "Hello {{ invoice.number }}"
DOUBLED = "{% set a = [[], []] %}" + "{% set a = [a, a] %}" * 40
SLOW = DOUBLED + "{{ a == a }}"
ROOT = Path(__file__).parents[2]


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


@pytest.fixture
def own():
    made = Bench()
    yield made
    made.close()


def test_no_process_is_started_before_it_is_needed_and_one_is_kept(own: Bench) -> None:
    assert own.worker.pid is None
    own.body(HELLO)
    first = own.worker.pid
    own.body(HELLO + "!")
    assert own.worker.pid == first


def test_one_that_takes_too_long_is_replaced(own: Bench) -> None:
    own.body(HELLO)
    first = own.worker.pid
    with pytest.raises(CannotTell) as told:
        own.body(SLOW)
    assert told.value.code == "TEMPLATE_TOO_SLOW"
    assert not is_alive(first)
    assert own.body(HELLO) == "Hello INV-7"
    assert own.worker.pid != first


def test_one_that_was_killed_is_replaced(own: Bench) -> None:
    own.body(HELLO)
    os.kill(own.worker.pid, signal.SIGKILL)
    os.waitid(os.P_PID, own.worker.pid, os.WEXITED | os.WNOWAIT)
    assert own.body(HELLO) == "Hello INV-7"


def test_memory_has_an_end(own: Bench) -> None:
    text = "{% set a = 'x' %}" + "{% set a = a ~ a %}" * 17
    many = "".join("{% set b" + str(n) + " = a ~ '" + str(n) + "' %}" for n in range(1_900))
    with pytest.raises(CannotTell) as told:
        own.body(text + many)
    assert told.value.code in ("TEMPLATE_TOO_LARGE", "TEMPLATE_TOO_SLOW")
    assert own.body(HELLO) == "Hello INV-7"


def test_the_child_has_no_environment_and_cannot_write_or_fork(own: Bench) -> None:
    own.body(HELLO)
    process = Path(f"/proc/{own.worker.pid}")
    limits = {line[:26].strip(): line[26:].split()[:2] for line in (process / "limits").read_text().splitlines()[1:]}
    assert (process / "environ").read_bytes() == b""
    assert limits["Max file size"] == ["0", "0"]
    assert limits["Max processes"] == ["0", "0"]
    assert limits["Max address space"] == [str(256 * 1024 * 1024)] * 2
    assert len(list((process / "fd").iterdir())) == 3


def test_several_threads_take_turns(own: Bench) -> None:
    texts = [loads(own.worker.ask(request(n))) for n in range(1)]
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda n: loads(own.worker.ask(request(n)))["body"], range(60)))
    assert texts == [f"Number {n}" for n in range(60)]


def request(number: int) -> bytes:
    templates = {"x": ["x.md", "md", "Number {{ number }}"]}
    return dumps({"name": "x", "templates": templates, "names": {"number": number}, "maps": None}).encode()


def test_too_much_data_is_refused_before_it_is_sent() -> None:
    worker = Worker()
    with pytest.raises(CannotTell, match="8 MiB"):
        worker.ask(b"x" * (MOST_REQUEST_BYTES + 1))
    assert worker.pid is None


def test_closing_ends_the_child(own: Bench) -> None:
    own.body(HELLO)
    pid = own.worker.pid
    own.close()
    assert not is_alive(pid)
    assert own.body(HELLO) == "Hello INV-7"


def test_a_forgotten_worker_ends_its_child() -> None:
    worker = Worker()
    worker.ask(request(1))
    pid = worker.pid
    del worker
    assert not is_alive(pid)


_PARENT = """
import os, sys
sys.path.insert(0, sys.argv[1])
from engine.core.values import dumps
from engine.runtime.template_worker import Worker
worker = Worker()
worker.ask(dumps({"name": "x", "templates": {"x": ["x.md", "md", "a"]}, "names": {}, "maps": None}).encode())
print(worker.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_a_child_whose_parent_was_killed_ends_too() -> None:
    ended = subprocess.run([sys.executable, "-c", _PARENT, str(ROOT)], capture_output=True, text=True, check=False)
    pid = int(ended.stdout)
    assert ended.returncode == -9
    # It reads the end of its input; a pidfd tells when it is gone, without sleeping.
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    import select

    assert select.select([watched], [], [], 10)[0]
    os.close(watched)


@pytest.mark.parametrize("given", ["{% set a = 1 %}{{ a }}", "{{ 1 / 3 }}", "{{ 1 | money }}"])
def test_the_same_text_gives_the_same_text(own: Bench, given: str) -> None:
    assert own.body(given) == own.body(given)
