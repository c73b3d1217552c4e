"""What a word that the language does not know was meant to be: misspelt, spelt otherwise, or of another tool.

Only for mends: no such word is ever accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from engine.lang.faults import did_you_mean, nearest

# By the word of the language, what other automation tools call it.
_OTHERS: Mapping[str, tuple[str, ...]] = {
    "rule": ("name", "title", "alias", "id", "workflow", "zap"),
    "about": ("description", "desc", "notes", "comment", "summary"),
    "when": ("trigger", "triggers", "on", "event", "events", "schedule", "cron"),
    "if": ("condition", "conditions", "filter", "only if", "where", "when", "unless"),
    "steps": ("action", "actions", "jobs", "do", "then", "tasks", "sequence", "step"),
    "settings": ("variables", "vars", "config", "parameters", "options"),
    "try again": ("retry", "retries", "attempts"),
    "on error": ("catch", "on failure", "rescue", "error"),
    "otherwise": ("else", "default"),
    "do": ("uses", "action", "call", "service", "use"),
    "with": ("inputs", "input", "params", "parameters", "arguments", "args", "data", "fields"),
    "save as": ("output", "outputs", "result", "register", "as", "save", "id"),
    "at most": ("timeout", "time limit", "max"),
    "wait": ("delay", "sleep", "pause"),
    "for each": ("loop", "foreach", "repeat", "each"),
    "set": ("variables", "vars", "let"),
    "stop": ("end", "exit", "return"),
    "enabled": ("active", "disabled"),
    "ask": ("label", "question", "prompt", "title", "description"),
    "choices": ("options", "values", "enum"),
    "but with": ("override", "overrides", "with"),
    "expect": ("expected", "assert", "then"),
    "answers": ("mocks", "responses"),
    "rows": ("entries", "values", "map", "mapping"),
}


def meant(word: str, known: Collection[str], likeness: float = 0.6) -> str:
    """The known word that an unknown one was probably meant to be; empty when none comes near."""
    flat = " ".join(word.replace("_", " ").replace("-", " ").lower().split())
    if flat in known:
        return flat
    other = next((ours for ours, others in _OTHERS.items() if ours in known and flat in others), "")
    return other or nearest(word, known, likeness)


def mend_of(word: str, known: Collection[str]) -> str:
    """A sentence that names the word that was meant, or the known words unless there are many."""
    found = meant(word, known)
    return f'Did you mean "{found}"?' if found else did_you_mean(word, known)
