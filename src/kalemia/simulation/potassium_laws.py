"""How each quantity of the ECG follows potassium: one table, each row with its numbers and their source.

A law is a line through a few points, constant beyond the ends, and neutral (factor 1, share or added value 0) at the
reference potassium. It describes the mean patient; `patient.py` draws how strongly an individual follows it.

Sources: Krogager 2019 (Eur Heart J Cardiovasc Pharmacother, n = 163,547; slopes for potassium 2.0 to 4.1 mmol/L); the
ten Tusscher-Panfilov 2006 transmural strand (T half-width 78 to 36 ms from 2.5 to 9 mmol/L); a dialysis study with
paired lead II ECGs (T height 2.7 to 4.0 mm and PR 167 to 188 ms from normal to hyperkalaemia, n = 32); BMC Emerg Med
2019 (shares of wide QRS, peaked T, first-degree AV block, bradycardia, long QTc above 7 mmol/L); Mayo (130
hypokalaemic patients, lead II: T/U <= 1, U > 0.05 mV, ST down >= 0.05 mV); the textbook order (5.5-6.5 peaked T;
6.5-8 PR up, P down, QRS up; above 8 P absent, sine wave).
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from kalemia.simulation.beat import BeatShape
from kalemia.simulation.repolarisation import TChange, mean_change

MIN_T_WIDTH_S = 0.048  # a T wave is never as narrow as a QRS complex
MEAN_T_MV = 0.22  # of all patients, at the reference potassium
REFERENCE_POTASSIUM = 4.1  # mEq/L, where Krogager's slopes end and every law is neutral
POTASSIUM_LIMITS = (1.5, 10.0)  # mEq/L, what a simulated patient can have
EFFECTIVE_LIMITS = (1.0, 10.5)  # mEq/L, the span of the laws: a strong responder looks further out than he is


@dataclass(frozen=True)
class Law:
    """One quantity's dependence on potassium.

    Attributes:
        unit: `factor` multiplies the patient's own value; `s` and `mV` are added to it; `share` runs from 0 to 1.
        points: (potassium in mEq/L, value) pairs in rising order.
        source: where the numbers come from.
    """

    unit: str
    points: tuple[tuple[float, float], ...]
    source: str

    def __call__(self, potassium: float) -> float:
        """The value at a potassium in mEq/L."""
        levels, values = zip(*self.points, strict=True)
        return float(np.interp(potassium, levels, values))


LAWS: dict[str, Law] = {
    "t_amplitude": Law(
        "mV",
        ((1.0, -0.134), (4.1, 0.0), (5.0, 0.018), (5.5, 0.050), (6.5, 0.142), (7.5, 0.195), (8.5, 0.180), (10.0, 0.10)),
        "Krogager: -43.1 uV per mmol/L fall, much weaker at 4.2-6.0; dialysis: +0.07 to +0.13 mV in hyperkalaemia",
    ),
    "t_width": Law(
        "factor",
        ((1.0, 1.35), (2.5, 1.21), (4.1, 1.0), (5.5, 0.72), (6.5, 0.56), (7.5, 0.50), (8.5, 0.48), (10.0, 0.46)),
        "between the TP06 strand (78 to 36 ms from 2.5 to 9 mmol/L) and the dialysis study (halved in hyperkalaemia)",
    ),
    "pr": Law(
        "s",
        ((1.0, 0.0155), (4.1, 0.0), (5.0, 0.005), (6.0, 0.016), (7.0, 0.024), (8.0, 0.031), (9.5, 0.042)),
        "Krogager: +4.6 ms per mmol/L fall; dialysis: +21 ms normal to hyperkalaemia; BMC: AV block 18 % above 7",
    ),
    "p_amplitude": Law(
        "factor",
        ((1.0, 1.1), (4.1, 1.0), (5.5, 0.94), (6.5, 0.8), (7.5, 0.54), (8.5, 0.24), (9.5, 0.0)),
        "Krogager: +3.5 uV per mmol/L fall; textbook: P falls from 6.5 and is absent above 8",
    ),
    "p_duration": Law(
        "s",
        ((1.0, 0.0084), (4.1, 0.0), (6.0, 0.005), (7.5, 0.016), (9.0, 0.028)),
        "Krogager: +2.7 ms per mmol/L fall; textbook: P flattens and widens from 6.5",
    ),
    "qrs": Law(
        "s",
        ((6.0, 0.0), (6.5, 0.001), (7.5, 0.006), (8.5, 0.02), (10.0, 0.065)),
        "textbook: QRS widens from 6.5; BMC: wide QRS 31.6 % above 7",
    ),
    "r_amplitude": Law(
        "factor",
        ((4.1, 1.0), (5.5, 0.94), (6.5, 0.88), (8.0, 0.8), (9.5, 0.7)),
        "textbook: R falls as the QRS widens; dialysis: the T/R ratio tells K >= 5.5 with AUROC .61-.66",
    ),
    "jt": Law(
        "s",
        ((1.0, 0.042), (4.1, 0.0), (6.0, -0.005), (9.0, -0.012)),
        "Krogager: QTcF +12.8 ms per mmol/L fall; TP06 strand: QT 327 to 309 ms from 2.5 to 9 mmol/L",
    ),
    "st": Law(
        "mV",
        ((1.0, -0.11), (2.0, -0.08), (3.0, -0.045), (3.5, -0.015), (4.1, 0.0), (7.5, 0.0), (9.0, 0.05)),
        "Mayo: ST down >= 0.05 mV in hypokalaemia; textbook: ST merges into T above 8",
    ),
    "u": Law(
        "mV",
        ((1.0, 0.28), (2.0, 0.18), (2.5, 0.125), (3.0, 0.065), (3.5, 0.02), (4.1, 0.0), (5.5, -0.01)),
        "Mayo: U > 0.05 mV and T/U <= 1 in hypokalaemia",
    ),
    "heart_rate": Law(
        "factor",
        ((1.0, 1.08), (4.1, 1.0), (6.0, 1.0), (7.0, 0.96), (8.0, 0.9), (9.5, 0.78)),
        "BMC: bradycardia 18.4 % above 7 mmol/L, 6.5 % at normal potassium",
    ),
    "sine_wave": Law(
        "share",
        ((8.5, 0.0), (9.5, 0.45), (10.5, 1.0)),
        "textbook: QRS and T merge into a sine wave above 8",
    ),
}


@dataclass(frozen=True)
class EffectivePotassium:
    """The potassium (mEq/L) that each part of a patient's ECG behaves as if it had.

    `rate` is that of heart rate and AV node, `conduction` that of the ventricles.
    """

    t_amplitude: float
    t_width: float
    conduction: float
    atrium: float
    hypokalaemia: float
    rate: float

    @classmethod
    def uniform(cls, potassium: float) -> "EffectivePotassium":
        """A patient who follows every law exactly."""
        return cls(*[potassium] * len(fields(cls)))


def apply_potassium(shape: BeatShape, potassium: EffectivePotassium, cells: TChange) -> BeatShape:
    """A beat at the reference potassium, changed to another potassium by cells and laws.

    The cells give T its shape and symmetry, and to height, width and QT what sets this patient apart from the middle of
    all walls. The middle itself is not that of the cells but of the laws, which were measured in patients.

    Args:
        shape: the patient's own beat at the reference potassium.
        potassium: the effective potassium of each part of the beat.
        cells: what the patient's own strand makes of T at this potassium.
    """
    k, middle = potassium, mean_change(potassium.t_width, REFERENCE_POTASSIUM)
    widening_s = LAWS["qrs"](k.conduction)
    changed = replace(
        shape,
        p_mv=shape.p_mv * LAWS["p_amplitude"](k.atrium),
        p_s=shape.p_s + LAWS["p_duration"](k.atrium),
        pr_s=shape.pr_s + LAWS["pr"](k.atrium),
        r_mv=shape.r_mv * LAWS["r_amplitude"](k.conduction),
        qrs_s=shape.qrs_s + widening_s,
        st_mv=shape.st_mv + LAWS["st"](k.hypokalaemia),
        t_mv=(shape.t_mv + LAWS["t_amplitude"](k.t_amplitude) * _t_size(shape)) * cells.height / middle.height,
        t_width_s=max(shape.t_width_s * LAWS["t_width"](k.t_width) * cells.width / middle.width, MIN_T_WIDTH_S),
        t_asymmetry=shape.t_asymmetry**cells.skew,
        t_profile=cells.profile,
        qt_s=shape.qt_s + widening_s + LAWS["jt"](k.hypokalaemia) + cells.qt_s - middle.qt_s,
        u_mv=max(shape.u_mv + LAWS["u"](k.hypokalaemia), 0.0),
    )
    return _merge_into_sine_wave(changed, LAWS["sine_wave"](k.conduction))


def _t_size(shape: BeatShape) -> float:
    """How large this patient's T change is beside the mean patient's: half the same for all, half as T itself.

    An inverted T thus turns upright in hyperkalaemia (pseudo-normalisation) instead of growing downwards.
    """
    return 0.5 + 0.5 * abs(shape.t_mv) / MEAN_T_MV


def _merge_into_sine_wave(shape: BeatShape, share: float) -> BeatShape:
    """Broaden QRS and T into each other, with a trough between them, as a dying ventricle does."""
    if share == 0:
        return shape
    return replace(
        shape,
        q_mv=shape.q_mv * (1 - share),
        qrs_s=shape.qrs_s * (1 + 0.6 * share),
        qt_s=shape.qt_s + 0.5 * share * shape.qrs_s,
        s_mv=shape.s_mv * (1 - share) - 0.7 * share * abs(shape.r_mv),
        s_sd_share=shape.s_sd_share + 0.09 * share,
        r_sd_share=shape.r_sd_share + 0.05 * share,
        j_mv=shape.j_mv * (1 - share),
        t_width_s=shape.t_width_s * (1 + 0.5 * share),
    )
