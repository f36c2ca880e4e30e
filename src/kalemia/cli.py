"""The command line: each command reads its arguments, calls the library and prints."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from kalemia import __version__
from kalemia.errors import KalemiaError, MissingExtra, OutputError

app = typer.Typer(
    name="kalemia",
    help="Serum potassium from an ECG that is already there. Not a medical device.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
stderr = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="One JSON object per line, for machines.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="The same seed gives the same result.")]


def main() -> NoReturn:
    """Run the command line; a `KalemiaError` becomes one line and exit status 1."""
    try:
        app()
    except KalemiaError as error:
        stderr.print(str(error), style="red", markup=False)
        raise SystemExit(1) from None
    raise SystemExit(0)


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


@app.command("estimate")
def _estimate(
    files: Annotated[list[Path], typer.Argument(help="ECG files; a folder stands for the ECG files in it.")],
    as_json: Json = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Write an HTML page; for several files the folder to write one page each into."),
    ] = None,
    model: Annotated[str, typer.Option(help="A model that comes with kalemia, or a model's folder.")] = "default",
    fs: Annotated[float | None, typer.Option(help="Sampling rate in Hz, for files that do not state it.")] = None,
    unit: Annotated[str | None, typer.Option(help="V, mV or uV, for files that do not state it.")] = None,
) -> None:
    """Estimate serum potassium from ECG files."""
    from kalemia.estimation import Estimator
    from kalemia.reading import files_in, read
    from kalemia.report import as_html, as_text, error_as_json, notice
    from kalemia.report import as_json as estimate_as_json
    from kalemia.writing import write_text

    estimator = Estimator.load(model)
    given = [file for path in files for file in files_in(path)]
    pages = _report_paths(report, given)
    failed = False
    for file in given:
        try:
            recording = read(file, lead=estimator.config.preprocessing.lead, fs=fs, unit=unit)
            estimate = estimator.estimate_recording(recording)
            if file in pages:
                write_text(pages[file], as_html(file.name, recording, estimate, estimator))
        except OutputError:
            raise
        except KalemiaError as error:
            failed = True
            message = str(error)
            if as_json:
                typer.echo(json.dumps(error_as_json(str(file), message)))
            else:
                stderr.print(message, style="red", markup=False)
        else:
            typer.echo(json.dumps(estimate_as_json(str(file), estimate)) if as_json else as_text(str(file), estimate))
    stderr.print(notice(estimator), style="dim")
    if failed:
        raise typer.Exit(1)


def _report_paths(report: Path | None, files: list[Path]) -> dict[Path, Path]:
    if report is None:
        return {}
    if len(files) == 1 and not report.is_dir():
        return {files[0]: report}
    return {file: report / f"{file.name}.html" for file in files}


@app.command("simulate")
def _simulate(
    output: Annotated[Path, typer.Option("-o", "--output", help="The cohort folder to make.")],
    patients: Annotated[int, typer.Option(min=1, help="How many; each has one index ECG and some more.")] = 1567,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same cohort.")] = 0,
) -> None:
    """Simulate a cohort of patients whose potassium is known."""
    from kalemia.figures.potassium_distribution import potassium_distribution
    from kalemia.figures.style import save
    from kalemia.simulation import simulate_cohort

    cohort = simulate_cohort(output, patients=patients, seed=seed)
    index = cohort.column("potassium")[cohort.column("is_index")]
    save(potassium_distribution(index), output / "potassium.png")
    typer.echo(f"{output}: {len(cohort)} simulated ECGs of {patients} patients")


@app.command("train")
def _train(
    cohort: Annotated[Path, typer.Argument(help="A cohort folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The run folder; one that was interrupted goes on.")],
    config: Annotated[Path | None, typer.Option(help="A TOML file with settings; see docs/training.md.")] = None,
    seed: Seed = None,
) -> None:
    """Train a model on a cohort; the same command again goes on where it was interrupted."""
    from kalemia.cohorts import Cohort

    with _extra("train", "training a model"):
        from kalemia.training import TrainingConfig, train

    settings = TrainingConfig.load(config, {} if seed is None else {"seed": seed})
    train(Cohort.open(cohort), settings, output)


@app.command("evaluate")
def _evaluate(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    cohort: Annotated[Path, typer.Argument(help="A cohort folder; of the run's own cohort the test side is scored.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for tables and figures.")],
) -> None:
    """Measure a trained model on recordings that it has not seen, with figures."""
    from kalemia.cohorts import Cohort

    with _extra("train", "evaluating a run"):
        from kalemia.evaluation import evaluate, print_table
        from kalemia.training import Run

    print_table(evaluate(Run.open(run), Cohort.open(cohort), output))


@app.command("export")
def _export(
    run: Annotated[Path, typer.Argument(help="A finished run folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The model folder to make.")],
) -> None:
    """Turn a finished run into a model folder that works without PyTorch."""
    with _extra("train", "exporting a model"):
        from kalemia.export import export_run
        from kalemia.training import Run

    export_run(Run.open(run), output)
    typer.echo(f"{output}: try it with kalemia estimate FILE --model {output}")


@app.command("demo")
def _demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to write the example and its report.")] = Path(
        "kalemia-demo"
    ),
) -> None:
    """Estimate the potassium of an embedded simulated patient, and show what to try next."""
    from kalemia.demo import run_demo

    typer.echo(run_demo(output))


@contextmanager
def _extra(extra: str, purpose: str) -> Iterator[None]:
    """Turn the import error of a part that is not installed into one that says how to install it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("kalemia"):
            raise
        raise MissingExtra(purpose, extra) from error


if __name__ == "__main__":
    sys.exit(main())
