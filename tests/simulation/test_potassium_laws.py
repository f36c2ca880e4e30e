from dataclasses import fields, replace

import numpy as np
import pytest

from kalemia.simulation.beat import bumps, waveform
from kalemia.simulation.potassium_laws import LAWS, REFERENCE_POTASSIUM, EffectivePotassium, apply_potassium
from kalemia.simulation.repolarisation import mean_change

LEVELS = np.arange(2.0, 10.01, 0.25)


def at(shape, potassium):
    return apply_potassium(shape, EffectivePotassium.uniform(potassium), mean_change(potassium, REFERENCE_POTASSIUM))


def values(shape, name, low, high):
    return np.array([getattr(at(shape, level), name) for level in LEVELS if low <= level <= high])


def test_every_law_is_neutral_at_the_reference():
    for name, law in LAWS.items():
        assert law(REFERENCE_POTASSIUM) == (1.0 if law.unit == "factor" else 0.0), name


def test_every_law_has_rising_levels_a_unit_and_a_source():
    for name, law in LAWS.items():
        levels = [level for level, _ in law.points]
        assert levels == sorted(set(levels)), name
        assert law.unit in {"factor", "s", "mV", "share"}
        assert len(law.source) > 20


def test_the_reference_beat_is_unchanged(shape):
    same = at(shape, REFERENCE_POTASSIUM)
    for field in fields(shape):
        if field.name != "t_profile":
            assert getattr(same, field.name) == pytest.approx(getattr(shape, field.name)), field.name


@pytest.mark.parametrize(
    ("name", "low", "high", "sign"),
    [
        ("t_width_s", 2.0, 8.5, -1),
        ("t_mv", 2.0, 7.5, 1),
        ("t_mv", 8.5, 9.75, -1),
        ("pr_s", 4.25, 9.5, 1),
        ("p_mv", 2.0, 9.5, -1),
        ("qrs_s", 6.5, 10.0, 1),
        ("r_mv", 4.25, 9.5, -1),
        ("u_mv", 2.0, 4.0, -1),
        ("st_mv", 2.0, 4.0, 1),
    ],
)
def test_monotone_in_potassium(shape, name, low, high, sign):
    assert np.all(sign * np.diff(values(shape, name, low, high)) > 0)


@pytest.mark.parametrize(
    ("name", "per_fall", "tolerance"),
    [("qt_s", 12.8e-3, 1e-3), ("t_mv", -43.1e-3, 3e-3), ("p_s", 2.7e-3, 0.3e-3), ("pr_s", 4.6e-3, 0.6e-3)],
)
def test_slopes_of_krogager_below_4_1(shape, name, per_fall, tolerance):
    levels = np.linspace(2.0, 4.1, 22)
    slope = np.polyfit(levels, [getattr(at(shape, level), name) for level in levels], 1)[0]
    assert -slope == pytest.approx(per_fall, abs=tolerance)


def test_t_amplitude_hardly_changes_at_normal_potassium(shape):
    normal = (at(shape, 5.0).t_mv - at(shape, 4.2).t_mv) / 0.8
    low = (at(shape, 4.1).t_mv - at(shape, 2.0).t_mv) / 2.1
    assert 0 < normal < 0.5 * low


def test_hypokalaemia_shows_u_flat_t_and_low_st(shape):
    low = at(shape, 2.3)
    assert low.t_mv / low.u_mv <= 1.0
    assert low.u_mv > 0.05
    assert low.st_mv <= -0.05


def test_p_goes_before_the_sine_wave(shape):
    assert at(shape, 7.0).has_p
    assert not at(shape, 9.5).has_p
    assert LAWS["sine_wave"](8.0) == 0.0


def test_qrs_and_t_merge_at_the_extreme(shape):
    time_s = np.arange(0.0, 0.4, 0.002)
    spectrum = np.abs(np.fft.rfft(waveform(bumps(at(shape, 10.5)), time_s)))
    sharp = np.abs(np.fft.rfft(waveform(bumps(at(shape, 4.1)), time_s)))
    assert np.sum(spectrum[8:] ** 2) / np.sum(spectrum**2) < 0.2 * np.sum(sharp[8:] ** 2) / np.sum(sharp**2)


def test_an_inverted_t_turns_upright_instead_of_growing_downwards(shape):
    assert at(replace(shape, t_mv=-0.10), 7.5).t_mv > -0.05
