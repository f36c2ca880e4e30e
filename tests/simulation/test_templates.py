import subprocess
import sys

import numpy as np
import pytest

from kalemia.errors import ConfigError, ModelInvalid
from kalemia.simulation.t_wave import measure_t_wave
from kalemia.simulation.templates import TemplateLibrary, load, template_library
from kalemia.simulation.wall import Wall


@pytest.fixture
def library(arrays):
    return TemplateLibrary(arrays)


def wall(mid, endo_share):
    return Wall((1 - mid) * endo_share, mid, (1 - mid) * (1 - endo_share))


def place(**changed):
    normal = {"potassium_mm": 4.0, "calcium_mm": 1.0, "wall": wall(0.1, 0.4), "ks_gradient": 1.0, "kr": 1.0}
    return normal | {"period_ms": 600.0} | changed


def measured(library, **changed):
    wave = library.repolarisation(**place(**changed))
    return measure_t_wave(wave.time_ms, wave.phi)


def test_on_a_level_it_is_the_wave_of_that_level(library, arrays):
    wave = library.repolarisation(**place(potassium_mm=8.0, period_ms=1000.0, wall=wall(0.4, 0.6)))
    np.testing.assert_allclose(wave.phi, arrays.phi[2, 0, 1, 1, 0, 0, 1], atol=1e-7)
    assert wave.repolarised_ms == pytest.approx((210, 270))
    assert wave.activated_ms == (2, 20)
    assert (wave.time_ms[0], wave.time_ms[-1]) == (60, 558)


def test_between_levels_it_moves_without_growing_broad(library):
    ends = [measured(library, calcium_mm=level) for level in (1.0, 2.0)]
    between = measured(library, calcium_mm=1.5)
    assert between.t_peak_ms == pytest.approx((ends[0].t_peak_ms + ends[1].t_peak_ms) / 2, abs=1)
    assert between.t_fwhm_ms == pytest.approx(ends[0].t_fwhm_ms, rel=0.01)
    assert between.t_amplitude == pytest.approx(ends[0].t_amplitude, rel=0.01)


def test_between_levels_size_is_between(library):
    low, between, high = (measured(library, ks_gradient=level).t_amplitude for level in (1.0, 1.25, 2.0))
    assert between == pytest.approx(low + 0.25 * (high - low), rel=1e-3)


def test_all_axes_between_at_once(library):
    wave = library.repolarisation(5.0, 1.4, wall(0.2, 0.5), 1.7, 1.2, 750.0)
    assert measure_t_wave(wave.time_ms, wave.phi).t_peak_ms == pytest.approx(300 - 50 + 28, abs=2)


def test_it_knows_how_many_waves_it_holds(library, arrays):
    assert len(library) == arrays.phi[..., 0].size


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"potassium_mm": 0.0}, "potassium"),
        ({"potassium_mm": 15.0}, r"potassium, mM: 15, but the templates reach from 2 to 8"),
        ({"potassium_mm": np.nan}, "potassium"),
        ({"calcium_mm": 5.0}, "calcium"),
        ({"wall": Wall(0.5, 0.5, 0.0)}, "mid layer"),
        ({"wall": Wall(0.0, 1.0, 0.0)}, "mid layer"),
        ({"wall": Wall(0.8, 0.1, 0.1)}, "endo layer"),
        ({"ks_gradient": 0.0}, "IKs"),
        ({"kr": np.inf}, "IKr"),
        ({"period_ms": 400.0}, "period"),
    ],
)
def test_a_place_outside_the_library(library, changed, what):
    with pytest.raises(ConfigError, match=what):
        library.repolarisation(**place(**changed))


def test_a_folder_without_a_library(tmp_path):
    with pytest.raises(ModelInvalid, match="Install kalemia again"):
        load(tmp_path)


class TestShipped:
    """What is shipped, by what the cell model is known to do."""

    def test_it_holds_thousands(self):
        assert len(template_library()) > 2000

    def test_t_narrows_with_potassium_in_every_wall(self):
        levels = template_library().arrays.levels
        for mid in levels["mid_share"]:
            for endo in levels["endo_share"]:
                widths = [
                    measured(template_library(), **shipped(potassium_mm=level, wall=wall(mid, endo))).t_fwhm_ms
                    for level in (2.5, 3.25, 4, 4.75, 5.5, 6.25, 7, 8, 9)
                ]
                assert (np.diff(widths) < 0).all()

    def test_calcium_moves_height_and_slope_more_than_potassium_does(self):
        by_potassium = [measured(template_library(), **shipped(potassium_mm=level)) for level in (4.0, 7.0)]
        by_calcium = [measured(template_library(), **shipped(calcium_mm=level)) for level in (1.4, 2.8)]
        for name in ("t_amplitude", "slope_over_amplitude_per_s"):
            changes = [abs(np.log(getattr(b, name) / getattr(a, name))) for a, b in (by_potassium, by_calcium)]
            assert changes[1] > changes[0]

    def test_conduction_slows_above_6_and_nothing_blocks(self):
        times = [template_library().repolarisation(level).activated_ms for level in (5.0, 6.0, 7.0, 9.0)]
        spans = [last - first for first, last in times]
        assert abs(spans[1] - spans[0]) < 1 < spans[2] - spans[1] < spans[3] - spans[2]
        assert np.isfinite(template_library().arrays.marks_ms).all()

    def test_it_is_small(self):
        from kalemia.simulation.templates import FILE, FOLDER

        assert (FOLDER / FILE).stat().st_size < 5e6

    def test_it_is_read_without_numba(self):
        code = """
import sys
sys.modules["numba"] = None
from kalemia.simulation.templates import template_library
wave = template_library().repolarisation(5.2, 1.9)
assert "kalemia.simulation.integration" not in sys.modules
print(wave.phi.max())
"""
        result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        assert float(result.stdout) > 0


def shipped(**changed):
    return {"potassium_mm": 4.0, "calcium_mm": 2.0, "wall": Wall(), "ks_gradient": 2.0, "period_ms": 1000.0} | changed
