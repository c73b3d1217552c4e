"""A connection's settings as its manifest's form types them: texts of `daybook.yaml` cast, defaults filled.

PURE. Secrets are no settings; they stand in the vault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.core.rule import Place
from engine.errors import Problem
from engine.lang.faults import LangError, did_you_mean, shown
from engine.lang.types import cast
from engine.library.manifest import Manifest

Json = Any


def connection_settings(
    manifest: Manifest, given: Mapping[str, Json], place: Place
) -> tuple[dict[str, Json], tuple[Problem, ...]]:
    """Cast a connection's settings.

    Args:
        manifest: The connector's.
        given: Texts, and lists and maps of texts, as `daybook.yaml` has them.
        place: Where they stand, for problems.

    Returns:
        Values by name (a setting without value and default is left out), and the problems; a missing value is a
        warning, since connecting may come later.
    """
    form = {setting.name: setting for setting in manifest.settings}
    values = {name: setting.default for name, setting in form.items() if setting.default is not None}
    problems = []
    for name, text in given.items():
        if name not in form:
            what = f'The connector {manifest.connector} has no setting "{shown(name)}".'
            problems.append(_problem(place, "unknown-word", what, did_you_mean(name, form)))
            continue
        try:
            values[name] = cast(text, form[name].type, form[name].choices)
        except LangError as error:
            problems.append(_problem(place, error.code, f"{name}: {error.message}", error.mend))
    for name, setting in form.items():
        if not setting.has_default and name not in given:
            what = f'The setting "{name}" of {manifest.connector} has no value.'
            problems.append(_problem(place, "setting-missing", what, setting.ask, "warning"))
    return values, tuple(problems)


def _problem(place: Place, code: str, what: str, mend: str, severity: str = "error") -> Problem:
    return Problem(place.file, place.line, place.col, code, what, mend, severity=severity)
