from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.cohorts.cells import is_empty, number_of, text_of, time_of


@given(st.floats(-1e6, 1e6))
def test_a_number_is_read_with_either_decimal_sign(value):
    text = repr(value)
    assert number_of(text) == value
    if not text.removeprefix("-").split(".")[0].lstrip("0") or len(text.split(".")[-1]) != 3:
        assert number_of(f" {text.replace('.', ',')} ") == value


@pytest.mark.parametrize(
    ("cell", "number"), [("4,2", 4.2), ("+4.2", 4.2), (".5", 0.5), (5, 5.0), (Decimal("4.2"), 4.2)]
)
def test_numbers(cell, number):
    assert number_of(cell) == number


@pytest.mark.parametrize(
    "cell",
    ["<3.0", "haemolysed", "4.2 mmol/L", "4_2", "1,234", "inf", "nan", "", "4.2.1", "٤", float("inf"), True, None],
)
def test_what_is_no_number(cell):
    assert number_of(cell) is None


@given(st.text())
def test_no_text_breaks_it(text):
    number_of(text)
    text_of(text)
    assert is_empty(text) == (text_of(text) == "")


def test_nothing_is_in_these():
    assert all(map(is_empty, (None, float("nan"), "", "  ", "NA", "null", "-")))
    assert not any(map(is_empty, ("0", 0, 0.0, "007", False)))


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.none() | st.just(UTC)))
def test_a_time_survives_its_text(time):
    assert time_of(time.isoformat()) == time
    assert time_of(time.isoformat(" ")) == time


def test_zones_are_brought_to_one():
    assert time_of("2024-05-31T14:05:00+02:00") == time_of("2024-05-31T12:05Z") == time_of("20240531T120500Z")
    assert time_of("2024-05-31 14:05").tzinfo is None
    assert time_of(" ") is None


@pytest.mark.parametrize(
    "cell",
    [
        "2024-05-31",
        "31.05.2024 14:05",
        "14:05",
        "2024-13-01T10:00",
        "yesterday",
        5,
        date(2024, 5, 31),
        "0001-01-01T00:00+05:00",
    ],
)
def test_what_is_no_time_of_a_day(cell):
    with pytest.raises(ValueError):
        time_of(cell)
