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
    given = [file for path in files for file in files_in(path)]
    jobs = jobs_of(given, [Output(report, ".html", whole_names=True)], in_folders=len(given) > 1)

    def answer(job: Job) -> str:
        return _answer(job, estimator, fs, unit, machine=as_json)

    def as_machine_error(job: Job, message: str, _error: Exception) -> Mapping[str, object]:
        return error_as_json(str(job.file), message)

    all_well = answer_each(jobs, "estimating", answer, as_machine_error if as_json else None)
    stderr.print(notice(estimator), style="dim")
    if not all_well:
        raise typer.Exit(1)


def _answer(job: Job, estimator: "Estimator", fs: float | None, unit: str | None, *, machine: bool) -> str:
    """What to print for one file; its report is written on the way."""
    from kalemia.reading import read_with_page
    from kalemia.report import lines

    file, (page,) = job.file, job.outputs
    recording, digitization = read_with_page(file, lead=estimator.config.preprocessing.lead, fs=fs, unit=unit)
    estimate = estimator.estimate_recording(recording)
    if page is not None:
        from kalemia.report.page import as_html
        from kalemia.writing import write_text

        write_text(page, as_html(file.name, recording, estimate, estimator, digitization=digitization))
    if machine:
        return json.dumps(lines.as_json(str(file), estimate), allow_nan=False)
    return lines.as_text(one_line(str(file)), estimate)
