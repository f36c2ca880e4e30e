"""What the network is taught, and that its training goes on after an interruption, on a made-up record."""

import json

import numpy as np
import pytest

from kalemia.delineation.beat import Beat, Wave
from kalemia.delineation.network import NONE, QRS, P, T, load
from kalemia.delineation.search import find_waves
from kalemia.errors import CorruptFile, FileMissing
from kalemia.experiments.delineation.labels import UNKNOWN, labels
from kalemia.experiments.delineation.ludb import LEADS, MarkedWave, marked_waves, read_ludb, read_marks
from kalemia.experiments.delineation.measure import measure, nearest_pairs
from kalemia.experiments.delineation.simulated import DOUBT, simulated_leads, truth_labels
from kalemia.simulation import simulate_recording

P_MARK, QRS_MARK, T_MARK, ON, OFF = 24, 1, 27, 39, 40
MARKS = (
    *((1000, ON), (1010, QRS_MARK), (1030, OFF), (1100, ON), (1150, T_MARK), (1200, OFF)),
    *((2300, ON), (2320, P_MARK), (2350, OFF), (2400, ON), (2410, QRS_MARK), (2430, OFF)),
)


def annotation_file(marks):
    """A file of MIT format: interval and code of each mark, long intervals by SKIP, a comment in between."""
    words, last = [63 << 10 | 3, 0x4141, 0x41], 0
    for sample, code in marks:
        interval = sample - last
        if interval >= 1024:
            words += [59 << 10, interval >> 16, interval & 0xFFFF]
            interval = 0
        words.append(code << 10 | interval)
        last = sample
    return np.array([*words, 0], "<u2").tobytes()


@pytest.fixture
def ludb(tmp_path):
    """Three records of simulated patients, the same signal in all leads, marked in their whole extent."""
    folder = tmp_path / "ludb"
    folder.mkdir()
    for number in range(3):
        ecg = simulate_recording(4.0, seed=number)
        digits = np.round(1000 * ecg.recording.lead("II")).astype("<i2")
        (folder / f"{number}.dat").write_bytes(np.repeat(digits, 12).tobytes())
        lines = [f"{number} 12 500 5000", *(f"{number}.dat 16 1000(0)/mV 0 0 0 0 0 {name.lower()}" for name in LEADS)]
        (folder / f"{number}.hea").write_text("\n".join(lines) + "\n")
        marks = sorted(
            mark
            for beat in ecg.beats
            for code, wave in ((P_MARK, beat.p), (QRS_MARK, beat.qrs), (T_MARK, beat.t))
            if wave and None not in (wave.onset, wave.peak, wave.offset)
            for mark in ((wave.onset, ON), (wave.peak, code), (wave.offset, OFF))
        )
        for name in LEADS:
            (folder / f"{number}.{name.lower()}").write_bytes(annotation_file(marks))
    (folder / "RECORDS").write_text("0\n1\n2\n")
    return folder


def test_marks_are_read(tmp_path):
    (tmp_path / "1.ii").write_bytes(annotation_file(MARKS))
    assert read_marks(tmp_path / "1.ii") == MARKS
    (tmp_path / "1.ii").write_bytes(annotation_file(MARKS)[:-2])
    with pytest.raises(CorruptFile):
        read_marks(tmp_path / "1.ii")
    with pytest.raises(FileMissing):
        read_marks(tmp_path / "2.ii")


def test_waves_are_a_mark_between_two_boundaries():
    assert marked_waves(MARKS)[0] == MarkedWave(QRS, 1000, 1010, 1030)
    assert marked_waves(MARKS[1:])[0] == MarkedWave(QRS, None, 1010, 1030)
    assert [wave.kind for wave in marked_waves(MARKS)] == [QRS, T, P, QRS]


def test_labels_are_unknown_beyond_the_outermost_marks():
    taught = labels(MARKS, 5000)
    assert set(taught[:1000]) == set(taught[2431:]) == {UNKNOWN}
    assert set(taught[1000:1031]) == {QRS}
    assert set(taught[1031:1100]) == {NONE}
    assert set(taught[1100:1201]) == {T}
    assert set(taught[2300:2351]) == {P}
    assert set(labels((), 10)) == {UNKNOWN}


def test_labels_are_unknown_where_a_boundary_is_missing():
    taught = labels(tuple(mark for mark in MARKS if mark != (1030, OFF)), 5000)
    assert set(taught[1000:1011]) == {QRS}
    assert set(taught[1011:1100]) == {UNKNOWN}
    assert taught[1100] == T


def test_simulated_truth_is_taught_but_for_its_boundaries():
    ecg = simulate_recording(4.2, seed=5)
    taught = truth_labels(ecg)
    beat = ecg.beats[2]
    for kind, wave in ((QRS, beat.qrs), (T, beat.t), (P, beat.p)):
        assert taught[wave.peak] == kind
        assert taught[wave.onset] == taught[wave.offset] == UNKNOWN
        assert taught[wave.onset - DOUBT - 1] != kind
    (first, _), (again, _) = simulated_leads(1, 1)[0], simulated_leads(1, 1)[0]
    np.testing.assert_array_equal(first, again)


def test_measures_of_known_errors():
    beats = (
        Beat(qrs=Wave(1002, 1010, 1030), t=Wave(1100, 1155, 1210)),
        Beat(qrs=Wave(2398, 2410, 2430), p=Wave(1500, 1510, 1520)),
        Beat(qrs=Wave(4000, 4010, 4020)),
    )
    found = [(MARKS, beats)]
    complexes, p_waves, t_waves = (measure(found, kind) for kind in (QRS, P, T))
    assert complexes.f1 == 1  # what lies behind the last mark does not count
    assert complexes.mean_ms == (0, 0, 0)
    assert complexes.sd_ms == (4, 0, 0)
    assert t_waves.mean_ms == (0, 10, 20)
    assert (p_waves.sensitivity, p_waves.predictive_value, p_waves.f1) == (0, 0, 0)


def test_the_nearest_belong_together():
    pairs = nearest_pairs(np.array([100.0, 130, 900]), np.array([128.0, 160, 500]))
    assert pairs.tolist() == [[1, 0], [0, 1]]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_whole_experiment_and_its_resumption(ludb, tmp_path, monkeypatch):
    from kalemia.experiments.delineation import training
    from kalemia.experiments.delineation.__main__ import make_wave_network

    monkeypatch.setattr(training, "BATCH", 4)
    run = {"ludb": ludb, "nstdb": None, "folds": 2, "epochs": 1, "seed": 0}
    folder = make_wave_network(tmp_path / "out", **run)
    card, weights = (folder / "README.md").read_text(), (folder / "model.onnx").read_bytes()
    estimates = json.loads((tmp_path / "out" / "ESTIMATES.json").read_text())
    assert set(estimates) == {"0", "1", "2"}
    assert "Kalyakulina" in card
    assert isinstance(find_waves(read_ludb(ludb)[1].signal_mv, network=load(folder)), tuple)

    (tmp_path / "out" / "all.pt").unlink()  # as if it had been interrupted before the last training
    assert make_wave_network(tmp_path / "out", **run) == folder
    assert (folder / "model.onnx").read_bytes() == weights
