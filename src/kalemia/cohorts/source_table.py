"""Tables as hospitals export them, CSV or Parquet: rows with their numbers, and cells as they stand there.

A CSV may have a byte order mark, commas, semicolons or tabs, Excel's `sep=` line, quoted cells over several lines, any
line ends, and UTF-8, UTF-16 or Latin-1. Ids stay text (`007`).
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kalemia.cohorts.cells import is_empty, number_of
from kalemia.errors import CohortError

ID_COLUMNS = ("recording", "patient")
_PARQUET, _ZIP = b"PAR1", b"PK\x03\x04"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DELIMITERS = (",", ";", "\t")
_SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=(.)\"?(?:\r\n|\r|\n)", re.IGNORECASE)
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")  # more digits, or zeros before them, are an id's
_LEADING_ZERO = re.compile(r"[+-]?0[0-9]")


@dataclass(frozen=True)
class SourceTable:
    """A table.

    Attributes:
        name: of the file, for messages.
        rows: the number of each row, as a spreadsheet counts them: the titles are row 1.
        known: cells of the columns that were asked for; empty ones where a column is not there.
        further: the other columns.
    """

    name: str
    rows: Sequence[int]
    known: dict[str, list[Any]]
    further: pa.Table

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[Any]:
        """Cells of a known column."""
        return self.known[name]

    def only(self, places: Sequence[int]) -> "SourceTable":
        """The same with some of its rows."""
        known = {name: [cells[place] for place in places] for name, cells in self.known.items()}
        further = {title: self.further.column(title).take(places) for title in self.further.column_names}
        return SourceTable(self.name, [self.rows[place] for place in places], known, pa.table(further))

    def said(self) -> list[str]:
        """All that each row says, to tell whether two say the same."""
        columns = [*self.known.values(), *(column.to_pylist() for column in self.further.columns)]
        return [repr(cells) for cells in zip(*columns, strict=True)]


def read_source_table(path: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> SourceTable:
    """Read a table.

    Args:
        path: a CSV or Parquet file; its content decides which.
        needed: titles of columns that must be there, whatever their case.
        optional: titles of columns that may be.

    Raises:
        CohortError: the file is not there or no such table, a column is missing or there twice, or no row is in it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4)
        table = _from_parquet(path) if head == _PARQUET else _from_csv(path)
    except FileNotFoundError:
        raise CohortError(f"{path}: no such file. Check the name and the folder") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise CohortError(f"{path.name}: cannot be read ({error}). Give a CSV or Parquet file") from error
    rows, columns = table
    titles = _known_titles(path.name, list(columns), needed, optional)
    if not rows:
        raise CohortError(f"{path.name}: no rows under the titles. It needs a row for each ECG or value")
    known = {name: _cells(path.name, name, columns[title]) for name, title in titles.items()}
    known |= {name: [None] * len(rows) for name in optional if name not in titles}
    further = {title: column for title, column in columns.items() if title not in titles.values()}
    typed = {title: _typed(column) if isinstance(column, list) else column for title, column in further.items()}
    return SourceTable(path.name, rows, known, pa.table(typed))


def _known_titles(name: str, titles: list[str], needed: Sequence[str], optional: Sequence[str]) -> dict[str, str]:
    """The title in the file of each column that is known."""
    found: dict[str, str] = {}
    for title in titles:
        plain = title.strip().lower()
        if plain not in (*needed, *optional):
            continue
        if plain in found:
            raise CohortError(f"{name}: two columns {plain}. Leave one of them")
        found[plain] = title
    missing = [column for column in needed if column not in found]
    if missing:
        raise CohortError(
            f"{name}: no column {', '.join(missing)}. The columns are: {', '.join(titles)}. Rename those that are meant"
        )
    return found


def _from_parquet(path: Path) -> tuple[Sequence[int], dict[str, Any]]:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise CohortError(f"{path.name}: not a readable Parquet file ({error}). Export it again") from error
    if len(set(table.column_names)) < len(table.column_names):
        raise CohortError(f"{path.name}: two columns have one name. Rename one of them")
    columns = dict(zip(table.column_names, table.columns, strict=True))
    return range(2, table.num_rows + 2), columns


def _cells(name: str, title: str, column: Any) -> list[Any]:  # noqa: ANN401 pyarrow has no types
    if isinstance(column, list):
        return column
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if title in ID_COLUMNS and not (pa.types.is_integer(kind) or _is_text(kind)):
        raise CohortError(f"{name}: {title} is {kind}, not text, in which an id stays as it is. Store ids as text")
    if pa.types.is_timestamp(kind):  # nanoseconds do not fit Python's times, and names of zones need a database
        column = column.cast(pa.timestamp("us", "UTC" if kind.tz else None), safe=False)
    cells: list[Any] = column.to_pylist()
    return cells


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind))


def _from_csv(path: Path) -> tuple[Sequence[int], dict[str, Any]]:
    text = _text_of(path)
    separator = _SEPARATOR_LINE.match(text)
    first_row = 2 if separator else 1
    body = text[separator.end() :] if separator else text
    delimiter = separator[1] if separator else _delimiter_of(body)
    numbered = _lines(path.name, body, delimiter, first_row)
    if not numbered:
        raise CohortError(f"{path.name}: empty. It needs a row of titles and a row for each ECG or value")
    titles = _titles(path.name, numbered[0][1])
    cells = [_of_width(path.name, number, row, titles, delimiter) for number, row in numbered[1:]]
    columns = {title: [row[place] for row in cells] for place, title in enumerate(titles)}
    return [number for number, _ in numbered[1:]], columns


def _text_of(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(_ZIP):
        raise CohortError(f"{path.name}: a workbook or another archive, not a table as text. Save it as CSV")
    if data[:2] in _UTF_16:
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    if "\0" in text:
        raise CohortError(f"{path.name}: neither text nor Parquet. Give a CSV or Parquet file")
    return text


def _delimiter_of(text: str) -> str:
    """The sign that cuts the first line into most titles."""
    first_line = next((line for line in io.StringIO(text, newline="") if line.strip()), "")
    return max(_DELIMITERS, key=lambda sign: len(next(csv.reader([first_line], delimiter=sign))) if first_line else 0)


def _lines(name: str, text: str, delimiter: str, first_row: int) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with its number."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for number, row in enumerate(reader, first_row):
            cells = [cell.strip() for cell in row]
            if any(cells):
                rows.append((number, cells))
    except csv.Error as error:
        raise CohortError(
            f"{name}: line {reader.line_num + first_row - 1}: broken quotes ({error}). Export it again as CSV"
        ) from None
    return rows


def _titles(name: str, row: list[str]) -> list[str]:
    while len(row) > 1 and not row[-1]:  # a separator at the end of each line
        row.pop()
    titles = [title or f"column_{place}" for place, title in enumerate(row, 1)]
    twice = next((title for title in titles if titles.count(title) > 1), None)
    if twice is not None:
        raise CohortError(f"{name}: two columns {twice}. Rename or remove one of them")
    return titles


def _of_width(name: str, number: int, row: list[str], titles: list[str], delimiter: str) -> list[str]:
    if len(row) < len(titles) or any(row[len(titles) :]):
        hint = "Quote cells that hold a comma, such as decimal commas" if delimiter == "," else "Make them alike"
        raise CohortError(f"{name}: row {number} has {len(row)} cells, the titles are {len(titles)}. {hint}")
    return row[: len(titles)]


def _typed(cells: list[str]) -> pa.Array:
    """Text as whole numbers or numbers where every cell is one; what looks like an id stays text."""
    filled = [cell for cell in cells if not is_empty(cell)]
    if filled and all(_INTEGER.fullmatch(cell) for cell in filled):
        return pa.array([None if is_empty(cell) else int(cell) for cell in cells], pa.int64())
    if filled and all(map(_is_plain_number, filled)):
        return pa.array([None if is_empty(cell) else number_of(cell) for cell in cells], pa.float64())
    return pa.array([cell or None for cell in cells], pa.string())


def _is_plain_number(cell: str) -> bool:
    whole = _INTEGER.fullmatch(cell) or not cell.lstrip("+-").isdigit()
    return bool(whole) and number_of(cell) is not None and not _LEADING_ZERO.match(cell)
