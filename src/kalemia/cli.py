"""The command line: each command reads its arguments, calls the library and prints."""

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from kalemia import __version__
from kalemia.errors import KalemiaError, OutputError

if TYPE_CHECKING:
    from kalemia.estimation import Estimator

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
        _complain(str(error))
        raise SystemExit(1) from None
    except OSError as error:  # such as a full disk behind stdout, which Python would complain of again on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _complain(f"the result cannot be written: {error.strerror or error}")
        raise SystemExit(1) from None
    raise SystemExit(0)


def _complain(message: str) -> None:
    stderr.print(_one_line(message), style="red", markup=False)


def _one_line(text: str) -> str:
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


@app.command("estimate")
def _estimate(
    files: Annotated[list[Path], typer.Argument(help="ECG files; a folder stands for the ECG files in it.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line, for machines.")] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Write an HTML page; for several files the folder to write one page each into."),
    ] = None,
    model: Annotated[str, typer.Option(help="A model that comes with kalemia, or a model's folder.")] = "default",
    fs: Annotated[
        float | None, typer.Option(min=1, max=100_000, help="Sampling rate in Hz, for files that do not state it.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="V, mV or uV, for files that do not state it.")] = None,
) -> None:
    """Estimate serum potassium from ECG files."""
    from kalemia.estimation import Estimator
    from kalemia.reading import files_in
    from kalemia.report.lines import error_as_json, notice

    estimator = Estimator.load(model)
    given = [file for path in files for file in files_in(path)]
    pages = _report_paths(report, given)
    _protect(given, pages)
    failed = False
    for file in given:
        try:
            typer.echo(_estimate_file(file, estimator, pages.get(file), fs, unit, as_json))
        except (OutputError, OSError):
            raise
        except Exception as error:  # whatever is wrong with one file, the others go on
            failed = True
            known = isinstance(error, KalemiaError)
            message = (
                str(error) if known else f"{file.name}: unexpected {type(error).__name__} ({error}). Please report it"
            )
            if as_json:
                typer.echo(json.dumps(error_as_json(str(file), message)))
            else:
                _complain(message)
    stderr.print(notice(estimator), style="dim")
    if failed:
        raise typer.Exit(1)


def _estimate_file(
    file: Path, estimator: "Estimator", page: Path | None, fs: float | None, unit: str | None, machine: bool
) -> str:
    """What to print for one file; its report is written on the way."""
    from kalemia.reading import read
    from kalemia.report import lines

    recording = read(file, lead=estimator.config.preprocessing.lead, fs=fs, unit=unit)
    estimate = estimator.estimate_recording(recording)
    if page is not None:
        from kalemia.report.page import as_html
        from kalemia.writing import write_text

        write_text(page, as_html(file.name, recording, estimate, estimator))
    if machine:
        return json.dumps(lines.as_json(str(file), estimate), allow_nan=False)
    return lines.as_text(_one_line(str(file)), estimate)


def _protect(files: list[Path], pages: dict[Path, Path]) -> None:
    """Refuse to write a report over a recording."""
    recordings = {file.resolve() for file in files}
    for page in pages.values():
        if page.resolve() in recordings:
            raise OutputError(f"{page.name}: a recording, which the report would replace. Name another file")


def _report_paths(report: Path | None, files: list[Path]) -> dict[Path, Path]:
    if report is None:
        return {}
    if len(files) == 1 and not report.is_dir():
        return {files[0]: report}
    pages: dict[Path, Path] = {}
    taken: set[Path] = set()
    for file in files:
        name, number = file.name, 1
        while (page := report / f"{name}.html") in taken:  # a/ecg.csv and b/ecg.csv
            number += 1
            name = f"{file.name}-{number}"
        pages[file] = page
        taken.add(page)
    return pages


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
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed gives the same result.")] = None,
) -> None:
    """Train a model on a cohort; the same command again goes on where it was interrupted."""
    from kalemia.cohorts import Cohort
    from kalemia.training import TrainingConfig, train

    settings = TrainingConfig.load(config, {} if seed is None else {"seed": seed})
    train(Cohort.open(cohort), settings, output)


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
) -> None:
    """Turn a finished run into a model folder that works without PyTorch."""
    from kalemia.training import Run

    finished = Run.open(run)
    from kalemia.export import export_run  # only now: where PyTorch is missing, the line above says how to get it

    export_run(finished, output)
    typer.echo(f"{output}: try it with kalemia estimate FILE --model {output}")


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


if __name__ == "__main__":
    sys.exit(main())
