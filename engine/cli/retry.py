"""`daybook retry RUN`: a failed run goes on from the step that failed.

The decision stands in `engine.runtime.retry_run`.
"""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.opening import in_workspace, opened
from engine.cli.output import say
from engine.runtime.retry_run import retry_run


@click.command()
@click.argument("run")
@in_workspace
def retry(folder: Path | None, run: str) -> None:
    """Have a failed run go on: the step that failed is performed again, what was done stays done."""
    with opened(folder) as workspace:
        retry_run(workspace.parts, run, workspace.clock.now())
    say(f'{run} goes on. A running "daybook serve" takes it up; otherwise run "daybook serve --once".')
