import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.digitization.corrections import Corrections
from kalemia.errors import InputError


@given(st.floats(-180, 180))
def test_half_a_turn_to_either_side_can_be_given(degrees):
    assert Corrections(rotation_deg=degrees).rotation_deg == degrees


@given(st.floats().filter(lambda degrees: not -180 <= degrees <= 180))
def test_no_other_rotation_can(degrees):
    with pytest.raises(InputError, match=r"a rotation of .*-180 to 180") as caught:
        Corrections(rotation_deg=degrees)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scale", ["speed_mm_per_s", "gain_mm_per_mv"])
@pytest.mark.parametrize("value", [0.0, -25.0, np.nan, np.inf])
def test_scales_are_positive(scale, value):
    with pytest.raises(InputError, match="positive"):
        Corrections(**{scale: value})


def test_whether_anything_is_corrected():
    assert not Corrections()
    assert all(
        [Corrections(page=1), Corrections(rotation_deg=90), Corrections(strip=1), Corrections(gain_mm_per_mv=10)]
    )


def test_the_scales_among_them():
    scales = Corrections(speed_mm_per_s=50, gain_mm_per_mv=5).scales
    assert (scales.speed_mm_per_s, scales.gain_mm_per_mv) == (50, 5)
