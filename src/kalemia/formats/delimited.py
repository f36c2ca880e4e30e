"""Text tables: comma, semicolon or tab between the columns, one row per sample, one column per lead."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from jaxtyping import Float

from kalemia.errors import CorruptFile, EmptyFile, InputError, InvalidSignal
from kalemia.formats.channels import Channel, to_recording
from kalemia.formats.request import Request
from kalemia.formats.table_layout import NULLS, Layout, has_numbers, layout_of
from kalemia.formats.time_column import sampling_rate
from kalemia.leads import is_ecg, names_for_unnamed, sources_of, standard_name, unique_names, warnings_of_repeats
from kalemia.recording import Recording

NAME = "CSV"
SUFFIXES: tuple[str, ...] = (".csv", ".tsv", ".tab", ".txt")

_HEAD_BYTES = 65536
_HOW_TO_STATE_FS = 'A CSV needs one: add --fs 500, or a time column in seconds named "time_s"'
_BAD_CELL = re.compile(r"In CSV column #(\d+): (?:Row #(\d+): )?CSV conversion error")
_RAGGED_ROW = re.compile(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+)")
_TEXT_BYTES = bytes(range(32, 256)) + b"\t\r\n\f"


def recognises(_path: Path, head: bytes) -> bool:
    """Whether this is text with a row of numbers near its beginning."""
    return _is_text(head) and has_numbers(_decoded(head))


def read(path: Path, request: Request) -> Recording:
    """Read a table. Titles may carry units (`ii_mv`, `II (uV)`, or a second row); empty cells are NaN.

    A column called `time`, `time_s` or `time_ms` gives the sampling rate. What stands above the titles, such as lines
    that begin with `#`, is skipped.

    Raises:
        MissingSamplingRate: neither a time column nor `request.fs`.
        CorruptFile: text where numbers should be, or rows of different width.
        InvalidSignal: times that do not rise evenly, or no column of signal.
        EmptyFile: no rows.
        InputError: other subclasses, as `kalemia.formats.channels.to_recording`.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not _is_text(head):
        raise CorruptFile("not a text table in UTF-8, as its name says. Export it again as CSV")
    layout = layout_of(_decoded(head))
    names, warnings = _signal_names(layout)
    needed = sources_of(request.lead, list(names.values()))
    positions = [position for position, name in names.items() if name in needed]
    fs, time_warnings = _sampling_rate(path, layout, request)
    table = _numbers(path, layout, positions)
    channels = [
        Channel(names[position], table.pop(position), fs, layout.columns[position].unit) for position in positions
    ]
    return to_recording(channels, request, (*warnings, *time_warnings), assume_mv=True)


def _is_text(head: bytes) -> bool:
    return not head.translate(None, _TEXT_BYTES)


def _decoded(head: bytes) -> str:
    whole_lines = head[: head.rfind(b"\n") + 1] if len(head) >= _HEAD_BYTES else head
    try:
        return whole_lines.decode("utf-8-sig")
    except UnicodeDecodeError:
        return whole_lines.decode("latin-1")


def _signal_names(layout: Layout) -> tuple[dict[int, str], tuple[str, ...]]:
    signals = [position for position, column in enumerate(layout.columns) if column.kind == "signal"]
    if not signals:
        raise InvalidSignal("no column of signal in it. Name one after its lead, such as II")
    titles = [layout.columns[position].name for position in signals]
    if any(titles):
        names = unique_names([standard_name(title) for title in titles])
        return dict(zip(signals, names, strict=True)), warnings_of_repeats(names)
    names, warnings = names_for_unnamed(len(signals))
    return dict(zip(signals, names, strict=True)), warnings


def _sampling_rate(path: Path, layout: Layout, request: Request) -> tuple[float, tuple[str, ...]]:
    if layout.time is None:
        return request.sampling_rate(None, _HOW_TO_STATE_FS), ()
    column = layout.columns[layout.time]
    times = _numbers(path, layout, [layout.time])[layout.time]
    fs, warnings = sampling_rate(times, column.seconds, column.title, layout.header_rows + 1)
    return request.sampling_rate(fs, _HOW_TO_STATE_FS), warnings


def _numbers(path: Path, layout: Layout, positions: list[int]) -> dict[int, Float[np.ndarray, " time"]]:
    """The columns at these positions, and no other: a long table has more than memory should hold."""
    ids = [str(position) for position in range(len(layout.columns))]
    wanted = [ids[position] for position in positions]
    try:
        with path.open("rb") as file:  # pyarrow takes only names in UTF-8
            table = pyarrow.csv.read_csv(
                file,
                # One thread: only then do errors name the row.
                pyarrow.csv.ReadOptions(use_threads=False, skip_rows=layout.header_rows, column_names=ids),
                pyarrow.csv.ParseOptions(delimiter=layout.delimiter, ignore_empty_lines=len(ids) > 1),
                pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(wanted, pa.float64()),
                    include_columns=wanted,
                    null_values=list(NULLS),
                    decimal_point=layout.decimal,
                ),
            )
    except pa.ArrowInvalid as error:
        raise _explained(str(error), layout) from None
    if table.num_rows == 0:
        raise EmptyFile("no rows of numbers in it")
    return {position: table.column(ids[position]).to_numpy() for position in positions}


def _explained(message: str, layout: Layout) -> InputError:
    # pyarrow quotes the cell. A cell with text can hold a patient's name, and so can a title that is none of ours.
    if found := _BAD_CELL.search(message):
        column = layout.columns[int(found[1])]
        known = column.kind == "time" or is_ecg(standard_name(column.name))
        title = f' ("{column.title}")' if known else ""
        row = f"row {found[2]}, " if found[2] else ""
        return CorruptFile(
            f"{row}column {int(found[1]) + 1}{title}: text where a number should be. Leave the cell empty, or mend it"
        )
    if found := _RAGGED_ROW.search(message):
        row = f"row {found[1]}" if found[1] else "a row"
        return CorruptFile(f"{row} has {found[3]} columns, the others have {found[2]}. Make them alike")
    if "Could not skip" in message:
        return EmptyFile("no rows of numbers in it")
    return CorruptFile("not a table of numbers throughout. Export it again as CSV")
