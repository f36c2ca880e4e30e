import numpy as np
import pytest

from kalemia.cohorts.joining import join_cohorts
from kalemia.errors import CohortError, OutputError
from kalemia.simulation import simulate_cohort


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    return [simulate_cohort(folder / str(seed), patients=6, seed=seed, progress=False) for seed in (1, 2)]


def test_all_recordings_are_there_as_they_were(parts, tmp_path):
    joined = join_cohorts(parts, tmp_path / "joined")
    assert len(joined) == sum(map(len, parts))
    assert joined.is_simulated
    wanted = {part.column("recording_id")[row]: one for part in parts for row, one in part.recordings()}
    for row, recording in joined.recordings():
        assert np.array_equal(recording.signal, wanted[joined.column("recording_id")[row]].signal)


def test_it_says_what_it_was_made_by(parts, tmp_path):
    made_by = join_cohorts(parts, tmp_path / "joined").description["made_by"]
    assert all(part.description["made_by"] in made_by for part in parts)


def test_the_same_ecg_twice_is_refused(parts, tmp_path):
    with pytest.raises(CohortError, match=r"recording ids stand in more than one of 2 cohorts, the first is sim1-"):
        join_cohorts([parts[0], parts[0]], tmp_path / "joined")
    assert not (tmp_path / "joined").exists()


def test_a_folder_with_something_in_it_is_left_alone(parts, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="already there"):
        join_cohorts(parts, tmp_path)
