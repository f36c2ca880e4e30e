"""The causal check, of a model that reads one thing that is known."""

import csv

import numpy as np
import pytest
from rich.console import Console

from kalemia.answers import Estimate
from kalemia.experiments.causal_response import COMPARED, GAINS, LEVELS, POTASSIUM, as_csv, as_table, respond, write
from kalemia.figures.causal_response import CausalResponse
from kalemia.progress import Progress
from kalemia.simulation.causal import PARTS

PATIENTS = 2


class HeightReader:
    """Takes the height of the recording for its potassium, and abstains from a low one."""

    def estimate_recording(self, recording):
        height = float(np.ptp(recording.signal))
        return Estimate(height if height > 0.1 else None, None, "height", 9)


@pytest.fixture(scope="module")
def responses():
    return respond(HeightReader(), PATIENTS, seed=0, progress=Progress(shown=False))


def test_every_part_and_gain_are_asked_of_the_same_patients(responses):
    assert [response.changed.split(" alone")[0].lower() for response in responses] == [
        *(part.lower() for part in PARTS),
        "gain",
    ]
    for response in responses[:-1]:
        assert response.estimates.shape == (PATIENTS, len(LEVELS))
    assert responses[-1].estimates.shape == (PATIENTS, len(GAINS))


def test_a_model_that_reads_height_follows_gain_and_no_p_wave(responses):
    by_name = {response.changed: response.estimates for response in responses}
    np.testing.assert_allclose(
        by_name["Gain alone"] / by_name["Gain alone"][:, :1], np.tile(np.array(GAINS) / 0.7, (2, 1)), rtol=1e-5
    )
    assert np.ptp(by_name["P wave alone"]) < np.ptp(by_name["Gain alone"])


def test_what_is_compared_was_given(responses):
    for response in responses:
        assert set(COMPARED[response.quantity]) <= set(response.given)


def test_the_table_counts_from_4_to_7():
    estimates = np.tile(np.array(LEVELS) / 2, (3, 1))
    console = Console(record=True, width=100)
    console.print(as_table([CausalResponse("T wave alone", POTASSIUM, LEVELS, LEVELS, estimates)]))
    assert "+1.50" in console.export_text()


def test_figure_and_data_are_written(responses, tmp_path):
    write(responses, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"causal_response.{kind}" for kind in ("png", "svg", "csv")}
    rows = list(csv.DictReader(as_csv(responses).splitlines()))
    assert len(rows) == sum(response.estimates.size for response in responses)
    assert float(rows[0]["estimate"]) == pytest.approx(responses[0].estimates[0, 0], abs=1e-3)


def test_an_abstention_is_an_empty_field():
    estimates = np.full((1, len(LEVELS)), np.nan)
    assert as_csv([CausalResponse("a", POTASSIUM, LEVELS, LEVELS, estimates)]).splitlines()[1] == "a,3,0,"
