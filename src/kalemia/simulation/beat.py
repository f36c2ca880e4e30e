"""One heartbeat in lead II as a sum of asymmetric Gaussian waves, with its fiducial points known by construction.

The idea of Gaussian waves on the cardiac cycle is McSharry et al. 2003 (doi:10.1109/TBME.2003.808805); here they stand
in seconds from the R wave instead of angles, so that an interval is what a clinician measures. A Gaussian wave's onset
and offset are taken two standard deviations from its peak: that is where the tangent at its steepest point meets the
baseline, the usual definition of the T wave's end. T itself has the shape that a strand of cells gives it.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from kalemia.simulation.repolarisation import GAUSSIAN, Profile

BUMPS = ("p1", "p2", "q", "r", "r_notch", "s", "j", "st", "t", "t_terminal", "u")
T_BUMP = BUMPS.index("t")
P_BUMPS, QRS_BUMPS, REPOLARISATION_BUMPS = slice(0, 2), slice(2, 7), slice(7, 11)

# Shares of the QRS duration: where the waves stand from R, and their standard deviations.
ONSET_SHARE, OFFSET_SHARE = -0.44, 0.56
Q_CENTRE_SHARE, Q_SD_SHARE = -0.25, 0.075
NOTCH_CENTRE_SHARE, NOTCH_SD_SHARE = 0.30, 0.13
S_CENTRE_SHARE = 0.27

HALF_WIDTHS_PER_SD = np.sqrt(2 * np.log(2))  # half width at half maximum of a Gaussian, in standard deviations
MAX_P_SHARE = 0.9  # of the PR interval: the P wave ends before the QRS complex begins
MIN_P_MV = 0.015  # a smaller P wave drowns in the noise of a surface ECG and is called absent
WINDOW_S = (-0.55, 0.95)  # what a beat can reach, before and after its R

Span = tuple[float, float, float]


@dataclass(frozen=True)
class BeatShape:
    """A beat in the quantities that are read from an ECG: amplitudes in mV, times in s.

    Attributes:
        p_mv, p_s, p_second: P amplitude, duration, and its second (left atrial) hump as a share of the first.
        pr_s: PR interval, P onset to QRS onset.
        q_mv, r_mv, s_mv: the QRS deflections; q and s are negative.
        qrs_s: QRS duration.
        r_sd_share, s_sd_share: sharpness of R and S, standard deviation as a share of the QRS duration.
        r_notch: a second, late R hump as a share of R (bundle branch block).
        j_mv: a wave on the J point.
        st_mv: ST level.
        t_mv, t_width_s: T amplitude (negative if inverted), full width at half maximum.
        t_asymmetry: rise over fall; 1 is symmetrical.
        t_terminal: a terminal part of opposite sign, as a share of T (biphasic T).
        qt_s: QT interval, QRS onset to the end of T.
        u_mv: U amplitude.
        t_profile: shape of T; that of a strand of cells, see `repolarisation`.
    """

    p_mv: float
    p_s: float
    p_second: float
    pr_s: float
    q_mv: float
    r_mv: float
    s_mv: float
    qrs_s: float
    r_sd_share: float
    s_sd_share: float
    t_mv: float
    t_width_s: float
    t_asymmetry: float
    qt_s: float
    u_mv: float
    r_notch: float = 0.0
    j_mv: float = 0.0
    st_mv: float = 0.0
    t_terminal: float = 0.0
    t_profile: Profile = GAUSSIAN

    @property
    def qrs_onset_s(self) -> float:
        """QRS onset in seconds from R (negative)."""
        return ONSET_SHARE * self.qrs_s

    @property
    def qrs_offset_s(self) -> float:
        """QRS offset (the J point) in seconds from R."""
        return OFFSET_SHARE * self.qrs_s

    @property
    def t_offset_s(self) -> float:
        """End of the T wave in seconds from R."""
        return self.qrs_onset_s + self.qt_s

    @property
    def has_p(self) -> bool:
        """Whether a P wave can be seen."""
        return abs(self.p_mv) >= MIN_P_MV

    def without_p(self) -> "BeatShape":
        """The same beat without a P wave."""
        return replace(self, p_mv=0.0)


@dataclass(frozen=True)
class Fiducials:
    """Onset, peak and offset of each wave in seconds from the R wave; `None` where the wave is absent."""

    p: Span | None
    qrs: Span
    t: Span


def bumps(shape: BeatShape) -> Float[np.ndarray, "bump 4"]:
    """The beat's waves in the order of `BUMPS`: amplitude (mV), centre, rise SD and fall SD (s from R)."""
    return np.array([*_p_bumps(shape), *_qrs_bumps(shape), *_repolarisation_bumps(shape)])


def waveform(
    rows: Float[np.ndarray, "*beat bump 4"], time_s: Float[np.ndarray, "*beat time"], t_profile: Profile = GAUSSIAN
) -> Float[np.ndarray, "*beat time"]:
    """The sum of waves in mV at times in seconds from R; leading axes are beats, whose T waves have one shape.

    Of rows for some of `BUMPS` only, none is a T wave.
    """
    total = np.zeros_like(time_s)
    t_row = T_BUMP if rows.shape[-2] == len(BUMPS) else None
    for wave in range(rows.shape[-2]):
        amplitude, centre, rise, fall = (rows[..., wave, column, None] for column in range(4))
        if np.any(amplitude):
            place_sd = time_s - centre
            place_sd /= np.where(place_sd < 0, rise, fall)
            total += amplitude * (t_profile.at(place_sd) if wave == t_row else np.exp(-0.5 * place_sd**2))
    return total


def fiducials(shape: BeatShape) -> Fiducials:
    """The beat's fiducial points, by construction."""
    rows = bumps(shape)
    p = None
    if shape.has_p:
        first, second = rows[BUMPS.index("p1")], rows[BUMPS.index("p2")]
        p = (first[1] - 2 * first[2], _peak(rows[P_BUMPS], first[1], second[1]), second[1] + 2 * second[3])
    qrs = (shape.qrs_onset_s, _peak(rows[QRS_BUMPS], shape.qrs_onset_s, shape.qrs_offset_s), shape.qrs_offset_s)
    t_row = rows[T_BUMP]
    t_onset = max(t_row[1] + shape.t_profile.onset_sd * t_row[2], shape.qrs_offset_s)
    return Fiducials(p=p, qrs=qrs, t=(t_onset, max(t_row[1], t_onset), shape.t_offset_s))


def _peak(rows: Float[np.ndarray, "bump 4"], start_s: float, stop_s: float) -> float:
    """Where the waves together deviate most from the baseline."""
    time_s = np.linspace(start_s, stop_s, 161)
    return float(time_s[np.argmax(np.abs(waveform(rows, time_s)))])


def _p_bumps(shape: BeatShape) -> list[tuple[float, float, float, float]]:
    onset = shape.qrs_onset_s - shape.pr_s
    duration = min(shape.p_s, MAX_P_SHARE * shape.pr_s)
    sd = 0.19 * duration  # two humps, 0.24 of the duration apart, fill the duration from -2 SD to +2 SD
    first, second = onset + 2 * sd, onset + duration - 2 * sd
    height = shape.p_mv / ((1 + shape.p_second) * np.exp(-0.5 * ((second - first) / 2 / sd) ** 2))
    return [(height, first, sd, sd), (height * shape.p_second, second, sd, sd)]


def _qrs_bumps(shape: BeatShape) -> list[tuple[float, float, float, float]]:
    duration = shape.qrs_s
    q_sd, r_sd = Q_SD_SHARE * duration, shape.r_sd_share * duration
    notch_sd, s_sd = NOTCH_SD_SHARE * duration, shape.s_sd_share * duration
    return [
        (shape.q_mv, Q_CENTRE_SHARE * duration, q_sd, q_sd),
        (shape.r_mv, 0.0, r_sd, r_sd),
        (shape.r_notch * shape.r_mv, NOTCH_CENTRE_SHARE * duration, notch_sd, notch_sd),
        (shape.s_mv, S_CENTRE_SHARE * duration, s_sd, s_sd),
        (shape.j_mv, shape.qrs_offset_s, 0.010, 0.016),
    ]


def _repolarisation_bumps(shape: BeatShape) -> list[tuple[float, float, float, float]]:
    fall = shape.t_width_s / (HALF_WIDTHS_PER_SD * (1 + shape.t_asymmetry))
    rise = shape.t_asymmetry * fall
    terminal_sd = 0.7 * fall
    terminal_centre = shape.t_offset_s - 2 * terminal_sd
    centre = terminal_centre - 1.3 * fall if shape.t_terminal else shape.t_offset_s - shape.t_profile.offset_sd * fall
    st_centre = (shape.qrs_offset_s + centre) / 2
    st_sd = max(0.33 * (centre - shape.qrs_offset_s), 0.02)
    u_centre = shape.t_offset_s + 0.05
    return [
        (shape.st_mv, st_centre, st_sd, st_sd),
        (shape.t_mv, centre, rise, fall),
        (-shape.t_terminal * shape.t_mv, terminal_centre, terminal_sd, terminal_sd),
        (shape.u_mv, u_centre, 0.045, 0.050),
    ]
