"""`kalemia features`."""

import io
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kalemia.cli.batch import Job, answer_each, explained, jobs_of, protect
from kalemia.cli.shell import app, complain, one_line
from kalemia.errors import OutputError

if TYPE_CHECKING:
    import pyarrow as pa

    from kalemia.features import Features
    from kalemia.recording import Recording

Row = dict[str, object]
PARQUET, CSV = ".parquet", ".csv"
DECIMALS = 4


@app.command("features")
def _features(
    files: Annotated[list[Path], typer.Argument(help="ECG files, or printed ECGs; a folder stands for its files.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The table: .csv or .parquet. Without it, CSV on stdout.")
    ] = None,
    lead: Annotated[str, typer.Option(help="The lead to measure.")] = "II",
    beats: Annotated[bool, typer.Option("--beats", help="A row per beat instead of one per file.")] = False,
    fs: Annotated[
        float | None, typer.Option(min=1, max=100_000, help="Sampling rate in Hz, for files that do not state it.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="V, mV or uV, for files that do not state it.")] = None,
) -> None:
    """Measure intervals and waves: RR, PR, QRS, QT, QTc, P, ST, T, U; a row per file."""
    from kalemia.reading import files_in

    if output is not None:
        _require_table_name(output)
        protect(files, [output])
    given = [file for path in files for file in files_in(path) if output is None or file.resolve() != output.resolve()]
    rows: list[Row] = []

    def answer(job: Job) -> str | None:
        try:
            recording, measured = _measured(job.file, lead, fs, unit)
        except Exception as error:
            rows.append(_row_of_error(job.file, explained(error, job.file)))
            raise
        rows.extend(_rows_of_beats(job.file, measured) if beats else [_row(job.file, recording, measured)])
        return None if output is None else f"{one_line(str(job.file))}: {_told(measured)}"

    jobs = jobs_of(given, [], in_folders=False)
    all_well = answer_each(jobs, "measuring", answer, None)
    table = _table(rows, per_beat=beats)
    if output is None:
        sys.stdout.write(_as_csv(table).decode())
    else:
        _write(table, output)
    if not all_well:
        raise typer.Exit(1)


def _measured(file: Path, lead: str, fs: float | None, unit: str | None) -> tuple["Recording", "Features"]:
    from kalemia.features import measure_features
    from kalemia.reading import named, read

    recording = read(file, lead=lead, fs=fs, unit=unit)
    with named(file):
        measured = measure_features(recording, lead)
    for warning in recording.warnings:
        complain(f"{file.name}: {warning}")
    return recording, measured


def _told(measured: "Features") -> str:
    """The measures that are looked at first."""
    quality = measured.quality
    if quality.reason is not None:
        return f"nothing measured: {quality.reason}"
    values = {name: measured.median[name] for name in ("pr_ms", "qrs_ms", "qtc_fridericia_ms")}
    intervals = ", ".join(
        f"{label} {'none' if math.isnan(value) else f'{value:.0f} ms'}"
        for label, value in zip(("PR", "QRS", "QTc"), values.values(), strict=True)
    )
    return (
        f"{measured.heart_rate_bpm:.0f} beats per minute, {intervals}, T {measured.median['t_height_mv']:.2f} mV, "
        f"from {quality.usable} of {len(quality.per_beat)} beats"
    )


def _row(file: Path, recording: "Recording", measured: "Features") -> Row:
    quality = measured.quality
    return {
        "file": _name(file),
        "beats": len(quality.per_beat),
        "usable_beats": quality.usable,
        "quality": quality.verdict,
        "signs": "; ".join(quality.signs),
        "reason": quality.reason,
        "warnings": " ".join(recording.warnings),
        "error": None,
        "heart_rate_bpm": measured.heart_rate_bpm,
        "p_share": measured.p_share,
        **measured.median,
    }


def _rows_of_beats(file: Path, measured: "Features") -> list[Row]:
    return [
        {
            "file": _name(file),
            "r_s": r_s,
            "left_out": reason,
            "error": None,
            **{name: values[place] for name, values in measured.per_beat.items()},
        }
        for place, (r_s, reason) in enumerate(zip(measured.r_s, measured.quality.per_beat, strict=True))
    ]


def _row_of_error(file: Path, message: str) -> Row:
    return {"file": _name(file), "error": message}


def _name(file: Path) -> str:
    """Its path, in characters that a table can hold."""
    return os.fsencode(file).decode("utf-8", "replace")


def _table(rows: Sequence[Row], *, per_beat: bool) -> "pa.Table":
    """The rows under the same columns, whatever became of the files; NaN is an empty field."""
    import pyarrow as pa

    from kalemia.features import FEATURES

    text = ["file", "left_out", "error"] if per_beat else ["file", "quality", "signs", "reason", "warnings", "error"]
    counts = [] if per_beat else ["beats", "usable_beats"]
    numbers = ["r_s"] if per_beat else ["heart_rate_bpm", "p_share"]
    columns = {name: pa.string() for name in text} | {name: pa.int64() for name in counts}
    columns |= {name: pa.float64() for name in (*numbers, *FEATURES)}
    arrays = [pa.array([_rounded(row.get(name)) for row in rows], kind) for name, kind in columns.items()]
    return pa.table(arrays, names=list(columns))


def _rounded(value: object) -> object:
    if not isinstance(value, float):
        return value
    return None if math.isnan(value) else round(float(value), DECIMALS)


def _as_csv(table: "pa.Table") -> bytes:
    from pyarrow import csv

    text = io.BytesIO()
    csv.write_csv(table, text, csv.WriteOptions(quoting_style="needed"))
    return text.getvalue()


def _require_table_name(output: Path) -> None:
    if output.suffix.lower() not in (CSV, PARQUET):
        raise OutputError(f"{output.name}: no table format. Use {CSV} or {PARQUET}")


def _write(table: "pa.Table", output: Path) -> None:
    import pyarrow.parquet as pq

    from kalemia.writing import whole_or_nothing

    with whole_or_nothing(output) as draft:
        if output.suffix.lower() == PARQUET:
            pq.write_table(table, draft)
        else:
            draft.write_bytes(_as_csv(table))
