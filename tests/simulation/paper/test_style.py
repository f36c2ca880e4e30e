import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.errors import ConfigError
from kalemia.simulation.paper import PageStyle
from kalemia.simulation.paper.style import GAINS_MM_PER_MV, SPEEDS_MM_PER_S


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"layout": "3x5"}, "15 short leads"),
        ({"speed_mm_per_s": 30}, "speed_mm_per_s is 30; known are 12.5, 25.0, 50.0"),
        ({"gain_mm_per_mv": 0}, "gain_mm_per_mv"),
        ({"grid_colour": "purple"}, "grid_colour is purple"),
        ({"grid_pattern": "waves"}, "grid_pattern"),
        ({"pulse": "middle"}, "pulse is middle; known are left, right, none"),
        ({"font": "Comic Sans MS"}, "font"),
        ({"paper": "A3"}, "known are A4, letter, strip"),
        ({"pen_mm": 5}, "pen_mm is 5; it lies between 0.1 and 1"),
        ({"pen_mm": float("nan")}, "pen_mm is nan"),
        ({"dpi": 5000}, "dpi"),
        ({"footer": "{patient}"}, "only {speed} and {gain}"),
        ({"footer": "{"}, "only {speed} and {gain}"),
        ({"layout": "12x1", "row_spacing_mm": 25}, "12 rows of 25 mm need 300 mm"),
    ],
)
def test_nonsense_is_a_config_error(values, message):
    with pytest.raises(ConfigError, match=message):
        PageStyle(**values)


@given(st.sampled_from(SPEEDS_MM_PER_S), st.sampled_from(GAINS_MM_PER_MV))
def test_the_footer_states_the_scales(speed, gain):
    style = PageStyle(speed_mm_per_s=speed, gain_mm_per_mv=gain, footer="{speed} mm/s, {gain} mm/mV")
    assert style.footer_text() == f"{speed:g} mm/s, {gain:g} mm/mV"
