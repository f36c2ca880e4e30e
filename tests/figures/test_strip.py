from dataclasses import replace

import numpy as np
import pytest

from kalemia.delineation.beat import Beat, Wave
from kalemia.figures.strip import annotated_strip, filter_steps
from kalemia.figures.style import save
from kalemia.recording import Recording


@pytest.fixture
def ecg(make_ecg) -> Recording:
    return make_ecg()[0]


def beats_of(recording, rate=75):
    peaks = np.arange(0.5, recording.duration_s - 0.05, 60 / rate) * recording.fs
    return [
        Beat(Wave(r - 20, r, r + 20), Wave(r - 95, r - 80, r - 55), Wave(r + 90, r + 140, None))
        for r in peaks.round().astype(int)
    ]


def test_a_panel_for_each_step(ecg):
    offset = replace(ecg, signal=ecg.signal + 3)
    figure = filter_steps([("as read", offset), ("baseline wander removed", ecg)])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["1. as read", "2. baseline wander removed"]
    assert figure.axes[-1].get_xlabel() == "Time (s)"
    assert figure.get_supylabel() == "Lead II (mV)"


def test_panels_share_one_scale_and_show_the_signal(ecg):
    offset = replace(ecg, signal=ecg.signal + 3)
    figure = filter_steps([("a", offset), ("b", ecg)])
    heights = []
    for axes, recording in zip(figure.axes, (offset, ecg), strict=True):
        low, high = axes.get_ylim()
        heights.append(high - low)
        assert low <= recording.signal.min()
        assert recording.signal.max() <= high
    assert heights[0] == pytest.approx(heights[1])


def test_squares_of_the_paper_are_square(ecg):
    figure = annotated_strip(ecg, [])
    figure.draw_without_rendering()
    axes = figure.axes[0]
    (x0, y0), (x1, y1) = axes.transData.transform([(0, 0), (0.2, 0.5)])
    assert (y1 - y0) / (x1 - x0) == pytest.approx(1, abs=0.01)


def test_waves_are_lettered_and_shaded(ecg):
    beats = beats_of(ecg)
    axes = annotated_strip(ecg, beats).axes[0]
    letters = [text.get_text() for text in axes.texts]
    assert {letter: letters.count(letter) for letter in ("P", "QRS", "T")} == dict.fromkeys(
        ("P", "QRS", "T"), len(beats)
    )
    assert len(axes.patches) == 2 * len(beats)  # T has no offset
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Time (s)", "Lead II (mV)")


def test_r_peaks_alone_are_enough(ecg):
    axes = annotated_strip(ecg, [Beat(Wave(None, 250, None)), Beat(Wave(None, None, None))]).axes[0]
    assert [text.get_text() for text in axes.texts] == ["QRS"]


def test_ten_seconds_of_a_longer_recording(make_ecg):
    recording = make_ecg(duration_s=60)[0]
    axes = annotated_strip(recording, beats_of(recording)).axes[0]
    assert axes.get_xlim() == (0, 10)
    assert len(axes.lines[0].get_xdata()) == 5000
    assert all(text.xy[0] < 10 for text in axes.texts)


@pytest.mark.parametrize("artefact", [np.nan, 0.0, 40.0])
def test_gaps_flat_lines_and_spikes(ecg, artefact, tmp_path):
    signal = ecg.signal.copy()
    signal[:, 1000:1010] = artefact
    save(annotated_strip(replace(ecg, signal=signal), beats_of(ecg)), tmp_path / "a.png")
    low, high = annotated_strip(replace(ecg, signal=signal), []).axes[0].get_ylim()
    assert low < 0 < high
    assert high - low < 6
    save(filter_steps([("gap", replace(ecg, signal=np.full_like(signal, np.nan)))]), tmp_path / "b.png")


def test_a_short_recording_is_not_taller_than_wide(make_ecg):
    figure = annotated_strip(make_ecg(duration_s=0.6)[0], [])
    width, height = figure.get_size_inches()
    assert height < width
