from dataclasses import replace

import numpy as np

from kalemia.cycles import CYCLE_SAMPLES, R_INDEX, Cycle, Cycles
from kalemia.figures.aligned_cycles import MOST_LINES, aligned_cycles


def make(count: int) -> Cycles:
    signal = np.random.default_rng(0).normal(size=(count, 1, CYCLE_SAMPLES))
    return Cycles(tuple(Cycle(one, 0.8, 0.8 * number) for number, one in enumerate(signal)), (), "robust")


def test_every_cycle_and_their_mean():
    cycles = make(9)
    axes = aligned_cycles(cycles).axes[0]
    _, *single, mean = axes.lines
    assert len(single) == 9
    np.testing.assert_allclose(mean.get_ydata(), cycles.signal[:, 0].mean(axis=0))
    assert mean.get_xdata()[R_INDEX] == 0
    assert axes.get_legend().get_texts()[0].get_text() == "single cycles (n = 9)"


def test_a_day_is_thinned_out_but_its_mean_is_of_all():
    cycles = make(2 * MOST_LINES + 1)
    axes = aligned_cycles(cycles).axes[0]
    _, *single, mean = axes.lines
    assert len(single) <= MOST_LINES
    np.testing.assert_allclose(mean.get_ydata(), cycles.signal[:, 0].mean(axis=0))
    assert f"{len(single)} of {len(cycles)}" in axes.get_legend().get_texts()[0].get_text()


def test_none_accepted():
    axes = aligned_cycles(Cycles((), (), "robust")).axes[0]
    assert [text.get_text() for text in axes.texts] == ["no cycle was accepted"]


def test_axes_are_labelled():
    axes = aligned_cycles(replace(make(2), normalisation="mv")).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Time from R (s)", "Amplitude (mV)")
