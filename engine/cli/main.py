"""The command `daybook`: finds the command's file, runs it, turns errors into sentences and exit codes.

Exit codes: 0 done; 1 done, and something is wrong (problems found, both sides differ, a run failed);
2 the command was not understood; 3 it cannot be done as asked; 70 a fault of the program.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

from engine.cli.output import complain, complain_of_bug
from engine.errors import Bug, DaybookError, Problems

WRONG, CANNOT, FAULT = 1, 3, 70

COMMANDS = {
    "demo": "demo",
    "init": "init",
    "connect": "connect",
    "disconnect": "connect",
    "activate": "activate",
    "check": "check",
    "rules": "rules",
    "serve": "serve",
    "sync": "sync",
    "runs": "runs",
    "show": "show",
    "why": "why",
    "retry": "retry",
    "holds": "holds",
    "connections": "connections",
    "reconcile": "reconcile",
    "sandbox": "sandbox",
}


class Commands(click.Group):
    """Imports a command's file only when it is asked for, so that each starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the manual."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command in `engine/cli/<file>.py` of the same name."""
        file = COMMANDS.get(cmd_name)
        if file is None:
            return None
        command: click.Command = getattr(import_module(f"engine.cli.{file}"), cmd_name)
        return command


@click.group(cls=Commands)
@click.version_option(package_name="daybook-engine", prog_name="daybook")
def daybook() -> None:
    """Daybook: rules for health practices. Halaxy to Xero, exact to the cent, once only."""


def main() -> None:
    """Run the command line."""
    try:
        daybook.main(standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code)
    except Problems as problems:
        complain(problems)
        sys.exit(WRONG)
    except Bug as bug:
        complain_of_bug(bug)
        sys.exit(FAULT)
    except DaybookError as error:
        complain(error)
        sys.exit(CANNOT)
    except KeyboardInterrupt:
        sys.exit(130)
