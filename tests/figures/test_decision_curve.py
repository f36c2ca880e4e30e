import numpy as np
import pytest

from kalemia.figures.curve import Curve
from kalemia.figures.decision_curve import decision_curve

THRESHOLD = np.linspace(0.01, 0.95, 60)
PREVALENCE = 57.0
NONE = np.full(60, np.nan)
TREAT_ALL = Curve("", THRESHOLD, PREVALENCE - (100 - PREVALENCE) * THRESHOLD / (1 - THRESHOLD), NONE, NONE)


def model(name, note=""):
    benefit = PREVALENCE * (1 - THRESHOLD)
    return Curve(name, THRESHOLD, benefit, benefit - 3, benefit + 3, note)


@pytest.mark.parametrize("note", ["", "at 30 %: 41 (38 to 44)"])
def test_models_all_and_none(check, legend, note):
    figure = check(decision_curve([model("GRU", note), model("ridge", note)], TREAT_ALL, "n = 1,567"))
    axes = figure.axes[0]
    assert [name.split(":")[0] for name in legend(figure)] == ["GRU", "ridge", "treat all", "treat none"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Threshold probability (%)", "Net benefit (per 100 patients)")
    assert list(axes.lines[0].get_ydata()) == [0, 0]
    assert axes.get_title(loc="right") == "n = 1,567"


def test_the_fall_of_treating_all_does_not_flatten_the_models():
    low, high = decision_curve([model("GRU")], TREAT_ALL).axes[0].get_ylim()
    assert -15 < low < -3  # the band of the model ends at -0.2
    assert PREVALENCE + 3 < high < 75


def test_a_harmful_model_is_cut_off_as_far_below_as_the_best_is_above():
    harmful = Curve("guess", THRESHOLD, PREVALENCE - 2000 * THRESHOLD, NONE, NONE)
    low, high = decision_curve([harmful], TREAT_ALL).axes[0].get_ylim()
    assert -1.2 * high < low < -0.9 * high


def test_no_cases_and_no_models(check):
    nothing = Curve("", THRESHOLD, NONE, NONE, NONE)
    for models in ([], [nothing]):
        axes = check(decision_curve(models, nothing)).axes[0]
        assert [text.get_text() for text in axes.texts] == ["no probabilities"]
    check(decision_curve([], Curve("", NONE, NONE, NONE, NONE)))
    empty = np.zeros(0)
    check(decision_curve([], Curve("", empty, empty, empty, empty)))
