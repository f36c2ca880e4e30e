"""`kalemia digitize`."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kalemia.cli.batch import Job, Output, answer_each, explained, jobs_of
from kalemia.cli.shell import app, one_line
from kalemia.errors import FileMissing, OutputError, PageRefused

if TYPE_CHECKING:
    from kalemia.digitization import Corrections, Digitization, Findings


@app.command("digitize")
def _digitize(
    pages: Annotated[
        list[Path],
        typer.Argument(help="Photographs, scans and PDFs of a printed ECG; a folder stands for its pages."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="CSV to write the strip to; for several pages the folder for theirs."),
    ] = None,
    overlay: Annotated[
        Path | None,
        typer.Option(help="Picture (.png, .jpg) of the page with the trace on it; for several pages a folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per page and line, for machines.")] = False,
    page: Annotated[
        int | None, typer.Option(min=1, help="Of a PDF or TIFF; otherwise the first page that has a grid.")
    ] = None,
    all_leads: Annotated[bool, typer.Option("--all-leads", help="All leads of the page, lead II first.")] = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="Blank the words outside the grid in the overlay: names, dates.")
    ] = False,
    speed: Annotated[float | None, typer.Option(min=5, max=200, help="Paper speed in mm/s, if the page errs.")] = None,
    gain: Annotated[float | None, typer.Option(min=1, max=100, help="Gain in mm/mV, if the page errs.")] = None,
    rotate: Annotated[
        float | None,
        typer.Option(min=-180, max=180, help="Degrees to turn the picture clockwise, if it is not read upright."),
    ] = None,
    strip: Annotated[
        int | None,
        typer.Option(min=1, help="Number of the strip that is lead II, by the overlay of a refused page or by --json."),
    ] = None,
) -> None:
    """Read lead II off printed ECGs.

    It comes in mV at 500 Hz, from the end of the calibration pulse on. A page that cannot be read for sure is refused.
    """
    from kalemia.digitization import Corrections
    from kalemia.digitization.overlay import require_picture_name
    from kalemia.digitization.summary import refusal_as_json
    from kalemia.reading import pages_in

    if redact and overlay is None:
        raise typer.BadParameter("it blanks words in the overlay. Add --overlay", param_hint="--redact")
    files = [file for path in pages for file in pages_in(path)]
    several = len(files) > 1 or any(path.is_dir() for path in pages)
    jobs = jobs_of(files, [Output(output, ".csv"), Output(overlay, ".png")], in_folders=several)
    for job in jobs:
        if (picture := job.outputs[1]) is not None:
            require_picture_name(picture)
    options = _Options(Corrections(page, rotate, strip, speed, gain), all_leads, redact, as_json)

    def as_machine_error(job: Job, message: str, error: Exception) -> Mapping[str, object]:
        findings = _findings(error)
        shown = refusal_as_json(str(job.file), message, type(error).__name__, findings)
        return {**shown, **_written(None, job.outputs[1] if findings else None)}

    def answer(job: Job) -> str:
        return _answer(job, options)

    if not answer_each(jobs, "digitizing", answer, as_machine_error if as_json else None):
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Options:
    corrections: "Corrections"
    all_leads: bool
    redact: bool
    machine: bool


def _answer(job: Job, options: _Options) -> str:
    """What to print for one page; its strip and its overlay are written on the way, of a refused page the overlay."""
    from kalemia.digitization import summary
    from kalemia.digitization.strip_csv import write_strip

    strip, overlay = job.outputs
    try:
        found = _digitized(job.file, options)
    except Exception as error:
        with _told_first(explained(error, job.file)):
            if strip is not None:
                _remove(strip)
            if overlay is not None and (findings := _findings(error)) is not None:
                reason = str(error).removeprefix(f"{job.file.name}: ")  # which may be a patient's
                _write_overlay(overlay, findings, reason, redacted=options.redact)
        raise
    if strip is not None:
        write_strip(strip, found.recording)
    if overlay is not None:
        _write_overlay(overlay, found.findings, None, redacted=options.redact)
    if options.machine:
        return json.dumps({**summary.as_json(str(job.file), found), **_written(strip, overlay)}, allow_nan=False)
    return summary.as_text(one_line(str(job.file)), found)


@contextmanager
def _told_first(message: str) -> Iterator[None]:
    """Put what is wrong with a page in front of what is then wrong with its output, which ends everything."""
    try:
        yield
    except OutputError as error:
        raise OutputError(f"{message}. {error}") from error


def _remove(strip: Path) -> None:
    from kalemia.digitization.strip_csv import remove_strip

    try:
        remove_strip(strip)
    except OSError as error:
        raise OutputError(
            f"{strip.name}: there already, and cannot be removed: {error.strerror or error}. Remove it"
        ) from error


def _digitized(file: Path, options: _Options) -> "Digitization":
    from kalemia.digitization import digitize
    from kalemia.reading import named

    with named(file):
        if file.is_dir():
            raise FileMissing("a folder without pages. Name a file in it, whatever its suffix")
        return digitize(file, all_leads=options.all_leads, **asdict(options.corrections))


def _written(strip: Path | None, overlay: Path | None) -> dict[str, str | None]:
    paths = {"csv": strip, "overlay": overlay}
    return {name: None if path is None else str(path) for name, path in paths.items()}


def _findings(error: Exception) -> "Findings | None":
    return error.findings if isinstance(error, PageRefused) else None


def _write_overlay(path: Path, findings: "Findings", reason: str | None, *, redacted: bool) -> None:
    from kalemia.digitization.overlay import draw_overlay, save_overlay
    from kalemia.digitization.redaction import redact

    shown, notes = redact(findings) if redacted else (findings, ())
    save_overlay(path, draw_overlay(shown, reason, notes))
