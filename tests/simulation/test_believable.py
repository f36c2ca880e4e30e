"""Do simulated patients overlap as real ones do? Published numbers, with generous bands (see potassium_laws.py)."""

from dataclasses import dataclass

import numpy as np
import pytest

from kalemia.simulation.beat import BeatShape
from kalemia.simulation.patient import draw_patient, heart_rate_at, on_another_day, shape_at

COUNT = 2000


@dataclass(frozen=True)
class Seen:
    shape: BeatShape
    heart_rate_bpm: float
    atrial_fibrillation: bool

    def signs(self) -> dict[str, bool]:
        p_expected = not self.atrial_fibrillation
        return {
            "peaked_t": self.shape.t_mv > 0.5,
            "wide_qrs": self.shape.qrs_s > 0.12,
            "long_pr": p_expected and self.shape.has_p and self.shape.pr_s > 0.20,
            "absent_p": p_expected and not self.shape.has_p,
        }


def see(patient, potassium, rng):
    visit = on_another_day(patient, rng)
    rate = heart_rate_at(visit, potassium)
    return Seen(shape_at(visit, potassium, 60 / rate), rate, visit.atrial_fibrillation)


def see_all(levels, seed):
    rng = np.random.default_rng(seed)
    return [see(draw_patient(rng), level, rng) for level in levels]


def share(seen, sign):
    return np.mean([one.signs()[sign] for one in seen])


def share_any(seen):
    return np.mean([any(one.signs().values()) for one in seen])


def auroc(positive, negative):
    return np.mean(positive[:, None] > negative[None, :])


@pytest.fixture(scope="module")
def normal():
    return see_all(np.random.default_rng(0).normal(4.2, 0.35, COUNT), seed=1)


@pytest.fixture(scope="module")
def above_7():
    return see_all(7 + np.minimum(np.random.default_rng(0).exponential(0.6, COUNT), 2.5), seed=2)


def test_a_fifth_of_normals_and_half_above_6_show_a_sign(normal):
    above_6 = see_all(6 + np.minimum(np.random.default_rng(0).exponential(0.7, COUNT), 3.5), seed=3)
    assert 0.15 < share_any(normal) < 0.30  # published: 0.24
    assert 0.42 < share_any(above_6) < 0.55  # published: 0.46 to 0.52


@pytest.mark.parametrize(
    ("sign", "published_normal", "published_above_7"),
    [("wide_qrs", 0.082, 0.316), ("peaked_t", 0.047, 0.184), ("long_pr", 0.071, 0.184)],
)
def test_signs_are_as_rare_as_published(normal, above_7, sign, published_normal, published_above_7):
    assert share(normal, sign) == pytest.approx(published_normal, abs=0.03)
    assert share(above_7, sign) == pytest.approx(published_above_7, abs=0.06)


def test_t_over_r_is_a_poor_marker_in_a_clinic():
    levels = np.random.default_rng(0).normal(5.0, 0.8, COUNT)
    ratio = np.array([s.shape.t_mv / max(abs(s.shape.r_mv), abs(s.shape.s_mv)) for s in see_all(levels, seed=4)])
    assert 0.56 < auroc(ratio[levels >= 5.5], ratio[levels < 5.5]) < 0.68  # published: 0.61 to 0.66


def test_changes_within_a_patient_follow_potassium_loosely():
    rng = np.random.default_rng(5)
    changes = []
    for _ in range(COUNT):
        patient = draw_patient(rng)
        low, high = rng.normal(4.5, 0.35), 5.5 + rng.gamma(2, 0.4)
        before, after = see(patient, low, rng).shape, see(patient, high, rng).shape
        changes.append((high - low, after.t_width_s - before.t_width_s, after.t_mv - before.t_mv))
    correlation = np.corrcoef(np.array(changes), rowvar=False)[0]
    assert -0.55 < correlation[1] < -0.25  # published: -0.433
    assert 0.15 < correlation[2] < 0.45  # published: 0.333
