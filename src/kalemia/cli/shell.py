"""What all commands share: the application, its exit status, and complaints in one line."""

import os
import signal
import sys
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from kalemia import __version__
from kalemia.errors import KalemiaError

app = typer.Typer(
    name="kalemia",
    help="Serum potassium from an ECG that is already there. Not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
stderr = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> NoReturn:
    """Run the command line; a `KalemiaError` becomes one line and exit status 1."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that nothing unfinished is left behind
    try:
        app()
        sys.stdout.flush()
    except KalemiaError as error:
        complain(str(error))
        raise SystemExit(1) from None
    except OSError as error:  # such as a full disk behind stdout, which Python would complain of again on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        complain(f"the result cannot be written: {error.strerror or error}")
        raise SystemExit(1) from None
    raise SystemExit(0)


def complain(message: str) -> None:
    """Say what is wrong on standard error."""
    stderr.print(one_line(message), style="red", markup=False)


def one_line(text: str) -> str:
    """Without what a hostile file name could do to a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _version(shown: bool) -> None:
    if shown:
        typer.echo(f"kalemia {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass
