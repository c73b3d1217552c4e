"""`daybook schema`: the JSON Schema of rule files, rulesets or maps, by which editors complete and explain words.

What stands in it is made in `engine.lang.vocabulary.editor`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from engine.cli.opening import found_or_none, in_workspace
from engine.cli.output import print_json, say
from engine.lang.vocabulary.editor import FILES


@click.command()
@click.option("--of", "kind", type=click.Choice(tuple(FILES)), default="rule", show_default=True,
              help="The kind of file.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it into a file.")
@in_workspace
def schema(folder: Path | None, kind: str, out: Path | None) -> None:
    """Print the JSON Schema of rule files for editors: words, events, actions and their inputs."""
    from engine.compose.offers import manifests, offers_of
    from engine.lang.vocabulary.editor import editor_schema

    made = editor_schema(kind, offers_of(manifests(found_or_none(folder), os.environ)))
    if out is None:
        print_json(made)
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(made, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    say(f"Wrote {out}", "green")
