"""`kalemia cohort`: a cohort from ECG files and blood tests."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kalemia.cli.shell import app, one_line, stderr

if TYPE_CHECKING:
    import numpy as np
    from rich.table import Table

    from kalemia.cohorts.building import BuiltCohort
    from kalemia.cohorts.flow import FlowStep


@app.command("cohort")
def _cohort(
    manifest: Annotated[
        Path,
        typer.Argument(
            help="CSV or Parquet, a row per ECG: recording (a file), patient, potassium, and ecg_time and lab_time or "
            "minutes_from_lab; see docs/cohorts.md."
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The cohort folder to make.")],
    lab: Annotated[
        Path | None,
        typer.Option(
            help="CSV or Parquet, a row per value: patient, potassium, lab_time. The manifest then needs recording, "
            "patient and ecg_time; each ECG gets the nearest value."
        ),
    ] = None,
    unit: Annotated[str, typer.Option(help="Of the potassium: mEq/L, mmol/L or mg/dL.")] = "mEq/L",
    plausible: Annotated[
        tuple[float, float], typer.Option(help="Lowest and highest potassium in mEq/L that is taken.")
    ] = (1.0, 12.0),
    window: Annotated[
        float, typer.Option(min=0, help="Minutes that the blood sample may be from the ECG, before or after.")
    ] = 60.0,
    lead: Annotated[str, typer.Option(help="The lead that each file must have.")] = "II",
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Leave out ECGs whose file is not there.")
    ] = False,
    check: Annotated[
        bool, typer.Option(help="Read each file, to leave out what cannot be read or is two patients' ECG.")
    ] = True,
    copy: Annotated[bool, typer.Option("--copy", help="Store the signals in the cohort, not the paths.")] = False,
    index: Annotated[
        str, typer.Option(help="Each patient's index ECG: the first, or that nearest to its sample.")
    ] = "first",
) -> None:
    """Build a cohort from ECG files and blood tests; what is left out is counted and named."""
    from kalemia.cohorts.build_settings import BuildSettings
    from kalemia.cohorts.building import build_cohort

    settings = BuildSettings(unit, plausible, window, lead, allow_missing, check, copy, index)
    built = build_cohort(manifest, output, lab, settings, _draw)
    _print(built)
    typer.echo(f"{one_line(str(output))}: {len(built.cohort)} ECGs of {built.flow[-1].patients} patients")


def _draw(folder: Path, steps: "Sequence[FlowStep]", potassium: "np.ndarray") -> None:
    from kalemia.figures.flow_diagram import flow_diagram
    from kalemia.figures.potassium_distribution import potassium_distribution
    from kalemia.figures.style import save

    for suffix in (".png", ".svg"):
        save(flow_diagram(steps), folder / f"flow{suffix}")
    save(potassium_distribution(potassium), folder / "potassium.png")


def _print(built: "BuiltCohort") -> None:
    """The flow and the distribution on standard output, what to know beside them on standard error."""
    from rich.console import Console

    from kalemia.cohorts.potassium_ranges import LABELS, count_ranges

    console = Console(highlight=False, soft_wrap=True)
    for title, steps in (("ECGs", built.flow), ("laboratory values", built.lab_flow)):
        if steps:
            console.print(_flow_table(title, steps))
            console.print()
    table = _table("potassium, mEq/L", "ECGs", "share")
    for label, count in zip(LABELS, count_ranges(built.cohort.column("potassium")), strict=True):
        table.add_row(label, f"{count}", f"{count / len(built.cohort):.1%}")
    console.print(table)
    console.print()
    notes = {
        "ECGs with a value as near before as after: they have the later one": built.tied,
        "ECGs with the mean of several values of one minute (column lab_values)": built.averaged,
        "ECGs read with a warning (column reading_warnings)": built.warned,
    }
    for note, count in notes.items():
        if count:
            stderr.print(f"{count} {note}", style="dim")


def _flow_table(title: str, steps: "Sequence[FlowStep]") -> "Table":
    from rich.text import Text

    table = _table("", title, "patients")
    for step in steps:
        for excluded in step.excluded:
            table.add_row(Text(f"  {excluded.reason}", "dim"), f"−{excluded.recordings}", f"{excluded.patients}")
        table.add_row(Text(one_line(step.title)), f"{step.recordings}", f"{step.patients}")
    return table


def _table(first: str, *others: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table
