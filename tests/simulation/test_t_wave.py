import numpy as np
import pytest

from kalemia.simulation.t_wave import falling_through, measure_t_wave, transmural_ms, without_baseline

TIME_MS = np.arange(-10.0, 600.0)
SD_MS = 30.0


def bell(amplitude=0.1, sd_rise=SD_MS, sd_fall=SD_MS, time_ms=TIME_MS):
    distance = time_ms - 300
    return amplitude * np.exp(-0.5 * (distance / np.where(distance < 0, sd_rise, sd_fall)) ** 2)


def test_a_gaussian_wave():
    found = measure_t_wave(TIME_MS, bell())
    assert found.t_amplitude == pytest.approx(0.1)
    assert found.t_peak_ms == 300
    assert found.t_fwhm_ms == pytest.approx(2 * np.sqrt(2 * np.log(2)) * SD_MS, abs=0.05)
    assert found.slope_over_amplitude_per_s == pytest.approx(1000 * np.exp(-0.5) / SD_MS, rel=1e-3)
    assert found.qt10_ms == pytest.approx(300 + SD_MS * np.sqrt(2 * np.log(10)), abs=0.05)
    assert found.qt_tangent_ms == pytest.approx(300 + 2 * SD_MS, abs=0.1)
    assert found.rise_over_fall == pytest.approx(1, rel=1e-3)


def test_gain_polarity_and_sampling_do_not_change_the_shape():
    one, other = measure_t_wave(TIME_MS, bell()), measure_t_wave(TIME_MS[::2], -3 * bell()[::2])
    assert other.t_amplitude == pytest.approx(-0.3)
    for name in ("t_fwhm_ms", "slope_over_amplitude_per_s", "qt10_ms", "qt_tangent_ms", "rise_over_fall"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=0.01)


def test_a_steeper_fall():
    assert measure_t_wave(TIME_MS, bell(sd_rise=60)).rise_over_fall == pytest.approx(0.5, rel=0.01)


def test_what_is_larger_before_the_wall_is_activated_is_no_t_wave():
    wave = bell() + np.where(TIME_MS < 120, 1.0, 0.0)
    assert measure_t_wave(TIME_MS, wave, last_activation_ms=95.0).t_peak_ms == 300


def test_a_wave_that_is_cut_off_has_no_end():
    cut = TIME_MS < 330
    found = measure_t_wave(TIME_MS[cut], bell()[cut])
    assert np.isnan(found.qt10_ms)
    assert np.isnan(found.t_fwhm_ms)


def test_where_a_curve_falls_through_a_level():
    time_ms, values = np.arange(4.0), np.array([0.0, 4.0, 2.0, 0.0])
    assert falling_through(time_ms, values, 3.0, 1) == 1.5
    assert np.isnan(falling_through(time_ms, values, -1.0, 1))


def test_baseline_and_transmural_time():
    assert without_baseline(TIME_MS, bell() + 5.0)[5] == 0
    np.testing.assert_allclose(without_baseline(TIME_MS, np.stack([bell() + 5.0, bell()])), [bell()] * 2, atol=1e-12)
    np.testing.assert_array_equal(transmural_ms(np.array([[1.0, 4.0, 9.0], [2.0, 4.0, 5.0]])), [8, 3])
