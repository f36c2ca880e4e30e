"""A real lead II as it would look at another potassium: its own waves, moved by the laws that move simulated ones.

The lead is taken apart (`real_waves`), its median beat is described as a `BeatShape`, and `apply_potassium` says where
that beat stands at its own potassium and at another one. What lies between is done to the real waves: P is scaled,
stretched and moved; QRS is stretched, and what of it points up is scaled; T is stretched on either side of its peak and
moved; ST and U are added as the simulation's own waves. The recording gets the differences added and is otherwise left
as it is, noise, wander, rhythm and ectopic beats included. At its own potassium nothing is added.

Where the laws slow the heart, the pause between T and P grows. They also quicken it below 4.1 mEq/L, by 2.8 % at 3.0;
that is left out, because the recording would end early.
"""

from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from kalemia.delineation.beat import Beats
from kalemia.errors import ConfigError
from kalemia.leads import take_lead
from kalemia.quality import judge_quality
from kalemia.recording import Recording
from kalemia.simulation.beat import HALF_WIDTHS_PER_SD, QRS_BUMPS, BeatShape, bumps, waveform
from kalemia.simulation.diastole import slowed
from kalemia.simulation.patient import Response
from kalemia.simulation.potassium_laws import (
    LAWS,
    POTASSIUM_LIMITS,
    REFERENCE_POTASSIUM,
    EffectivePotassium,
    apply_potassium,
)
from kalemia.simulation.real_waves import QRS_MARGIN_S, OwnWave, RealWaves, Window, above_chord, take_apart
from kalemia.simulation.repolarisation import mean_change

LEAD = "II"
MEAN_RESPONSE = Response()
OWN_POTASSIUM_LIMITS = (2.5, 6.5)
"""mEq/L. Beyond these, waves may be flattened for good: nobody can draw them back from what is left."""
ROUNDS = 60
"""Of the search for the beat at the reference potassium; each takes off half of what is missing, or more."""
CLOSE = 1e-7
"""In s, mV or as a factor: nearer need not be found."""
OWN_T_MV = (0.05, 0.15)
"""A T wave below the first changes by a wave of the simulation, above the second by its own form; between by both."""
QRS_REACH_S = 0.3
"""The widest QRS complex, stretched, stays within this time of R."""
T_STRETCH_LIMITS = (0.4, 2.0)
FLAT_T_MV, USUAL_T_WIDTH_S, USUAL_T_ASYMMETRY = 0.03, 0.11, 1.5
"""The width of a T wave below the first cannot be measured; it then counts as the mean patient's."""
ASYMMETRY_LIMITS = (0.6, 4.0)
NO_P_S, NO_P_PR_S = 0.105, 0.16
R_SD_SHARE, S_SD_SHARE = 0.12, 0.09
"""The simulation's mean patient: what a sine wave is made of."""


@dataclass(frozen=True)
class _Place:
    """A beat at a potassium.

    Attributes:
        shape: in the quantities of the simulation, at the recording's RR.
        t_peak_s, t_offset_s: in s from R.
    """

    shape: BeatShape
    t_peak_s: float
    t_offset_s: float

    @property
    def t_sd_s(self) -> tuple[float, float]:
        """Rise and fall of T, as standard deviations (`beat.bumps`)."""
        fall = self.shape.t_width_s / (HALF_WIDTHS_PER_SD * (1 + self.shape.t_asymmetry))
        return self.shape.t_asymmetry * fall, fall


def morph(
    recording: Recording, beats: Beats, own_potassium: float, potassium: float, response: Response = MEAN_RESPONSE
) -> Recording:
    """Lead II of a real recording at another potassium.

    Beats that are clipped, flat or ectopic are left as they are. At the ends of the recording, waves are changed as far
    as they can be seen. Beats without P stay without P.

    Args:
        recording: as it was read; lead II is taken.
        beats: of lead II, at any sampling rate.
        own_potassium: what the recording is assumed to have, in mEq/L.
        potassium: the other one, in mEq/L.
        response: how strongly the patient follows potassium.

    Returns:
        Lead II alone, at the sampling rate, of the length and of the type of the recording.

    Raises:
        ConfigError: a potassium that no patient can have, or an own one from which nothing can be concluded.
        MissingLead: nothing in the recording gives lead II.
        NoBeats: no usable beats, or most of them without QRS or T.
    """
    _require_potassium(own_potassium, potassium)
    lead = take_lead(recording, LEAD)
    beats = beats.at(lead.fs)
    mv = lead.signal[0].astype(np.float64)
    waves = take_apart(mv, beats, judge_quality(lead, LEAD, beats))
    own, other = _places(waves, response.effective(own_potassium), response.effective(potassium))
    sine = LAWS["sine_wave"](response.effective(potassium).conduction)
    changed = mv + _of_p_and_repolarisation(waves, own, other, len(mv)) + _of_qrs(mv, waves, own, other, sine)
    slower = _slowing(response.effective(own_potassium), response.effective(potassium))
    if slower > 1:
        p_onset_s = _qrs_onset_s(waves, own, other) - (other.shape.pr_s if waves.p else 0.0)
        changed = slowed(changed, waves.r[waves.inside], (other.t_offset_s, p_onset_s), slower, lead.fs)
    return replace(lead, signal=changed.astype(lead.signal.dtype)[None])


def _require_potassium(own_potassium: float, potassium: float) -> None:
    for name, value, (low, high) in (
        ("an own potassium", own_potassium, OWN_POTASSIUM_LIMITS),
        ("a potassium", potassium, POTASSIUM_LIMITS),
    ):
        if not low <= value <= high:
            raise ConfigError(f"{name} of {value} mEq/L; to change a real recording it must lie from {low} to {high}")


def _slowing(own: EffectivePotassium, other: EffectivePotassium) -> float:
    """Factor of RR."""
    return max(LAWS["heart_rate"](own.rate) / LAWS["heart_rate"](other.rate), 1.0)


def _places(waves: RealWaves, own: EffectivePotassium, other: EffectivePotassium) -> tuple[_Place, _Place]:
    """The median beat at its own and at another potassium, both by the laws."""
    reference = _at_reference(_shape(waves), own)
    there = _by_the_laws(reference, own), _by_the_laws(reference, other)
    rr_s = waves.rr_s, waves.rr_s * _slowing(own, other)
    mine, others = (
        replace(shape, qt_s=shape.qt_s * rr ** (1 / 3), t_width_s=shape.t_width_s * rr**0.2)
        for shape, rr in zip(there, rr_s, strict=True)
    )
    first = _Place(mine, waves.t.peak_s, waves.t.offset_s)
    second = _Place(others, 0.0, 0.0)
    offset_s = first.t_offset_s + _qrs_onset_s(waves, first, second) - waves.qrs_span_s[0] + others.qt_s - mine.qt_s
    peak_s = first.t_peak_s + (offset_s - first.t_offset_s) - 2 * (second.t_sd_s[1] - first.t_sd_s[1])
    return first, replace(second, t_peak_s=peak_s, t_offset_s=offset_s)


def _qrs_onset_s(waves: RealWaves, own: _Place, other: _Place) -> float:
    """The onset of the changed QRS complex, in s from R: it is stretched around R."""
    return waves.qrs_span_s[0] * other.shape.qrs_s / own.shape.qrs_s


def _shape(waves: RealWaves) -> BeatShape:
    """The median beat as the simulation describes one, at 60 beats per minute; U and ST count from what is there."""
    onset_s, offset_s = waves.qrs_span_s
    width_s, asymmetry = _t_form(waves)
    behind = waves.time_s > 0
    p = waves.p
    return BeatShape(
        p_mv=p.height_mv if p else 0.0,
        p_s=p.offset_s - p.onset_s if p else NO_P_S,
        p_second=0.8,
        pr_s=onset_s - p.onset_s if p else NO_P_PR_S,
        q_mv=float(min(waves.qrs_mv[~behind].min(), 0.0)),
        r_mv=float(waves.qrs_mv[np.argmax(np.abs(waves.qrs_mv))]),
        s_mv=float(min(waves.qrs_mv[behind].min(), 0.0)),
        qrs_s=offset_s - onset_s,
        r_sd_share=R_SD_SHARE,
        s_sd_share=S_SD_SHARE,
        t_mv=waves.t.height_mv,
        t_width_s=width_s * waves.rr_s**-0.2,
        t_asymmetry=asymmetry,
        qt_s=(waves.t.offset_s - onset_s) * waves.rr_s ** (-1 / 3),
        u_mv=0.0,
    )


def _t_form(waves: RealWaves) -> tuple[float, float]:
    """Width of T at half its height in s, and its rise over its fall."""
    t = waves.t
    if abs(t.height_mv) < FLAT_T_MV:
        return USUAL_T_WIDTH_S, USUAL_T_ASYMMETRY
    top = int(np.argmax(np.abs(t.mv)))
    low = np.flatnonzero(t.mv * np.sign(t.height_mv) < abs(t.height_mv) / 2)
    rise, fall = (waves.time_s[top] - waves.time_s[low[low < top][-1]], waves.time_s[low[low > top][0]] - t.peak_s)
    return float(rise + fall), float(np.clip(rise / fall, *ASYMMETRY_LIMITS))


def _by_the_laws(reference: BeatShape, potassium: EffectivePotassium) -> BeatShape:
    """A beat at another potassium, its wall taken to be the one in the middle: nobody knows that of a real heart."""
    return apply_potassium(reference, potassium, mean_change(potassium.t_width, REFERENCE_POTASSIUM))


def _at_reference(own: BeatShape, potassium: EffectivePotassium) -> BeatShape:
    """The beat at the reference potassium that the laws make into `own`, by repeated correction."""
    names = [field.name for field in fields(BeatShape) if field.name != "t_profile"]
    reference = own
    for _ in range(ROUNDS):
        there = _by_the_laws(reference, potassium)
        missing = {name: getattr(own, name) - getattr(there, name) for name in names}
        if max(abs(by) for by in missing.values()) < CLOSE:
            break
        reference = replace(reference, **{name: getattr(reference, name) + by for name, by in missing.items()})
    return reference


def _of_p_and_repolarisation(waves: RealWaves, own: _Place, other: _Place, samples: int) -> Float[np.ndarray, " time"]:
    """What P, ST, T and U change by, in mV."""
    parts = [(waves.t, _moved_t(waves, own, other) - waves.t.mv + _st_and_u(waves, own, other))]
    if waves.p is not None:
        parts.append((waves.p, _moved_p(waves, waves.p, own, other) - waves.p.mv))
    total = np.zeros(samples)
    for wave, difference in parts:
        for r, size, lag in zip(waves.r, wave.size, wave.lag, strict=True):
            start = r + waves.first + lag
            begin, end = max(start, 0), min(start + len(difference), samples)
            if begin < end:
                total[begin:end] += size * difference[begin - start : end - start]
    return total


def _moved_p(waves: RealWaves, p: OwnWave, own: _Place, other: _Place) -> Window:
    """P at the other potassium: another height and duration, at another distance from QRS."""
    stretch = other.shape.p_s / own.shape.p_s
    gain = other.shape.p_mv / own.shape.p_mv if own.shape.p_mv else 1.0
    onset_s = p.onset_s + _qrs_onset_s(waves, own, other) - waves.qrs_span_s[0] - (other.shape.pr_s - own.shape.pr_s)
    return gain * _at(waves.time_s, p.mv, p.onset_s + (waves.time_s - onset_s) / stretch)


def _moved_t(waves: RealWaves, own: _Place, other: _Place) -> Window:
    """T at the other potassium: its own form, stretched on either side of its peak, and higher by what the law adds."""
    distance_s = waves.time_s - other.t_peak_s
    sds = zip(other.t_sd_s, own.t_sd_s, strict=True)
    rise, fall = (float(np.clip(there / here, *T_STRETCH_LIMITS)) for there, here in sds)
    form = _at(waves.time_s, waves.t.mv, own.t_peak_s + distance_s / np.where(distance_s < 0, rise, fall))
    added_mv = other.shape.t_mv - own.shape.t_mv
    height_mv = waves.t.height_mv
    share = float(np.interp(height_mv, OWN_T_MV, (0.0, 1.0)))
    bump = waveform(np.array([[1.0, other.t_peak_s, *other.t_sd_s]]), waves.time_s)
    return form + added_mv * ((share * form / height_mv if share else 0.0) + (1 - share) * bump)


def _st_and_u(waves: RealWaves, own: _Place, other: _Place) -> Window:
    """The ST level and the U wave that come or go: waves as in `beat.bumps`."""
    j_s = waves.qrs_span_s[1] * other.shape.qrs_s / own.shape.qrs_s
    st_sd_s = max(0.33 * (other.t_peak_s - j_s), 0.02)
    rows = [
        (other.shape.st_mv - own.shape.st_mv, (j_s + other.t_peak_s) / 2, st_sd_s, st_sd_s),
        (other.shape.u_mv - own.shape.u_mv, other.t_offset_s + 0.05, 0.045, 0.050),
    ]
    return waveform(np.array(rows), waves.time_s)


def _of_qrs(
    mv: Float[np.ndarray, " time"], waves: RealWaves, own: _Place, other: _Place, sine: float
) -> Float[np.ndarray, " time"]:
    """What the QRS complexes change by, in mV, each by its own form."""
    gain = other.shape.r_mv / own.shape.r_mv if own.shape.r_mv else 1.0
    stretch = other.shape.qrs_s / own.shape.qrs_s
    total = np.zeros(len(mv))
    if gain == 1 and stretch == 1 and sine == 0:
        return total
    near = np.abs(waves.time_s) <= QRS_REACH_S
    time_s, first = waves.time_s[near], waves.first + int(np.argmax(near))
    span_s = waves.qrs_span_s[0] - QRS_MARGIN_S, waves.qrs_span_s[1] + QRS_MARGIN_S
    broad = waveform(bumps(other.shape)[QRS_BUMPS], time_s)
    for r in waves.r[waves.inside]:
        start = r + first
        here = slice(max(start, 0), min(start + len(time_s), len(mv)))
        window = np.full(len(time_s), np.nan)
        window[here.start - start : here.stop - start] = mv[here]
        form = above_chord(window, time_s, span_s, QRS_MARGIN_S)
        if np.isfinite(form).all():
            moved = _at(time_s, form, time_s / stretch)
            moved = np.where(moved > 0, gain * moved, moved)
            total[here] += ((1 - sine) * moved + sine * broad - form)[here.start - start : here.stop - start]
    return total


def _at(time_s: Window, mv: Window, wanted_s: Window) -> Window:
    """A wave at other times, 0 beyond its window."""
    inside = (wanted_s >= time_s[0]) & (wanted_s <= time_s[-1])
    return np.where(inside, CubicSpline(time_s, mv)(np.clip(wanted_s, time_s[0], time_s[-1])), 0.0)
