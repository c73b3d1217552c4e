"""Secrets at rest: seals and opens the values of connections with the workspace's key.

Knows the key and nothing of tables: the store keeps the sealed bytes, compose hands the box to it.
"""

from __future__ import annotations

import hmac
import json
import os
import stat
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from engine.errors import UserError

KEY_VARIABLE = "DAYBOOK_KEY"
_FOR_DIGESTS = b"daybook digests"


class SecretBox:
    """Seals texts for one connection and name; a sealed value moved to another row does not open there.

    Args:
        keys: Fernet keys, the newest first: it seals, and all of them open (rotation).
    """

    def __init__(self, keys: tuple[str, ...]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
            self._digest_keys = tuple(hmac.digest(key.encode(), _FOR_DIGESTS, "sha256") for key in keys)
        except ValueError:
            raise UserError(
                "The key of the secrets is not a valid key.",
                f"Put back the file data/key or the value of {KEY_VARIABLE} that was used when they were saved.",
                code="bad-key",
            ) from None

    def seal(self, connection: str, name: str, text: str) -> bytes:
        """Encrypt a text together with the connection and name that it is for."""
        return self._fernet.encrypt(json.dumps([connection, name, text]).encode())

    def open(self, connection: str, name: str, token: bytes) -> str:
        """The text that was sealed for this connection and name.

        Raises:
            UserError: No key of this workspace opens it, or it was sealed for another place.
        """
        try:
            sealed_for, sealed_name, text = json.loads(self._fernet.decrypt(token))
        except InvalidToken:
            raise _cannot_open(connection, name) from None
        if (sealed_for, sealed_name) != (connection, name):
            raise _cannot_open(connection, name)
        return str(text)

    def digests(self, text: str) -> tuple[str, ...]:
        """What a text may be known by without being told: a keyed hash, under the newest key first."""
        return tuple(hmac.new(key, text.encode(), "sha256").hexdigest() for key in self._digest_keys)

    def renew(self, connection: str, name: str, token: bytes) -> bytes:
        """The same secret under the newest key; raises as `open` does."""
        return self.seal(connection, name, self.open(connection, name, token))


def open_box(file: Path, environment: str | None) -> SecretBox:
    """The box of a workspace.

    Args:
        file: The key file, usually `data/key` in the workspace: one key a line, the newest first.
        environment: The value of DAYBOOK_KEY, keys separated by commas; it wins over the file.

    Raises:
        UserError: There is no key, it is no key, or other users of the machine can read its file.
    """
    if environment:
        return SecretBox(tuple(part.strip() for part in environment.split(",") if part.strip()))
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise UserError(
            f"There is no readable key for the secrets: neither {KEY_VARIABLE} nor {file}.",
            'Make the workspace with "daybook init", or put its key back.',
            code="no-key",
        ) from None
    if mode & 0o077:
        raise UserError(
            f"Other users of this machine can read the key {file}.", f"Run: chmod 600 {file}", code="key-open-to-others"
        )
    return SecretBox(tuple(text.split()))


def make_key(file: Path) -> None:
    """Write a new key that only its owner can read; a key that exists stays as it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(Fernet.generate_key().decode() + "\n")


def add_key(file: Path) -> None:
    """Begin a rotation: a new key goes to the top of the file, the old ones still open what they sealed."""
    older = file.read_text(encoding="ascii")
    newer = file.with_suffix(".new")
    newer.unlink(missing_ok=True)
    make_key(newer)
    with newer.open("a", encoding="ascii") as out:
        out.write(older)
    newer.replace(file)


def _cannot_open(connection: str, name: str) -> UserError:
    return UserError(
        f'The secret "{name}" of the connection "{connection}" cannot be opened with the key of this workspace.',
        f'Put the right key back, or connect again: "daybook connect {connection}".',
        code="cannot-open-secret",
    )
