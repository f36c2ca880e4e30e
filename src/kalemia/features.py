"""Intervals and T-wave measures of a lead, as cardiology and the literature on potassium define them.

All are taken beat by beat on the cleaned lead and pooled by their median over the beats that can be used. Heights are
above the level just before QRS, in mV. What is absent (a P wave in fibrillation, an interval without its end) is NaN.

Sources: Bazett 1920 (Heart 7:353) and Fridericia 1920 (doi:10.1111/j.0954-6820.1920.tb18266.x) for QTc. Attia et al.
2016 (doi:10.1161/JAHA.115.002746): the downslope of T over the square root of its height. Corsi et al. 2017
(doi:10.1038/srep42492): the downslope over the height, there of an eigenlead, here of the lead itself. Dillon et al.
2015 (doi:10.1016/j.jelectrocard.2014.10.002): T over R. Langley et al. 2002 (doi:10.1046/j.1460-9592.2002.01230.x):
symmetry of T, the area before its peak over that behind it.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import signal as dsp

from kalemia.delineation.beat import Beat, Beats, Wave
from kalemia.errors import FlatSignal, NoBeats
from kalemia.filtering import CLEAN_FS, clean
from kalemia.leads import take_lead
from kalemia.preprocessing import Block, blocks, find_beats
from kalemia.quality import Quality, judge_quality
from kalemia.recording import Recording

FEATURES = {
    "rr_ms": "from the R peak before",
    "pr_ms": "onset of P to onset of QRS",
    "qrs_ms": "onset to offset of QRS",
    "qt_ms": "onset of QRS to offset of T",
    "qtc_fridericia_ms": "QT over the cube root of RR in s",
    "qtc_bazett_ms": "QT over the square root of RR in s",
    "p_duration_ms": "onset to offset of P",
    "p_height_mv": "at the peak of P",
    "r_height_mv": "at the R peak; negative where QRS points down",
    "st_level_mv": "60 ms behind the offset of QRS",
    "t_duration_ms": "onset to offset of T",
    "t_half_width_ms": "width of T at half its height",
    "t_height_mv": "at the peak of T; negative where T is inverted",
    "t_downslope_mv_per_s": "steepest return of T to the level it rose from",
    "t_downslope_per_sqrt_height": "downslope over the square root of the height (Attia 2016), sqrt(mV)/s",
    "t_downslope_per_height": "downslope over the height (Corsi 2017), 1/s",
    "t_symmetry": "area of T before its peak over that behind it (Langley 2002)",
    "t_r_ratio": "height of T over that of R, without sign",
    "u_height_mv": "highest point behind T, over the line from its offset to where the next beat begins",
}
"""What is measured; names end in their unit where there is one."""

LEVEL_S = 0.016
"""The level of a beat is the mean over this time before QRS."""
ST_S = 0.060
SLOPE_S = 0.044
"""Over which slopes are fitted, by a parabola (Savitzky & Golay 1964, doi:10.1021/ac60214a047)."""
U_S = (0.020, 0.240)
"""Behind the offset of T, where a U wave has its peak..."""
NEXT_S = 0.040
"""...this far at least from the next P or QRS..."""
ROOM_S = 0.080
"""...if there is at least this much room."""

Signal = Float[np.ndarray, " time"]
PerBeat = dict[str, Float[np.ndarray, " beat"]]


@dataclass(frozen=True)
class Features:
    """What was measured in one lead.

    Attributes:
        median: over the usable beats, by the names in `FEATURES`; NaN where none has it, or the lead is unusable.
        per_beat: the same of each beat, usable or not.
        r_s: times of the R peaks in s.
        quality: of the lead and its beats.
        p_share: of the usable beats that have a P wave.
    """

    median: dict[str, float]
    per_beat: PerBeat
    r_s: Float[np.ndarray, " beat"]
    quality: Quality
    p_share: float

    @property
    def heart_rate_bpm(self) -> float:
        """From the median RR interval."""
        return 60_000 / self.median["rr_ms"]


def measure_features(
    recording: Recording, lead: str = "II", beats: Beats | None = None, quality: Quality | None = None
) -> Features:
    """Intervals and wave measures of a lead.

    Args:
        recording: as it was read.
        lead: the lead to measure.
        beats: those of the lead, where they are known already, at any sampling rate.
        quality: that of these beats, where it is known already.

    Raises:
        MissingLead: nothing in the recording gives that lead.
        SignalError: one of its kinds, as `kalemia.clean` and `kalemia.delineate`.
    """
    alone = take_lead(recording, lead)
    beats = find_beats(alone) if beats is None else beats.at(alone.fs)
    if not len(beats):
        raise NoBeats("no beats were given; there is nothing to measure")
    quality = judge_quality(alone, lead, beats) if quality is None else quality
    parts = [_measure_block(block, beats) for block in blocks(alone)]
    per_beat = {name: np.concatenate([part[name] for part in parts]) for name in FEATURES}
    usable = np.array([reason is None and quality.reason is None for reason in quality.per_beat], dtype=bool)
    has_p = np.array([beat.p is not None for beat in beats], dtype=bool)
    return Features(
        median={name: _median(values[usable]) for name, values in per_beat.items()},
        per_beat=per_beat,
        r_s=beats.r_peaks / beats.fs,
        quality=quality,
        p_share=float(has_p[usable].mean()) if usable.any() else np.nan,
    )


def _median(values: Float[np.ndarray, " beat"]) -> float:
    seen = values[np.isfinite(values)]
    return float(np.median(seen)) if seen.size else np.nan


def _measure_block(block: Block, beats: Beats) -> PerBeat:
    """The measures of the beats that a block answers for."""
    share = block.share_of(beats).at(CLEAN_FS)
    try:
        lead = _Lead.of(clean(block.recording).signal[0])
    except FlatSignal:
        lead = _Lead.of(np.full(round(block.recording.duration_s * CLEAN_FS), np.nan))
    neighbours = zip(share, [None, *share[:-1]], [*share[1:], None], strict=True)
    rows = [
        _measure(lead, beat, before, after)
        for beat, before, after in neighbours
        if block.owns(block.start_s + (beat.qrs.peak or 0) / CLEAN_FS)
    ]
    return {name: np.array([row.get(name, np.nan) for row in rows]) for name in FEATURES}


@dataclass(frozen=True)
class _Lead:
    """A cleaned lead and its slope, at 500 Hz."""

    mv: Signal
    mv_per_s: Signal

    @classmethod
    def of(cls, mv: Signal) -> "_Lead":
        window = round(SLOPE_S * CLEAN_FS) | 1
        fits = len(mv) >= window
        slope = (
            dsp.savgol_filter(mv, window, 2, deriv=1, delta=1 / CLEAN_FS, mode="nearest")
            if fits
            else np.full(len(mv), np.nan)
        )
        return cls(mv, slope)


def _measure(lead: _Lead, beat: Beat, before: Beat | None, after: Beat | None) -> dict[str, float]:
    """What one beat has of the measures."""
    qrs, r_peak = beat.qrs, beat.qrs.peak or 0
    found: dict[str, float] = {}
    if before is not None and before.qrs.peak is not None and np.isfinite(lead.mv[before.qrs.peak : r_peak]).all():
        found["rr_ms"] = _ms(r_peak - before.qrs.peak)
    if qrs.onset is None or qrs.offset is None:
        return found
    level = _mean(lead.mv[max(0, qrs.onset - round(LEVEL_S * CLEAN_FS)) : qrs.onset + 1])
    found["qrs_ms"] = _ms(qrs.offset - qrs.onset)
    found["r_height_mv"] = float(lead.mv[r_peak]) - level
    st_point = qrs.offset + round(ST_S * CLEAN_FS)
    if st_point < len(lead.mv):
        found["st_level_mv"] = float(lead.mv[st_point]) - level
    if beat.p is not None:
        found |= _of_p(lead, beat.p, qrs.onset, level)
    if beat.t is not None and beat.t.onset is not None and beat.t.offset is not None:
        found |= _of_t(lead, beat.t, level)
        found |= _of_qt(beat.t.offset - qrs.onset, found.get("rr_ms"))
        found["t_r_ratio"] = _ratio(abs(found["t_height_mv"]), abs(found["r_height_mv"]))
        found |= _of_u(lead, beat.t.offset, after)
    return found


def _of_p(lead: _Lead, p: Wave, qrs_onset: int, level: float) -> dict[str, float]:
    if p.onset is None or p.peak is None or p.offset is None:
        return {}
    return {
        "pr_ms": _ms(qrs_onset - p.onset),
        "p_duration_ms": _ms(p.offset - p.onset),
        "p_height_mv": float(lead.mv[p.peak]) - level,
    }


def _of_qt(samples: int, rr_ms: float | None) -> dict[str, float]:
    qt_ms = _ms(samples)
    if rr_ms is None:
        return {"qt_ms": qt_ms}
    rr_s = rr_ms / 1e3
    return {"qt_ms": qt_ms, "qtc_fridericia_ms": qt_ms / rr_s ** (1 / 3), "qtc_bazett_ms": qt_ms / rr_s**0.5}


def _of_t(lead: _Lead, t: Wave, level: float) -> dict[str, float]:
    onset, peak, offset = t.onset or 0, t.peak or 0, t.offset or 0
    height = float(lead.mv[peak]) - level
    upright = np.sign(height) * (lead.mv[onset : offset + 1] - level)
    top = peak - onset
    downslope = float(np.max(-np.sign(height) * lead.mv_per_s[peak : offset + 1]))
    half_width = int(np.count_nonzero(upright >= abs(height) / 2))
    return {
        "t_duration_ms": _ms(offset - onset),
        "t_half_width_ms": _ms(half_width) if half_width else np.nan,
        "t_height_mv": height,
        "t_downslope_mv_per_s": downslope if downslope > 0 else np.nan,
        "t_downslope_per_sqrt_height": _ratio(downslope, abs(height) ** 0.5),
        "t_downslope_per_height": _ratio(downslope, abs(height)),
        "t_symmetry": _ratio(float(upright[: top + 1].sum()), float(upright[top:].sum())),
    }


def _of_u(lead: _Lead, t_offset: int, after: Beat | None) -> dict[str, float]:
    """The bump behind T, where the next beat leaves room for one."""
    begin, end = (t_offset + round(edge_s * CLEAN_FS) for edge_s in U_S)
    if after is not None:
        following = after.p or after.qrs
        end = min(end, (following.onset or following.peak or 0) - round(NEXT_S * CLEAN_FS))
    end = min(end, len(lead.mv) - 1)
    if end - begin < ROOM_S * CLEAN_FS:
        return {}
    part = lead.mv[t_offset : end + 1]
    above = part - np.linspace(part[0], part[-1], len(part))
    return {"u_height_mv": float(above[begin - t_offset :].max())}


def _mean(values: Signal) -> float:
    return float(values.mean()) if values.size else np.nan


def _ms(samples: int) -> float:
    return 1e3 * samples / CLEAN_FS


def _ratio(value: float, over: float) -> float:
    """Of two positive values; NaN where one is not, as in a wave that crosses its level."""
    return value / over if value > 0 and over > 0 else np.nan
