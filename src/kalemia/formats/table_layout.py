"""How a text table is laid out: its separator, decimal sign, header rows, and what each column holds."""

import csv
import re
from dataclasses import dataclass
from itertools import pairwise

from kalemia.errors import EmptyFile
from kalemia.formats.units import voltage_unit

_LINE_END = re.compile(r"\r\n|\r|\n")  # not str.splitlines, which splits at more signs than pyarrow does
_DECIMAL_COMMA = re.compile(r"^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$")
_UNIT_IN_BRACKETS = re.compile(r"^(?P<name>.*?)[\s_]*[(\[]\s*(?P<unit>[^)\]]*?)\s*[)\]]$")
_UNIT_AS_SUFFIX = re.compile(
    r"^(?P<name>.+?)[_ ](?P<unit>s|sec|seconds|ms|msec|us|V|volts?|mV|uV|nV|µV|μV)$", re.IGNORECASE
)
_SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("us", "µs", "μs", "microseconds"), 1e-6),
}
_TIME_NAMES = {"time", "t", "timestamp", "elapsed time", "elapsed_time", "elapsed", "zeit", *_SECONDS}
_INDEX_NAMES = {"", "#", "n", "index", "idx", "row", "sample", "samples", "sample #", "sample_index", "sample number"}
_UNIT_ROW_WORDS = {*_SECONDS, "", "adu", "sample interval", "sample", "#", "hh:mm:ss.mmm"}
NULLS = ("", "nan", "NaN", "NAN", "NA", "N/A", "n/a", "null", "NULL", "None", "-")
_ROWS_LOOKED_AT = 50


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        title: as the file names it, or its number from 1; for messages.
        name: the title without unit.
        kind: `time`, `index` (neither time nor signal) or `signal`.
        unit: of a signal, as the file writes it; empty if none.
        seconds: seconds per unit of time; `None` if the file does not say, or for a signal.
    """

    title: str
    name: str
    kind: str
    unit: str = ""
    seconds: float | None = None


@dataclass(frozen=True)
class Layout:
    """The layout of a table: `header_rows` counts all lines above the first row of numbers."""

    delimiter: str
    decimal: str
    header_rows: int
    columns: tuple[Column, ...]

    @property
    def time(self) -> int | None:
        """Position of the time column."""
        return next((n for n, column in enumerate(self.columns) if column.kind == "time"), None)


def has_numbers(text: str) -> bool:
    """Whether some line near the beginning is a row of numbers."""
    lines = _LINE_END.split(text)[:_ROWS_LOOKED_AT]
    return any(_is_numbers(_cells(line, *_signs([line]))) for line in lines if line.strip())


def layout_of(text: str) -> Layout:
    """The layout, from the first lines of a table.

    The titles are the row right above the numbers, if it is as wide as they are; what stands above is a preamble, which
    is skipped: devices write the patient's name there.

    Raises:
        EmptyFile: nothing but comments and blank lines.
    """
    numbered = [(n, line) for n, line in enumerate(_LINE_END.split(text)) if line.strip() and not line.startswith("#")]
    numbered = numbered[:_ROWS_LOOKED_AT]
    if not numbered:
        raise EmptyFile("no rows in it")
    delimiter, decimal = _signs([line for _, line in numbered])
    rows = [_cells(line, delimiter, decimal) for _, line in numbered]
    first = _first_data_row(rows)
    columns = _columns(rows, first)
    header_rows = numbered[first][0] if first < len(rows) else numbered[-1][0] + 1
    return Layout(delimiter, decimal, header_rows, columns)


def _signs(lines: list[str]) -> tuple[str, str]:
    # Data rows decide before the header does: a title can hold a comma ("lead II, mV").
    last = lines[-1]
    delimiter = next((sign for sign in (";", "\t", ",") if sign in last), ",")
    if delimiter == ",":
        return delimiter, "."
    cells = [cell.strip() for line in lines for cell in line.split(delimiter)]
    return delimiter, "," if any(_DECIMAL_COMMA.match(cell) for cell in cells) else "."


def _cells(line: str, delimiter: str, decimal: str) -> list[str]:
    row = next(csv.reader([line], delimiter=delimiter), [])
    cells = [cell.strip().strip("'") for cell in row]
    return [cell.replace(",", ".") for cell in cells] if decimal == "," else cells


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell not in NULLS and "_" not in cell


def _is_numbers(cells: list[str]) -> bool:
    return any(map(_is_number, cells)) and all(_is_number(cell) or cell in NULLS for cell in cells)


def _first_data_row(rows: list[list[str]]) -> int:
    first = next((n for n, row in enumerate(rows) if _is_numbers(row)), None)
    if first is None:
        return 1
    # A row with a number and a text in it is data that went wrong, and has to be reported as such.
    while first and len(rows[first - 1]) == len(rows[first]) and any(map(_is_number, rows[first - 1])):
        first -= 1
    return first


def _columns(rows: list[list[str]], first: int) -> tuple[Column, ...]:
    width = len(rows[first]) if first < len(rows) else len(rows[0])
    above = [row for row in rows[max(0, first - 2) : first] if len(row) == width]
    if not above or len(rows[first - 1]) != width:
        return _unnamed_columns(rows[first:])
    if len(above) == 2 and _is_unit_row(above[1]):
        return _named_columns(above[0], above[1])
    return _named_columns(above[-1], [""] * width)


def _is_unit_row(cells: list[str]) -> bool:
    # PhysioNet's rdsamp writes the units in a row of their own.
    return any(cells) and all(voltage_unit(cell) or cell.lower() in _UNIT_ROW_WORDS for cell in cells)


def _named_columns(titles: list[str], units: list[str]) -> tuple[Column, ...]:
    columns = [named_column(title, unit) for title, unit in zip(titles, units, strict=True)]
    has_time = False
    for position, column in enumerate(columns):
        if column.kind == "time" and has_time:
            columns[position] = Column(column.title, column.name, "index")
        has_time = has_time or column.kind == "time"
    return tuple(columns)


def named_column(title: str, unit_below: str = "") -> Column:
    """The column that a title describes; the unit stands in the title (`ii_mv`, `II (uV)`) or in the row below."""
    name, unit = title, unit_below
    if not unit and (found := _UNIT_IN_BRACKETS.match(title) or _UNIT_AS_SUFFIX.match(title)):
        name, unit = found["name"], found["unit"]
    if name.lower() in _TIME_NAMES:
        return Column(title, name, "time", seconds=_SECONDS.get((unit or name).lower()))
    if name.lower() in _INDEX_NAMES:
        return Column(title, name, "index")
    return Column(title, name, "signal", unit=unit)


def _unnamed_columns(rows: list[list[str]]) -> tuple[Column, ...]:
    width = len(rows[0])
    first = [float(row[0]) for row in rows if _is_number(row[0])]
    if width > 1 and len(first) > 2 and _is_a_clock(first):
        signals = _unnamed_signals(width - 1, first_title=2)
        return (Column("1", "time", "time"), *signals)
    return _unnamed_signals(width, first_title=1)


def _is_a_clock(values: list[float]) -> bool:
    steps = [after - before for before, after in pairwise(values)]
    return min(steps) > 0 and max(steps) < 2.5 * min(steps)


def _unnamed_signals(count: int, first_title: int) -> tuple[Column, ...]:
    return tuple(Column(str(first_title + n), "", "signal") for n in range(count))
