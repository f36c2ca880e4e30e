"""`kalemia reproduce`."""

from pathlib import Path
from typing import Annotated

import typer

from kalemia.cli.shell import app


@app.command("reproduce")
def _reproduce(
    output: Annotated[Path, typer.Option("-o", "--output", help="The study folder; one that was interrupted goes on.")],
    cohort: Annotated[
        Path | None, typer.Option(help="A cohort folder of your own; by default the study's patients are simulated.")
    ] = None,
    test: Annotated[Path | None, typer.Option(help="Another cohort folder, to be tested on alone.")] = None,
    fixed: Annotated[
        bool, typer.Option("--fixed", help="One split, by the cohort's column side where it has one; no folds.")
    ] = False,
    folds: Annotated[int | None, typer.Option(min=2, help="Of the cross-validation by patient. [default: 5]")] = None,
    repeats: Annotated[int, typer.Option(min=1, help="How often the patients are dealt anew.")] = 1,
    quick: Annotated[
        bool, typer.Option("--quick", help="A look, in some minutes: few patients, short trainings.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="All comparisons and ablations, not the core alone.")] = False,
    contestant: Annotated[
        list[Path] | None,
        typer.Option(metavar="<path>", help="A TOML file of one more to compare; may be given more than once."),
    ] = None,
    prior: Annotated[
        str, typer.Option(help="Of simulated patients: wonju (the study's), emergency or dialysis.")
    ] = "wonju",
    patients: Annotated[
        int | None, typer.Option(min=1, help="How many are simulated. [default: 1567, with --quick 300]")
    ] = None,
    lead: Annotated[str, typer.Option(help="The lead that is read.")] = "II",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same study.")] = 0,
    jobs: Annotated[int | None, typer.Option(min=1, help="Trainings at once; by default one for each core.")] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Leave out recordings whose file is missing.")
    ] = False,
) -> None:
    """Run the whole study, from the cohort to the report; the same command goes on after an interrupt."""
    if quick and full:
        raise typer.BadParameter("give --quick or --full, not both", param_hint="--quick")
    if test is not None and (fixed or folds or cohort is None):
        raise typer.BadParameter("it goes with --cohort, and without --fixed and --folds", param_hint="--test")
    if cohort is not None and patients is not None:
        raise typer.BadParameter("patients are simulated only where no --cohort is given", param_hint="--patients")
    if fixed and (folds or repeats > 1):
        raise typer.BadParameter("one split has no folds and no repeats", param_hint="--fixed")
    from kalemia.study import reproduce
    from kalemia.study.options import Options

    options = Options(
        extent="quick" if quick else "full" if full else "core",
        split="external" if test is not None else "fixed" if fixed else "k-fold",
        patients=patients,
        folds=folds,
        repeats=repeats,
        lead=lead,
        extra=tuple(contestant or ()),
        seed=seed,
    )
    report = reproduce(output, options, cohort, test, prior, jobs, allow_missing=allow_missing)
    typer.echo(f"{report}: open it in a browser; tables and figures lie beside it")
