"""`kalemia demo`."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from kalemia.cli.shell import app


@app.command("demo")
def _demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the example and its report.")] = Path(
        "kalemia-demo"
    ),
) -> None:
    """Estimate the potassium of an embedded simulated patient, and show what to try next."""
    from kalemia.demo import run_demo

    called = Path(sys.argv[0])  # after `make demo` it is in a folder that PATH does not name
    beside = called.name == "kalemia" and not shutil.which("kalemia")
    typer.echo(run_demo(output, str(called) if beside else "kalemia"))
