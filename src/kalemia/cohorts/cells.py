"""What stands in the cells of a hospital's tables: numbers, times and ids, as text from a CSV or typed from Parquet."""

import math
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from kalemia.formats.table_layout import NULLS

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")  # or three decimals: nobody can tell
_DATE_AND_HOUR = re.compile(r"[0-9]{4}-?(?:[0-9]{2}-?[0-9]{2}|W[0-9]{2}-?[0-9]|[0-9]{3})[T ][0-9]{2}")


def is_empty(cell: Any) -> bool:  # noqa: ANN401 a cell may hold anything
    """Whether there is nothing in a cell; NaN and what stands for it (`NA`, `null`, `-`) are nothing."""
    return cell is None or cell != cell or (isinstance(cell, str) and cell.strip() in NULLS)


def text_of(cell: Any) -> str:  # noqa: ANN401
    """An id or a path; empty if there is none."""
    return "" if is_empty(cell) else str(cell).strip()


def number_of(cell: Any) -> float | None:  # noqa: ANN401
    """A finite number, also one with a decimal comma; `None` for all else, such as `<3.0` or `1,234`."""
    if isinstance(cell, str):
        text = cell.strip()
        if _THOUSANDS.fullmatch(text) or not _NUMBER.fullmatch(text):
            return None
        value = float(text.replace(",", "."))
    elif isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        value = float(cell)
    else:
        return None
    return value if math.isfinite(value) else None


def time_of(cell: Any) -> datetime | None:  # noqa: ANN401
    """Date and time, in UTC where the zone is known; `None` for an empty cell.

    Raises:
        ValueError: no ISO 8601, or a date without the time of day.
    """
    if is_empty(cell):
        return None
    if isinstance(cell, str):
        if not _DATE_AND_HOUR.match(cell.strip()):
            raise ValueError(cell)
        cell = datetime.fromisoformat(cell.strip())
    if not isinstance(cell, datetime):
        raise ValueError(str(cell))
    try:
        return cell if cell.tzinfo is None else cell.astimezone(UTC)
    except OverflowError as error:  # in the year 1 or 9999
        raise ValueError(str(cell)) from error
