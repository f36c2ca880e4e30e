import pytest

from kalemia.figures.subgroups import Subgroup, subgroups

NAN = float("nan")
GROUPS = [
    Subgroup("age (years)", "under 65", 853, 0.88, 0.84, 0.92, 1.12),
    Subgroup("age (years)", "65 and older", 714, 0.94, 0.89, 0.99, 1.08),
    Subgroup("rhythm", "sinus", 1402, 0.9, 0.87, 0.93, 1.1),
    Subgroup("rhythm", "paced", 0, NAN, NAN, NAN, NAN),
]


def of_marker(axes, marker):
    lines = (line for line in axes.lines if line.get_marker() == marker)
    return [(line.get_xdata()[0], line.get_ydata()[0]) for line in lines]


def test_subgroups_stand_under_their_variables(check):
    axes = check(subgroups(GROUPS)).axes[0]
    labels = axes.get_yticklabels()
    assert [label.get_text().strip() for label in labels] == [
        "age (years)",
        "under 65",
        "65 and older",
        "rhythm",
        "sinus",
        "paced",
    ]
    assert [label.get_fontweight() == "bold" for label in labels] == [True, False, False, True, False, False]
    assert of_marker(axes, "s") == [(0.88, 1), (0.94, 2), (0.9, 4)]
    assert of_marker(axes, "o")[:3] == [(1.12, 1), (1.08, 2), (1.1, 4)]
    assert axes.get_xlabel() == "Mean absolute error (mEq/L)"
    low, high = axes.get_xlim()
    assert low < 0.84
    assert high > 1.12


def test_n_and_values_are_written(check):
    table = check(subgroups(GROUPS)).axes[1]
    row = {row: [text.get_text() for text in table.texts if text.get_position()[1] == row] for row in (-1, 1, 5)}
    assert row[-1] == ["n", "MAE (95 % interval)", "constant"]
    assert row[1] == ["853", "0.88 (0.84 to 0.92)", "1.12"]
    assert row[5] == ["0", "no recordings", "–"]


@pytest.mark.parametrize("count", [0, 1, 4])
def test_few_and_many(count, check):
    check(subgroups(GROUPS[:count]))
    check(subgroups(GROUPS[:count] * 6))
