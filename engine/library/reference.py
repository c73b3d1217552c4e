"""The manual's reference of connectors out of their manifests, as Markdown: events with their data, actions.

Pure; words, phrases and filters are in `engine.lang.vocabulary.tables`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.lang.types import schema_type
from engine.lang.vocabulary.inputs import BY_TEMPLATE
from engine.lang.vocabulary.tables import code, table
from engine.library.manifest import Action, Manifest, Trigger

Json = Any
Schema = Mapping[str, Json]
_DEEPEST = 3


def reference(manifests: Mapping[str, Manifest]) -> dict[str, str]:
    """The tables by name: `events of halaxy`, `data of halaxy`, `actions of halaxy`, one of each a connector."""
    found = {}
    for name, manifest in manifests.items():
        if manifest.triggers:
            found[f"events of {name}"] = _events(manifest)
            found[f"data of {name}"] = _objects(manifest)
        if manifest.actions:
            found[f"actions of {name}"] = _actions(manifest)
    return found


def _events(manifest: Manifest) -> str:
    rows = []
    for trigger in manifest.triggers.values():
        brings = ", ".join(
            code(name) if name in _promised(trigger) else f"{code(name)} (if known)" for name in _data(trigger)
        )
        rows.append((code(trigger.type), brings, _sentences(trigger.title, trigger.about)))
    return table(("Event", "Brings", "When"), rows)


def _data(trigger: Trigger) -> Mapping[str, Schema]:
    objects: Mapping[str, Schema] = trigger.schema.get("properties") or {}
    return objects


def _promised(trigger: Trigger) -> Sequence[str]:
    return tuple(trigger.schema.get("required") or _data(trigger))


def _objects(manifest: Manifest) -> str:
    """The fields of each object that events bring; the same object is shown once."""
    shown: list[tuple[str, Schema]] = []
    for trigger in manifest.triggers.values():
        for name, schema in _data(trigger).items():
            if (name, schema) not in shown:
                shown.append((name, schema))
    parts = []
    for name, schema in shown:
        rows = [(code(path), kind, note) for path, kind, note in _fields(schema, name, 0)]
        parts.append(table((f"Field of {code(name)}", "Type", "Note"), rows))
    return "\n\n".join(parts)


def _actions(manifest: Manifest) -> str:
    return "\n\n".join(_action(f"{manifest.connector}.{action.name}", action) for action in manifest.actions.values())


def _action(name: str, action: Action) -> str:
    parts = [f"**{code(name)}** - {_sentences(action.title, action.about)}"]
    fields = action.inputs.get("properties") or {}
    rows = [(code(name), _kind(fields[name]), _needed(name, action), _note(fields[name], False)) for name in fields]
    if rows:
        parts.append(table(("Input", "Type", "Needed", "Note"), rows))
    outputs = [f"{code(path)} ({kind})" for path, kind, _ in _fields(action.outputs, "", _DEEPEST - 1)]
    parts.append(f"Gives {', '.join(outputs)}." if outputs else "Gives nothing.")
    return "\n\n".join(parts)


def _needed(name: str, action: Action) -> str:
    if name not in (action.inputs.get("required") or ()):
        return ""
    by_template = any(schema.get("x-type") == "template" for schema in action.inputs["properties"].values())
    return "without a template" if by_template and name in BY_TEMPLATE else "yes"


def _fields(schema: Schema, path: str, depth: int) -> Iterator[tuple[str, str, str]]:
    schema = _inner(schema)
    required = schema.get("required")
    for name, field in (schema.get("properties") or {}).items():
        own = f"{path}.{name}" if path else name
        optional = (required is not None and name not in required) or _may_be_null(field)
        yield own, _kind(field), _note(field, optional)
        inner = _inner(field)
        if depth < _DEEPEST - 1:
            entries = inner.get("items")
            if isinstance(entries, Mapping):
                yield from _fields(entries, f"{own}[]", depth + 1)
            else:
                yield from _fields(inner, own, depth + 1)


def _inner(schema: Schema) -> Schema:
    """What stands there when it is not empty."""
    for choice in schema.get("anyOf") or schema.get("oneOf") or ():
        if choice.get("type") != "null":
            return {**choice, **{key: value for key, value in schema.items() if key.startswith("x-")}}
    return schema


def _may_be_null(schema: Schema) -> bool:
    kind = schema.get("type")
    choices = schema.get("anyOf") or schema.get("oneOf") or ()
    return (isinstance(kind, list) and "null" in kind) or any(choice.get("type") == "null" for choice in choices)


def _kind(schema: Schema) -> str:
    return str(_inner(schema).get("x-type") or schema_type(_inner(schema)))


def _note(schema: Schema, optional: bool) -> str:
    choices = schema.get("enum") or schema.get("x-choices") or ()
    said = str(schema.get("description") or "")
    parts = [
        "may be absent" if optional else "",
        f"{said[:1].lower()}{said[1:]}" if optional else said,
        f"one of {', '.join(code(str(choice)) for choice in choices if choice is not None)}" if choices else "",
        f"else {code(str(schema['default']))}" if schema.get("default") not in (None, "") else "",
    ]
    return "; ".join(part for part in parts if part)


def _sentences(*texts: str) -> str:
    return " ".join(text if text.endswith(".") else f"{text}." for text in texts if text)
