import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kalemia.artefacts import find_artefacts
from kalemia.simulation import simulate_recording


@pytest.fixture(scope="module")
def lead():
    return simulate_recording(4.5, seed=3).recording.signal[0].astype(float)


def test_a_recording_has_neither(lead):
    found = find_artefacts(lead, 500)
    assert found.flat_s.shape == found.clipped_s.shape == (0, 2)


@pytest.mark.parametrize("level", [0.0, 1.5])
@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
def test_a_lead_that_was_off(lead, level, scale):
    off = lead.copy()
    off[1500:3200] = level
    found = find_artefacts(scale * off, 500)
    np.testing.assert_allclose(found.flat_s, [[3.0, 6.4]])


def test_a_short_pause_is_no_lead_that_was_off(lead):
    still = lead.copy()
    still[1500:1900] = still[1500]
    assert len(find_artefacts(still, 500).flat_s) == 0


@pytest.mark.parametrize("share", [0.5, 0.8])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("fs", [500, 1000])
def test_peaks_that_were_cut_off(lead, share, sign, fs):
    ecg = simulate_recording(4.5, seed=3)
    finer = np.interp(np.arange(0, 5000, 500 / fs), np.arange(5000), lead)
    height = np.median(lead[ecg.r_peaks])
    found = find_artefacts(sign * np.minimum(finer, share * height), fs)
    cut = [np.any((found.clipped_s[:, 0] <= r + 0.01) & (found.clipped_s[:, 1] >= r - 0.01)) for r in ecg.r_peaks / 500]
    assert np.mean(cut) >= 0.7
    assert len(found.clipped_s) <= len(cut)


def test_one_plateau_is_chance(lead):
    once = lead.copy()
    once[2000:2006] = lead.max() + 0.5
    assert len(find_artefacts(once, 500).clipped_s) == 0


def test_gaps_are_neither(lead):
    gap = lead.copy()
    gap[1000:3000] = np.nan
    found = find_artefacts(gap, 500)
    assert len(found.flat_s) == len(found.clipped_s) == 0


@given(
    arrays(float, st.integers(0, 300), elements=st.floats(-5, 5) | st.just(float("nan"))), st.sampled_from([100, 500])
)
def test_whatever_comes_spans_lie_within_it(signal, fs):
    found = find_artefacts(signal, fs)
    for spans in (found.flat_s, found.clipped_s):
        assert (spans >= 0).all()
        assert (spans <= len(signal) / fs).all()
        assert (spans[:, 0] < spans[:, 1]).all()
