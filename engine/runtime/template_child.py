"""The child process that fills templates: reads requests from its input, writes answers to its output, nothing else.

It has no environment, writes no file and starts no process; time and memory are limited by the kernel. It ends when
its input does, so that none is left behind. Started by `engine.runtime.template_worker`.
"""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Mapping
from typing import Any, BinaryIO

from engine.core.values import dumps, loads
from engine.errors import CannotTell
from engine.lang.maps import Map
from engine.lang.template_files.filling import FAILED, TOO_LARGE, fill
from engine.lang.template_files.nodes import Template
from engine.lang.template_files.reading import read_template

Json = Any
Known = tuple[str, str, str, str]  # name, file, kind and text
LENGTH_BYTES = 4
CPU_SECONDS = 0.5
MEMORY_BYTES = 256 * 1024 * 1024
_MOST_FILES = 16  # time zones are read when they are first used
_MOST_KNOWN = 200


def main() -> None:
    """Answer requests until the input ends."""
    _confine()
    known: dict[Known, Template] = {}
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    _send(sink, b"{}")
    while (request := _receive(source)) is not None:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        answer = _answer(request, known)
        signal.setitimer(signal.ITIMER_PROF, 0)
        _send(sink, answer)


def _confine() -> None:
    """Take away what filling a template needs no more; the timer ends the process, as no handler is set for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_NOFILE, _MOST_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(what, (most, most))


def _answer(request: bytes, known: dict[Known, Template]) -> bytes:
    try:
        asked = loads(request)
        shelf = {
            name: _template((name, file, kind, text), known) for name, (file, kind, text) in asked["templates"].items()
        }
        names = {**asked["names"], **_with_maps(asked["maps"])}
        letter = fill(shelf[asked["name"]], shelf, names)
        answer: Json = {"subject": letter.subject, "body": letter.body}
    except CannotTell as problem:
        table = getattr(problem, "table", "")
        answer = {"code": problem.code, "what": problem.what, "mend": problem.mend, "table": table}
    except MemoryError:
        answer = {"code": TOO_LARGE, "what": "The template needs too much memory.", "mend": "Make it simpler."}
    except RecursionError:
        answer = {"code": FAILED, "what": "A value of the template is nested too deep.", "mend": "Make it simpler."}
    return dumps(answer).encode("utf-8", "replace")


def _template(key: Known, known: dict[Known, Template]) -> Template:
    name, file, kind, text = key
    if key not in known:
        template, problems = read_template(name, file, text, "md" if kind == "md" else "txt")
        if template is None:
            first = problems[0]
            raise CannotTell(f"{first.file}:{first.line}: {first.message}", first.mend, FAILED)
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[key] = template
    return known[key]


def _with_maps(maps: Mapping[str, Json] | None) -> dict[str, Json]:
    """The mapping tables, which tell a missing row in their own way."""
    if maps is None:
        return {}
    return {"maps": {name: _table(name, rows) for name, rows in maps.items()}}


def _table(name: str, rows: Mapping[str, Json]) -> Map:
    inner = {key: _table(f"{name}.{key}", row) if isinstance(row, dict) else row for key, row in rows.items()}
    return Map(name, inner)


def _receive(source: BinaryIO) -> bytes | None:
    head = source.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    body = source.read(length)
    return body if len(body) == length else None


def _send(sink: BinaryIO, body: bytes) -> None:
    sink.write(len(body).to_bytes(LENGTH_BYTES, "big") + body)
    sink.flush()
