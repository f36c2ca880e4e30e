import numpy as np
import pytest

from kalemia.figures.causal_response import CausalResponse, causal_response
from kalemia.figures.style import save

LEVELS = (3.0, 5.0, 8.0)


@pytest.fixture
def responses():
    rng = np.random.default_rng(0)
    estimates = 5 + rng.normal(0, 0.5, (20, len(LEVELS)))
    return [CausalResponse(name, "Potassium given (mEq/L)", LEVELS, LEVELS, estimates) for name in "abcd"]


def test_each_change_has_a_panel_with_median_and_truth(responses, tmp_path):
    figure = causal_response(responses)
    shown = [panel for panel in figure.axes if panel.get_visible()]
    assert [panel.get_title(loc="left") for panel in shown] == ["a", "b", "c", "d"]
    for panel, response in zip(shown, responses, strict=True):
        truth, median = panel.lines
        assert tuple(truth.get_ydata()) == LEVELS
        np.testing.assert_allclose(median.get_ydata(), np.median(response.estimates, axis=0))
        assert panel.get_xlabel() == "Potassium given (mEq/L)"
    save(figure, tmp_path / "figure.png")


def test_patients_without_an_estimate_are_left_out(responses, tmp_path):
    estimates = responses[0].estimates.copy()
    estimates[3:, 1] = np.nan
    estimates[:, 2] = np.nan
    response = CausalResponse("a", "x", LEVELS, LEVELS, estimates)
    assert response.median[1] == pytest.approx(np.median(estimates[:3, 1]))
    assert np.isnan(response.median[2])
    save(causal_response([response]), tmp_path / "figure.png")
