"""The parent's side of filling templates: one child process, started when first needed, replaced when it dies.

Knows frames of bytes and limits; what a request means is for `templates` and `template_child`. Safe to use from
several threads, which take turns.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from pathlib import Path

from engine.errors import CannotTell
from engine.lang.template_files.filling import FAILED, TOO_LARGE, TOO_SLOW
from engine.runtime.template_child import LENGTH_BYTES

_ROOT = str(Path(__file__).parents[2])
# Isolated: no environment, no user's packages, nothing from the current folder; the engine is found where ours is.
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from engine.runtime.template_child import main; main()"
_START_SECONDS = 30.0
# The child has half a second of the processor; this is for a machine that gives it none.
_ANSWER_SECONDS = 10.0
MOST_REQUEST_BYTES = 8 * 1024 * 1024
MOST_ANSWER_BYTES = 1024 * 1024


class Worker:
    """Asks the child; one that does not answer in time is ended, and the next question gets a new one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[[subprocess.Popen[bytes]], Worker] | None = None

    @property
    def pid(self) -> int | None:
        """The number of the child; None while there is none."""
        process = self._process
        return process.pid if process is not None else None

    def ask(self, request: bytes) -> bytes:
        """The child's answer.

        Raises:
            CannotTell: There is none (code TEMPLATE_TOO_SLOW, TEMPLATE_TOO_LARGE or TEMPLATE_FAILED).
        """
        if len(request) > MOST_REQUEST_BYTES:
            raise CannotTell("The template is given more than 8 MiB of data.", "Read less in it.", TOO_LARGE)
        with self._lock:
            process = self._running()
            answer = _ask(process, request)
            if answer is None:
                self._stop()
                raise _cause(process.returncode)
            return answer

    def close(self) -> None:
        """End the child; a later question starts a new one."""
        with self._lock:
            self._stop()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        process = subprocess.Popen(
            [sys.executable, "-I", "-c", _PROGRAM, _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={},
            cwd="/",
            start_new_session=True,
        )
        self._process, self._end = process, weakref.finalize(self, _kill, process)
        if _guarded(process, _START_SECONDS, b"") is None:
            self._stop()
            raise CannotTell("The process that fills templates cannot be started.", "Look at the machine.", FAILED)
        return process

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._process = self._end = None


def _ask(process: subprocess.Popen[bytes], request: bytes) -> bytes | None:
    return _guarded(process, _ANSWER_SECONDS, len(request).to_bytes(LENGTH_BYTES, "big") + request)


def _guarded(process: subprocess.Popen[bytes], seconds: float, request: bytes) -> bytes | None:
    """Send and read one frame; None when the child ended, or was ended because its time was up."""
    alarm = threading.Timer(seconds, process.kill)
    alarm.daemon = True
    alarm.start()
    try:
        if process.stdin is None or process.stdout is None:
            return None
        process.stdin.write(request)
        process.stdin.flush()
        length = int.from_bytes(process.stdout.read(LENGTH_BYTES), "big")
        body = process.stdout.read(length) if 0 < length <= MOST_ANSWER_BYTES else b""
        return body if length and len(body) == length else None
    except BrokenPipeError:
        return None
    finally:
        alarm.cancel()


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    process.wait()


def _cause(code: int | None) -> CannotTell:
    """What ended the child, by its exit code: minus the signal."""
    if code is not None and code in (_PROF, _KILL, _XCPU):
        return CannotTell("The template takes too long to fill in.", "Make it simpler.", TOO_SLOW)
    if code == 1:
        return CannotTell("The template needs too much memory.", "Make it simpler.", TOO_LARGE)
    return CannotTell("The template could not be filled in.", "Make it simpler.", FAILED)


_PROF, _KILL, _XCPU = -27, -9, -24
