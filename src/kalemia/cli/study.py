"""`kalemia simulate`, `train`, `evaluate` and `export`: a study from cohort to model."""

from pathlib import Path
from typing import Annotated

import typer

from kalemia.cli.shell import app


@app.command("simulate")
def _simulate(
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The cohort folder to make.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Make no cohort, but compare patients with what is published of real ones.")
    ] = False,
    patients: Annotated[int, typer.Option(min=1, help="How many; each has one index ECG and some more.")] = 1567,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same cohort.")] = 0,
    prior: Annotated[
        str, typer.Option(help="How potassium is spread: wonju (the study's), emergency or dialysis.")
    ] = "wonju",
    hospital: Annotated[str, typer.Option(help="Devices and patients of hospital A, or of B, which has others.")] = "A",
    at_least: Annotated[
        int, typer.Option(min=0, help="Patients in each of the six ranges; the column weight leads back to the prior.")
    ] = 0,
    real: Annotated[
        Path | None,
        typer.Option(help="A folder of real normal ECGs: up to half of the patients get their beats, moved likewise."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default one for each core.")] = None,
) -> None:
    """Simulate a cohort of patients whose potassium is known; the same command again goes on after an interrupt."""
    from kalemia.figures.potassium_distribution import potassium_distribution
    from kalemia.figures.style import save
    from kalemia.processes import cores
    from kalemia.simulation import simulate_cohort

    if check:
        _print_checks(seed)
        return
    if output is None:
        raise typer.BadParameter("name the cohort folder to make, or give --check", param_hint="-o")
    cohort = simulate_cohort(
        output,
        patients=patients,
        seed=seed,
        prior=prior,
        hospital=hospital,
        at_least=at_least,
        workers=workers or cores(),
        real=real,
    )
    index = cohort.column("potassium")[cohort.column("is_index")]
    save(potassium_distribution(index), output / "potassium.png")
    typer.echo(f"{output}: {len(cohort)} simulated ECGs of {patients} patients")


def _print_checks(seed: int) -> None:
    """A line for each published number: the simulated one, what passes, and who published it."""
    from rich.console import Console
    from rich.table import Table

    from kalemia.simulation.check import check_patients
    from kalemia.simulation.check_recordings import check_recordings

    table = Table("", "what", "published", "passes", "simulated", "source")
    for one in (*check_patients(seed=seed), *check_recordings(seed=seed)):
        band, value = f"{one.low:.3g} to {one.high:.3g}", f"{one.value:.3g}"
        table.add_row("pass" if one.passed else "MISS", one.name, one.published, band, value, one.source)
    Console(soft_wrap=True).print(table)


@app.command("train")
def _train(
    cohort: Annotated[Path, typer.Argument(help="A cohort folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The run folder; one that was interrupted goes on.")],
    config: Annotated[Path | None, typer.Option(help="A TOML file with settings; see docs/training.md.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same result.")] = None,
    processes: Annotated[
        int, typer.Option(min=1, help="Processes that share each batch, on the CPU; one uses all cores by threads.")
    ] = 1,
) -> None:
    """Train a model on a cohort; the same command again goes on where it was interrupted."""
    from kalemia.cohorts import Cohort
    from kalemia.training import TrainingConfig, train

    settings = TrainingConfig.load(config, {} if seed is None else {"seed": seed})
    train(Cohort.open(cohort), settings, output, processes=processes)


@app.command("evaluate")
def _evaluate(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    cohort: Annotated[Path, typer.Argument(help="A cohort folder; of the run's own cohort the test side is scored.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for tables and figures.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
) -> None:
    """Measure a trained model on recordings that it has not seen, with figures."""
    from kalemia.cohorts import Cohort
    from kalemia.evaluation import evaluate, print_table
    from kalemia.training import Run

    print_table(evaluate(Run.open(run), Cohort.open(cohort), output, seed=seed))


@app.command("export")
def _export(
    run: Annotated[Path, typer.Argument(help="A finished run folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The model folder to make.")],
    calibration: Annotated[
        Path | None,
        typer.Option(
            help="A cohort of patients that took no part in training: gives better intervals, priors and references."
        ),
    ] = None,
) -> None:
    """Turn a finished run into a model folder that works without PyTorch."""
    from kalemia.training import Run

    finished = Run.open(run)
    # only now: where PyTorch is missing, the line above says how to get it
    from kalemia.calibration import calibrate
    from kalemia.cohorts import Cohort
    from kalemia.export import export_run
    from kalemia.writing import require_new

    require_new(output)  # a calibration takes minutes
    export_run(finished, output, calibrate(finished, Cohort.open(calibration)) if calibration else None)
    typer.echo(f"{output}: try it with kalemia estimate FILE --model {output}")
