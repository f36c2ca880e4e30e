import pytest

from kalemia.simulation.beat import BeatShape


@pytest.fixture
def shape() -> BeatShape:
    """The mean patient's beat at the reference potassium and 60 beats per minute."""
    return BeatShape(
        p_mv=0.12,
        p_s=0.105,
        p_second=0.8,
        pr_s=0.16,
        q_mv=-0.06,
        r_mv=0.9,
        s_mv=-0.15,
        qrs_s=0.09,
        r_sd_share=0.12,
        s_sd_share=0.09,
        t_mv=0.22,
        t_width_s=0.11,
        t_asymmetry=1.5,
        qt_s=0.40,
        u_mv=0.005,
    )
