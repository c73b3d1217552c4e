"""The command `daybook`: finds the command's file, runs it, turns errors into sentences and exit codes.

Exit codes: 0 done; 1 done, and something is wrong (problems found, both sides differ, a run failed);
2 the command was not understood; 3 it cannot be done as asked; 70 a fault of the program; 130 stopped by a person.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import click

from engine.cli.output import complain, complain_of_bug
from engine.errors import Bug, DaybookError, Problems, UserError

WRONG, CANNOT, FAULT, STOPPED = 1, 3, 70, 130

COMMANDS = {
    "demo": "demo",
    "init": "init",
    "connect": "connect",
    "disconnect": "connect",
    "setup": "setup",
    "activate": "activate",
    "new": "new",
    "check": "check",
    "test": "test",
    "cases": "cases",
    "try": "try_",
    "rules": "rules",
    "schema": "schema",
    "serve": "serve",
    "sync": "sync",
    "import": "import_",
    "runs": "runs",
    "show": "show",
    "why": "why",
    "retry": "retry",
    "holds": "holds",
    "connections": "connections",
    "connectors": "connectors",
    "webhooks": "webhooks",
    "reconcile": "reconcile",
    "audit": "audit",
    "preview": "preview",
    "backfill": "backfill",
    "remap": "remap",
    "unlink": "unlink",
    "link": "unlink",
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
        # A word of Python cannot be a name of it: the command `try` is `try_` there.
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(import_module(f"engine.cli.{file}"), name)
        return command


@click.group(cls=Commands)
@click.version_option(package_name="daybook-engine", prog_name="daybook")
def daybook() -> None:
    """Daybook: rules for health practices. Halaxy to Xero, exact to the cent, once only."""


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command; gives its exit code, and never raises for what a person did."""
    try:
        ended = daybook.main(list(arguments), standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        return STOPPED
    except click.ClickException as problem:
        problem.show()
        return problem.exit_code
    except Problems as problems:
        complain(problems)
        return WRONG
    except Bug as bug:
        complain_of_bug(bug)
        return FAULT
    except DaybookError as error:
        complain(error)
        return CANNOT
    except OSError as fault:
        complain(UserError(f"{fault.strerror or type(fault).__name__}: {fault.filename or ''}", "", "system"))
        return CANNOT
    except KeyboardInterrupt:
        return STOPPED
    return ended if isinstance(ended, int) else 0
