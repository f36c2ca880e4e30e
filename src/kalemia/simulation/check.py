"""Whether simulated patients are believable: what is published of real ones, and what the simulated show.

Each line names its source (see also `potassium_laws`). Published numbers come without their uncertainty, mostly of some
dozen to some hundred patients, so a band around each is passed: a quarter of it, or what is said beside it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from kalemia.simulation.acidosis import damped, draw_acidosis
from kalemia.simulation.beat import BeatShape
from kalemia.simulation.patient import Patient, draw_patient, heart_rate_at, on_another_day, shape_at

PATIENTS = 2000
NORMAL, NORMAL_SD = 4.2, 0.35
"""Of normal potassium, mEq/L."""
NORMAL_END = 4.1
"""mEq/L up to which Krogager's slopes were measured."""
PEAKED_MV, WIDE_QRS_S, LONG_PR_S, LONG_QTC_S, SLOW_BPM = 0.5, 0.120, 0.200, 0.460, 60.0
"""When a T wave is called peaked, and so on."""

R_HALF_WIDTH = 1.96 / np.sqrt(32 - 3)
"""Of the 95 % interval of Fisher's z of a correlation in 32 pairs."""

KROGAGER = "Krogager 2019, n = 163,547"
BMC = "BMC Emerg Med 2019"
DIALYSIS = "dialysis study, n = 32 pairs, lead II"


@dataclass(frozen=True)
class Check:
    """One published number and its counterpart.

    Attributes:
        name: what is compared.
        published: the number, as the source has it.
        low, high: what passes.
        source: who published it.
        value: of the simulated patients.
    """

    name: str
    published: str
    low: float
    high: float
    source: str
    value: float

    @property
    def passed(self) -> bool:
        """Whether the value lies in the band."""
        return bool(self.low <= self.value <= self.high)


@dataclass(frozen=True)
class Visit:
    """A patient's beat at one visit."""

    shape: BeatShape
    heart_rate_bpm: float
    atrial_fibrillation: bool

    @property
    def qtc_s(self) -> float:
        """By Fridericia."""
        return float(self.shape.qt_s * (self.heart_rate_bpm / 60) ** (1 / 3))

    def signs(self) -> dict[str, bool]:
        """The signs of hyperkalaemia that it shows."""
        has_rhythm = not self.atrial_fibrillation
        return {
            "peaked T": self.shape.t_mv > PEAKED_MV,
            "wide QRS": self.shape.qrs_s > WIDE_QRS_S,
            "long PR": has_rhythm and self.shape.has_p and self.shape.pr_s > LONG_PR_S,
            "no P": has_rhythm and not self.shape.has_p,
            "bradycardia": self.heart_rate_bpm < SLOW_BPM,
        }


def visit(patient: Patient, potassium: float, rng: np.random.Generator) -> Visit:
    """A patient on some day, at a potassium in mEq/L."""
    that_day = on_another_day(patient, rng)
    that_day = replace(that_day, response=damped(that_day.response, draw_acidosis(rng, potassium)))
    rate = heart_rate_at(that_day, potassium)
    return Visit(shape_at(that_day, potassium, 60 / rate), rate, that_day.atrial_fibrillation)


def check_patients(patients: int = PATIENTS, seed: int = 0) -> tuple[Check, ...]:
    """All checks of the beats of simulated patients, as they are before they are recorded.

    Args:
        patients: drawn for each.
        seed: of drawing them.
    """
    parts = (_signs, _slopes_below_normal, _t_over_r, _changes_within_patients, _pairs)
    return tuple(check for number, part in enumerate(parts) for check in part(patients, _rng(seed, number)))


def _rng(seed: int, number: int) -> np.random.Generator:
    return np.random.default_rng((seed, number))


def _visits(levels: Sequence[float], rng: np.random.Generator) -> list[Visit]:
    return [visit(draw_patient(rng), level, rng) for level in levels]


def _near(
    name: str, published: float, value: float, source: str, width: float | None = None, unit: str = "{:g}"
) -> Check:
    """A check that passes within a width of the published number, or a quarter of it."""
    width = 0.25 * abs(published) if width is None else width
    return Check(name, unit.format(published), published - width, published + width, source, value)


def _signs(patients: int, rng: np.random.Generator) -> Iterator[Check]:
    normal = _visits(rng.normal(NORMAL, NORMAL_SD, patients).tolist(), rng)
    above_6 = _visits((6 + np.minimum(rng.exponential(0.7, patients), 3.5)).tolist(), rng)
    above_7 = _visits((7 + np.minimum(rng.exponential(0.6, patients), 2.5)).tolist(), rng)
    yield Check("any sign, K >= 6", "0.46 to 0.52", 0.42, 0.56, BMC, _share_any(above_6))
    yield _near("any sign, normal K", 0.24, _share_any(normal), BMC)
    published = {
        "wide QRS": (0.316, 0.082),
        "peaked T": (0.184, 0.047),
        "long PR": (0.184, 0.071),
        "bradycardia": (0.184, 0.065),
    }
    for sign, (high, usual) in published.items():
        yield _near(f"{sign}, K > 7", high, _share(above_7, sign), BMC, 0.06)
        yield _near(f"{sign}, normal K", usual, _share(normal, sign), BMC, 0.03)
    for kind, visits, long_qtc in (("K > 7", above_7, 0.211), ("normal K", normal, 0.053)):
        yield _near(f"long QTc, {kind}", long_qtc, float(np.mean([v.qtc_s > LONG_QTC_S for v in visits])), BMC, 0.06)


def _share(visits: Sequence[Visit], sign: str) -> float:
    return float(np.mean([one.signs()[sign] for one in visits]))


def _share_any(visits: Sequence[Visit]) -> float:
    return float(np.mean([any(one.signs().values()) for one in visits]))


def _slopes_below_normal(patients: int, rng: np.random.Generator) -> Iterator[Check]:
    """Over the same patients at their normal and at a lower potassium: between patients a slope drowns."""
    levels = rng.uniform(2.0, NORMAL_END, patients)
    drawn = [draw_patient(rng) for _ in range(patients)]
    low = [visit(patient, level, rng) for patient, level in zip(drawn, levels, strict=True)]
    usual = [visit(patient, NORMAL_END, rng) for patient in drawn]
    with_p = np.array([one.shape.has_p and not one.atrial_fibrillation for one in low])
    fall = NORMAL_END - levels

    def per_fall(measure: Callable[[Visit], float], chosen: Bool[np.ndarray, " patient"]) -> float:
        change = np.array([measure(one) - measure(other) for one, other in zip(low, usual, strict=True)])
        return float(fall[chosen] @ change[chosen] / (fall[chosen] @ fall[chosen]))

    everyone = np.ones(patients, dtype=bool)
    yield _near("QTcF per fall of 1, ms", 12.8, 1e3 * per_fall(lambda v: v.qtc_s, everyone), KROGAGER)
    yield _near("T height per fall of 1, uV", -43.1, 1e3 * per_fall(lambda v: v.shape.t_mv, everyone), KROGAGER)
    yield _near("P duration per fall of 1, ms", 2.7, 1e3 * per_fall(lambda v: v.shape.p_s, with_p), KROGAGER)
    yield _near("PR per fall of 1, ms", 4.6, 1e3 * per_fall(lambda v: v.shape.pr_s, with_p), KROGAGER)
    yield _near("P height per fall of 1, uV", 3.5, 1e3 * per_fall(lambda v: v.shape.p_mv, with_p), KROGAGER, 1.5)


def _t_over_r(patients: int, rng: np.random.Generator) -> Iterator[Check]:
    levels = rng.normal(5.0, 0.8, patients)
    shapes = [one.shape for one in _visits(levels.tolist(), rng)]
    ratio = np.array([shape.t_mv / max(abs(shape.r_mv), abs(shape.s_mv)) for shape in shapes])
    value = auroc(ratio[levels >= 5.5], ratio[levels < 5.5])
    yield Check("T/R, AUROC for K >= 5.5", "0.61 to 0.66", 0.58, 0.68, "89 dialysis patients, 736 visits", value)


def auroc(positive: Float[np.ndarray, " case"], negative: Float[np.ndarray, " case"]) -> float:
    """How often a positive case is above a negative one."""
    return float(np.mean(positive[:, None] > negative[None]) + 0.5 * np.mean(positive[:, None] == negative[None]))


def _changes_within_patients(patients: int, rng: np.random.Generator) -> Iterator[Check]:
    changes = []
    for _ in range(patients):
        patient = draw_patient(rng)
        low, high = rng.normal(4.5, NORMAL_SD), 5.5 + rng.gamma(2, 0.4)
        before, after = visit(patient, low, rng).shape, visit(patient, high, rng).shape
        changes.append((high - low, after.t_width_s - before.t_width_s, after.t_mv - before.t_mv))
    correlation = np.corrcoef(np.array(changes), rowvar=False)[0]
    for name, published, value in (("width", -0.433, correlation[1]), ("height", 0.333, correlation[2])):
        low, high = np.tanh(np.arctanh(published) + R_HALF_WIDTH * np.array([-1, 1])).tolist()
        yield Check(f"r of change: K with T {name}", f"{published:g}", low, high, DIALYSIS, float(value))


def _pairs(patients: int, rng: np.random.Generator) -> Iterator[Check]:
    """The same patients at normal and at high potassium, as the dialysis study has them."""
    pairs = [(draw_patient(rng), rng.normal(4.5, NORMAL_SD), 5.5 + rng.gamma(2, 0.4)) for _ in range(patients)]
    both = [(visit(patient, low, rng), visit(patient, high, rng)) for patient, low, high in pairs]

    def ratio(measure: Callable[[Visit], float]) -> float:
        before, after = (np.mean([measure(pair[place]) for pair in both]) for place in (0, 1))
        return float(after / before)

    yield _near("T height, high over normal K", 4.0 / 2.7, ratio(lambda v: v.shape.t_mv), DIALYSIS, 0.25, "{:.2f}")
    width = ratio(lambda v: v.shape.t_width_s)
    yield Check("T width, high over normal K", "0.51; strand 0.80", 0.46, 0.80, f"{DIALYSIS}; TP06 strand", width)
    pr_s = [(a.shape.pr_s, b.shape.pr_s) for a, b in both if a.shape.has_p and b.shape.has_p]
    rise_ms = 1e3 * float(np.mean(np.diff(np.array(pr_s), axis=1)))
    yield _near("rise of PR, normal to high K, ms", 21, rise_ms, DIALYSIS, 10)
