import pytest

from kalemia.figures.numbers import shown, with_interval

NAN = float("nan")


@pytest.mark.parametrize(
    ("value", "digits", "text"), [(-0.254, 2, "−0.25"), (1.0, 1, "1.0"), (NAN, 2, "–"), (float("inf"), 2, "–")]
)
def test_a_number_has_a_true_minus_and_nothing_is_a_dash(value, digits, text):
    assert shown(value, digits) == text


@pytest.mark.parametrize(
    ("measured", "text"),
    [((0.93, 0.9, 0.96), "0.93 (0.90 to 0.96)"), ((0.93, NAN, 0.96), "0.93"), ((NAN, NAN, NAN), "–")],
)
def test_an_interval_stands_in_brackets_where_there_is_one(measured, text):
    assert with_interval(*measured) == text
