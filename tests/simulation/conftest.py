from pathlib import Path

import numpy as np
import pytest

from kalemia.simulation.beat import BeatShape
from kalemia.simulation.template_file import AXES, SAMPLES, TemplateArrays


@pytest.fixture(scope="session")
def tp06() -> dict[str, np.ndarray]:
    """Some of the reference of the cell model, computed with Myokit 1.39.2 from the CellML encoding of ten Tusscher and
    Panfilov 2006; the file says the same.
    """
    with np.load(Path(__file__).parent / "tp06.npz", allow_pickle=False) as file:
        return dict(file)


@pytest.fixture
def arrays() -> TemplateArrays:
    """A library of bells whose place follows potassium and calcium, and whose size follows the rest."""
    levels = {name: np.array([1.0, 2.0]) for name in AXES}
    levels |= {"potassium_mm": np.array([2.0, 4.0, 8.0]), "mid_share": np.array([0.1, 0.4])}
    levels |= {"endo_share": np.array([0.4, 0.6]), "period_ms": np.array([600.0, 1000.0])}
    grid = np.meshgrid(*levels.values(), indexing="ij")
    centre_ms = 300 - 10 * grid[0] + 20 * grid[1]
    marks_ms = np.stack([np.full_like(centre_ms, 2), np.full_like(centre_ms, 20), centre_ms - 30, centre_ms + 30], -1)
    time_ms = 60 + 2 * np.arange(SAMPLES)
    size = 0.02 * (grid[2] + grid[3] + grid[4])
    phi = size[..., None] * np.exp(-0.5 * ((time_ms - centre_ms[..., None]) / 15) ** 2)
    return TemplateArrays(levels, phi.astype(np.float32), marks_ms.astype(np.float32))


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
