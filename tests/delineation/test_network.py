"""The network as it is shipped: simulated truth, invariances, any length, any cut."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import signal as dsp

from kalemia.delineation import search
from kalemia.delineation.network import MARGIN, WINDOW, load, normalised, wave_network, windows
from kalemia.delineation.search import find_waves
from kalemia.errors import ModelInvalid, SamplingRateTooLow
from kalemia.simulation import simulate_recording

FS = 500
KINDS = ("p", "qrs", "t")
MOVED = 2
"""Samples: 4 ms."""


@pytest.fixture(scope="module")
def lead():
    return simulate_recording(4.2, seed=3).recording.lead("II")


@pytest.fixture(scope="module")
def long_lead():
    """80 s: three windows."""
    return simulate_recording(4.2, seed=3, duration_s=80).recording.lead("II")


def points(beats):
    return {
        kind: np.array([(w.onset, w.peak, w.offset) for b in beats if (w := getattr(b, kind))], float).reshape(-1, 3)
        for kind in KINDS
    }


def assert_near(one, other, share=0.95):
    """Every wave of one is in the other, and most points within 4 ms."""
    for kind in KINDS:
        assert len(one[kind]) == len(other[kind])
        moved = np.abs(one[kind] - other[kind])
        if np.isfinite(moved).any():
            assert np.mean(moved[np.isfinite(moved)] <= MOVED) >= share


@pytest.mark.parametrize("change", [lambda x: 10 * x, lambda x: 0.1 * x, lambda x: x + 5, lambda x: -x])
def test_gain_offset_and_polarity_move_nothing(lead, change):
    assert_near(points(find_waves(change(lead))), points(find_waves(lead)), share=1.0)


@pytest.mark.parametrize("fs", [250, 1000, 360])
def test_other_sampling_rates_find_the_same(lead, fs):
    resampled = dsp.resample_poly(lead, fs, FS, padtype="line")
    found = points(find_waves(resampled, fs))
    expected = points(find_waves(lead))
    assert_near({kind: found[kind] * FS / fs for kind in KINDS}, expected, share=0.9)


@pytest.mark.parametrize("cut", [1, 777, 12_345])
def test_cutting_elsewhere_moves_no_mark(long_lead, cut):
    """Beyond what the network sees, nothing of the cut is left."""
    whole, rest = points(find_waves(long_lead)), points(find_waves(long_lead[cut:]))
    kept = {kind: whole[kind][whole[kind][:, 1] >= cut + MARGIN] for kind in KINDS}
    shifted = {kind: rest[kind][rest[kind][:, 1] >= MARGIN] + cut for kind in KINDS}
    assert_near(shifted, kept)


def test_blocks_of_a_long_recording_have_no_seams(long_lead, monkeypatch):
    whole = points(find_waves(long_lead))
    monkeypatch.setattr(search, "BLOCK_S", 11.0)
    monkeypatch.setattr(search, "MARGIN_S", 6.0)
    assert_near(points(find_waves(long_lead)), whole)


def test_windows_answer_for_each_sample_once_and_never_near_a_cut():
    for samples in (1, WINDOW, WINDOW + 1, 3 * WINDOW + 17):
        parts = list(windows(samples))
        assert parts[0][1] == 0
        assert parts[-1][2] == samples
        for (_, _, stop, last), (first, start, _, _) in pairwise(parts):
            assert start == stop
            assert start - first >= MARGIN
            assert last - stop >= MARGIN
        assert all(last - first <= WINDOW for first, _, _, last in parts)


def test_gaps_split_the_search(lead):
    gap = lead.copy()
    gap[2000:2200] = np.nan
    found = points(find_waves(gap))
    for kind in KINDS:
        inside = (found[kind] >= 2000) & (found[kind] < 2200)
        assert not inside.any()
    assert len(found["qrs"]) >= len(points(find_waves(lead))["qrs"]) - 2


def test_nothing_is_found_where_nothing_is():
    assert find_waves(np.zeros(5000)) == ()
    assert find_waves(np.full(5000, np.nan)) == ()
    assert find_waves(np.array([])) == ()
    with pytest.raises(SamplingRateTooLow):
        find_waves(np.zeros(500), fs=50)


def test_normalised_knows_neither_gain_nor_offset_nor_polarity(lead):
    seen = normalised(lead)
    for changed in (3 * lead, lead - 2, -lead):
        np.testing.assert_allclose(normalised(changed), seen, atol=1e-5)
    assert not normalised(np.ones(700)).any()


def test_a_damaged_network_is_named(tmp_path):
    with pytest.raises(ModelInvalid, match="missing or damaged"):
        load(tmp_path)
    assert wave_network() is wave_network()


def test_a_wave_that_the_signal_cuts_off_has_no_boundary_there(lead):
    last = find_waves(lead[:1060])[-1]
    assert last.t is None or last.t.offset is None or last.t.offset < 1040
    ends = [w.offset for b in find_waves(lead[:1060]) for w in (b.p, b.qrs, b.t) if w and w.offset is not None]
    assert max(ends) < 1059
    assert all(b.qrs.onset is None or b.qrs.onset > 0 for b in find_waves(lead[310:]))


@pytest.mark.parametrize("quiet", ["noise", "zeros"])
def test_a_long_pause_neither_invents_beats_nor_loses_them(quiet):
    ecg = simulate_recording(4.5, seed=3)
    signal = np.tile(ecg.recording.lead("II").astype(float), 3)
    there = len(find_waves(signal[:7000]))
    signal[7000:] = (
        0 if quiet == "zeros" else signal[7000] + np.random.default_rng(0).normal(0, 0.01, len(signal) - 7000)
    )
    assert abs(len(find_waves(signal)) - there) <= 1
