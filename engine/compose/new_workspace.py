"""Makes a workspace that can be filled in: its file, its key, and the forms and maps that its rulesets need.

Never writes over a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.config.fill_in import with_settings
from engine.config.template import write_template
from engine.core.rule import Setting
from engine.lang.forms import MapNeed, Ruleset
from engine.lang.show import show
from engine.library.reading import read_library
from engine.store.secrets import make_key

RULESET = "financial_sync"
_WIDTH = 110
# What a practice usually has, for the person to see the form of a row.
_EXAMPLES = {"halaxy fee category": ("Consultation: 200", "Product: 201"), "text": ("EFTPOS: 612", "Medicare: 614")}


@dataclass(frozen=True, slots=True)
class Answers:
    """What a new practice says of itself."""

    name: str
    timezone: str
    state: str
    person: str
    email: str
    start_date: date


def make_workspace(folder: Path, answers: Answers) -> tuple[Path, ...]:
    """Make the workspace; gives the files written, in the order in which a person fills them in.

    Raises:
        UserError: The folder holds a workspace already; nothing was written.
    """
    practice = (answers.name, answers.timezone, answers.state, answers.person, answers.email)
    file = write_template(folder, *practice)
    text = file.read_text(encoding="utf-8")
    # Halaxy is read from the day on which posting begins; without it, only the last month would be.
    file.write_text(with_settings(text, "halaxy", {"start_date": answers.start_date.isoformat()}) or text, "utf-8")
    written = [file]
    make_key(folder / "data" / "key")
    ruleset = read_library(folder, (RULESET,), ()).rulesets[RULESET]
    texts = {f"settings/{RULESET}.yaml": _settings(ruleset, answers.start_date)}
    texts |= {f"maps/{need.name}.yaml": _map(need) for need in ruleset.maps}
    for name, text in texts.items():
        file = folder / name
        if not file.exists():
            file.write_text(text, encoding="utf-8")
            written.append(file)
    return tuple(written)


def _settings(ruleset: Ruleset, start: date) -> str:
    lines = [f"# The filled-in form of {ruleset.title}. A line that begins with # has its default.", ""]
    for setting in ruleset.settings:
        lines += _commented(setting.ask)
        lines += [*_setting(setting, start), ""]
    return "\n".join(lines)


def _setting(setting: Setting, start: date) -> Iterator[str]:
    if setting.choices:
        yield from _commented(f"One of: {', '.join(setting.choices)}.")
    if setting.name == "start_date":
        yield f"start_date: {start.isoformat()}"
    elif isinstance(setting.default, dict):
        yield f"# {setting.name}:"
    else:
        yield f"# {setting.name}: {show(setting.default) if setting.default is not None else ''}".rstrip()


def _map(need: MapNeed) -> str:
    lines = [*_commented(need.about), f"from: {need.from_type}", f"to: {need.to_type}"]
    if need.also:
        lines.append(f"or: {', '.join(need.also)}")
    lines.append("rows:")
    lines += [
        f"  # {row}" for row in (*_EXAMPLES.get(need.from_type, ()), *(f"Discount: {word}" for word in need.also))
    ]
    return "\n".join(lines) + "\n"


def _commented(text: str) -> list[str]:
    """Words as comment lines of readable width."""
    lines, line = [], "#"
    for word in text.split():
        if len(line) + len(word) >= _WIDTH:
            lines.append(line)
            line = "#"
        line += f" {word}"
    return [*lines, line] if text.strip() else []
