"""Mapping tables as values: rows by key, one level of nesting, and a missing row that holds the run.

Reading them from files is in `forms`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.errors import CannotTell
from engine.lang.faults import shown


class Unmapped(CannotTell):
    """A key has no row; `table` is the name of the table whose change lets the run go on."""

    code = "UNMAPPED"

    def __init__(self, table: str, what: str, mend: str) -> None:
        super().__init__(what, mend)
        self.table = table


class Map(Mapping[str, "str | Map"]):
    """Rows of one table; looking up a missing key with `missing` tells the code UNMAPPED, never a default."""

    __slots__ = ("_rows", "name")

    def __init__(self, name: str, rows: Mapping[str, str | Map]) -> None:
        self.name = name
        self._rows = dict(rows)

    def __getitem__(self, key: str) -> str | Map:
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"Map({self.name!r}, {len(self)} rows)"

    def plain(self) -> dict[str, str | dict[str, str]]:
        """The rows as dicts."""
        return {
            key: {str(name): str(value) for name, value in row.items()} if isinstance(row, Map) else row
            for key, row in self._rows.items()
        }

    def missing(self, key: str) -> CannotTell:
        """What is raised for a key without a row."""
        table = self.name.split(".", 1)[0]
        what, mend = f'maps.{self.name} has no row for "{shown(key)}".', f'Add "{shown(key)}" to maps/{table}.yaml.'
        return Unmapped(table, what, mend)
