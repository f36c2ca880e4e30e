"""`kalemia delineate`."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kalemia.cli.batch import Job, Output, answer_each, jobs_of
from kalemia.cli.shell import app, one_line
from kalemia.progress import Progress

if TYPE_CHECKING:
    from kalemia.delineation import Beat, Beats
    from kalemia.quality import Quality
    from kalemia.recording import Recording

LONG_S = 600.0
"""From here on, a recording alone gets bars."""


@app.command("delineate")
def _delineate(
    files: Annotated[list[Path], typer.Argument(help="ECG files, or printed ECGs; a folder stands for its files.")],
    lead: Annotated[str, typer.Option(help="The lead to look at.")] = "II",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per file and line, for machines; marks are in samples.")
    ] = False,
    figure: Annotated[
        Path | None,
        typer.Option(
            "--figure", help="Draw the first ten seconds with the waves marked (.png); for several files a folder."
        ),
    ] = None,
    fs: Annotated[
        float | None, typer.Option(min=1, max=100_000, help="Sampling rate in Hz, for files that do not state it.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="V, mV or uV, for files that do not state it.")] = None,
) -> None:
    """Find P, QRS and T of every beat: onset, peak and offset; and judge what can be trusted."""
    from kalemia.reading import files_in

    given = [file for path in files for file in files_in(path)]
    jobs = jobs_of(given, [Output(figure, ".png", whole_names=True)], in_folders=len(given) > 1)

    def answer(job: Job) -> str:
        return _answer(job, lead, fs, unit, machine=as_json, alone=len(jobs) == 1)

    def as_machine_error(job: Job, message: str, _error: Exception) -> Mapping[str, object]:
        from kalemia.report.delineation import error_as_json

        return error_as_json(str(job.file), message)

    if not answer_each(jobs, "delineating", answer, as_machine_error if as_json else None):
        raise typer.Exit(1)


def _answer(job: Job, lead: str, fs: float | None, unit: str | None, *, machine: bool, alone: bool) -> str:
    """What to print for one file; its figure is written on the way."""
    from kalemia.reading import named, read

    file, (picture,) = job.file, job.outputs
    recording = read(file, lead=lead, fs=fs, unit=unit)
    with named(file):
        beats, quality = _found(recording, with_bars=alone and recording.duration_s >= LONG_S)
    if picture is not None:
        from kalemia.figures.strip import annotated_strip
        from kalemia.figures.style import save

        save(annotated_strip(recording, beats), picture)
    if machine:
        from kalemia.report.delineation import as_json

        return json.dumps(as_json(str(file), recording, beats, quality), allow_nan=False)
    where = f"{recording.duration_s:.1f} s of lead {recording.leads[0]}"
    warnings = (f"  warning: {warning}" for warning in recording.warnings)
    return "\n".join([f"{one_line(str(file))}: {_counted(beats)} in {where}", *warnings, *_notes(quality)])


def _found(recording: "Recording", *, with_bars: bool) -> tuple["Beats", "Quality"]:
    """Beats and their quality, with a bar for each."""
    from kalemia.preprocessing import find_beats
    from kalemia.quality import judge_quality

    lead, samples = recording.leads[0], recording.signal.shape[1]
    with Progress(shown=with_bars and sys.stderr.isatty()) as progress:
        beats = find_beats(recording, progress.follow("delineating", samples))
        return beats, judge_quality(recording, lead, beats, progress.follow("judging", samples))


def _notes(quality: "Quality") -> list[str]:
    """A line for what speaks against the lead, and one for each doubt."""
    left_out = "; ".join(f"{count} {reason}" for reason, count in quality.left_out.items())
    lines = [f"  not fit for an estimate: {quality.reason}"] if quality.reason else []
    lines += [f"  doubt: {doubt}" for doubt in quality.doubts]
    return lines + ([f"  beats that an estimate leaves out: {left_out}"] if left_out else [])


def _counted(beats: Sequence["Beat"]) -> str:
    from kalemia.report.delineation import waves_as_json

    count = {name: len(waves) for name, waves in waves_as_json(beats).items()}
    return f"{len(beats)} beats, {count['P']} with a P wave, {count['T']} with a T wave"
