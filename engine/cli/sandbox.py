"""`daybook sandbox`: the local Halaxy, Xero and mail server, until stopped.

They stand in `engine.compose.sandboxes`; how to steer them, in the README of each connector.
"""

from __future__ import annotations

import threading
from pathlib import Path

import click

from engine.cli.output import say
from engine.cli.signals import on_request_to_end

_PORT = click.IntRange(0, 65535)


@click.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False), help="Keep their state there.")
@click.option("--halaxy-port", type=_PORT, default=0, help="0 takes a free one.")
@click.option("--xero-port", type=_PORT, default=0, help="0 takes a free one.")
@click.option("--mail-port", type=_PORT, default=0, help="0 takes a free one.")
def sandbox(folder: Path | None, halaxy_port: int, xero_port: int, mail_port: int) -> None:
    """Run the sandboxes, and print the settings that lead to them."""
    from engine.compose.sandboxes import HALAXY_CLIENT, Sandboxes

    stop = threading.Event()
    on_request_to_end(stop.set)
    ports = {"halaxy": halaxy_port, "xero": xero_port, "mail": mail_port}
    with Sandboxes(folder, ports) as running:
        say("# For daybook.yaml:")
        say("connections:")
        for name, settings in running.settings().items():
            say(f"  {name}:")
            say("    settings:")
            for word, value in settings.items():
                say(f"      {word}: {value}")
        say(f'# The client secret of Halaxy is "{HALAXY_CLIENT[1]}". Stop with Ctrl-C.')
        stop.wait()
