"""The numbered schema files and their checksums.

Forward only: a file that has been applied must never change.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from engine.errors import UserError


@dataclass(frozen=True, slots=True)
class Migration:
    """One schema file."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@cache
def migrations() -> tuple[Migration, ...]:
    """All schema files in order."""
    found = []
    for file in files("engine.store").joinpath("schema").iterdir():
        if file.name.endswith(".sql"):
            found.append(Migration(int(file.name[:3]), file.name, file.read_text(encoding="utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.number))


def to_apply(applied: dict[int, str]) -> tuple[Migration, ...]:
    """Those not applied yet.

    Args:
        applied: Checksum by number, as the database tells.

    Raises:
        UserError: The database was made by a newer version, or an applied file was changed.
    """
    known = {migration.number: migration for migration in migrations()}
    for number, checksum in applied.items():
        if number not in known:
            raise UserError("The store was made by a newer version of Daybook.", "Install that version.", "newer-store")
        if known[number].checksum != checksum:
            raise UserError(f"The schema file {known[number].name} was changed after use.", "Reinstall.", "bad-schema")
    return tuple(migration for number, migration in sorted(known.items()) if number not in applied)
