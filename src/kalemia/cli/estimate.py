"""`kalemia estimate`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kalemia.cli.batch import Job, Output, answer_each, jobs_of
from kalemia.cli.shell import app, one_line, stderr

if TYPE_CHECKING:
    from kalemia.estimation import Estimator
    from kalemia.personal import Reference


@app.command("estimate")
def _estimate(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="ECG files, or photographs, scans and PDFs of a printed ECG; a folder stands for its files."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line, for machines.")] = False,
    report: Annotated[
        Path | None,
        typer.Option("--report", help="Write an HTML page; for several files the folder to write one page each into."),
    ] = None,
    model: Annotated[str, typer.Option(help="A model that comes with kalemia, or a model's folder.")] = "default",
    reference: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE=POTASSIUM",
            help="An earlier ECG of the same patient and the potassium (mEq/L) of its blood test, such as "
            "earlier.csv=4.6; may be given more than once.",
        ),
    ] = None,
    prior: Annotated[
        str | None,
        typer.Option(
            help="Correct for how common each potassium is where the patient comes from: emergency, dialysis or wonju."
        ),
    ] = None,
    fs: Annotated[
        float | None, typer.Option(min=1, max=100_000, help="Sampling rate in Hz, for files that do not state it.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="V, mV or uV, for files that do not state it.")] = None,
) -> None:
    """Estimate serum potassium from ECG files, or from printed ECGs."""
    from kalemia.estimation import Estimator
    from kalemia.reading import files_in
    from kalemia.report.lines import error_as_json, notice

    estimator = Estimator.load(model)
    known = [_reference(text, estimator, fs, unit) for text in reference or ()]
    given = [file for path in files for file in files_in(path)]
    jobs = jobs_of(given, [Output(report, ".html", whole_names=True)], in_folders=len(given) > 1)

    def answer(job: Job) -> str:
        return _answer(job, estimator, known, prior, fs, unit, machine=as_json)

    def as_machine_error(job: Job, message: str, _error: Exception) -> Mapping[str, object]:
        return error_as_json(str(job.file), message)

    all_well = answer_each(jobs, "estimating", answer, as_machine_error if as_json else None)
    stderr.print(notice(estimator), style="dim")
    if not all_well:
        raise typer.Exit(1)


def _reference(text: str, estimator: "Estimator", fs: float | None, unit: str | None) -> "Reference":
    """An earlier ECG, from `FILE=POTASSIUM`."""
    from kalemia.errors import SignalError
    from kalemia.reading import read

    file, _, value = text.rpartition("=")
    try:
        potassium = float(value)
    except ValueError:
        file = ""
    if not file:
        raise typer.BadParameter(f"{text}: give the file and its potassium, such as earlier.csv=4.6")
    recording = read(Path(file), lead=estimator.config.preprocessing.lead, fs=fs, unit=unit)
    try:
        return estimator.reference(recording, potassium)
    except SignalError as error:
        raise type(error)(f"{Path(file).name}: no use as a reference: {error}") from None


def _answer(
    job: Job,
    estimator: "Estimator",
    references: list["Reference"],
    prior: str | None,
    fs: float | None,
    unit: str | None,
    *,
    machine: bool,
) -> str:
    """What to print for one file; its report is written on the way."""
    from kalemia.reading import read_with_page
    from kalemia.report import lines

    file, (page,) = job.file, job.outputs
    recording, digitization = read_with_page(file, lead=estimator.config.preprocessing.lead, fs=fs, unit=unit)
    estimate = estimator.estimate_recording(recording, references, prior)
    if page is not None:
        from kalemia.report.page import as_html
        from kalemia.writing import write_text

        write_text(page, as_html(file.name, recording, estimate, estimator, digitization=digitization))
    if machine:
        return json.dumps(lines.as_json(str(file), estimate), allow_nan=False)
    return lines.as_text(one_line(str(file)), estimate)
