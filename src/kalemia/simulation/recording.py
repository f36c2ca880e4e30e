"""Lead II of a simulated patient, sample by sample, with the truth about every beat."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from kalemia.delineation.beat import Beat, Wave
from kalemia.errors import ConfigError
from kalemia.recording import Recording
from kalemia.simulation.acidosis import damped, draw_acidosis
from kalemia.simulation.av_block import Conduction, conduct
from kalemia.simulation.beat import (
    P_BUMPS,
    QRS_BUMPS,
    REPOLARISATION_BUMPS,
    WINDOW_S,
    BeatShape,
    Fiducials,
    Span,
    bumps,
    fiducials,
    waveform,
)
from kalemia.simulation.hospitals import HOSPITAL_A, Hospital
from kalemia.simulation.noise import add_noise
from kalemia.simulation.patient import Patient, draw_patient, heart_rate_at, on_another_day, shape_at
from kalemia.simulation.potassium_laws import POTASSIUM_LIMITS
from kalemia.simulation.repolarisation import Profile
from kalemia.simulation.rhythm import Rhythm, draw_rhythm

FS = 500.0
DURATION_S, MIN_DURATION_S = 10.0, 1.0
QT_RESTITUTION = 0.10  # how much of a change in RR the end of T follows at once, in s per s


@dataclass(frozen=True)
class _Beats:
    """Waves (see `beat.bumps`) and fiducial points of each beat of a rhythm."""

    rows: Float[np.ndarray, "beat bump 4"]
    points: tuple[Fiducials, ...]


@dataclass(frozen=True)
class SimulatedECG:
    """A simulated recording and what is true about it.

    Attributes:
        recording: lead II at 500 Hz, with noise.
        clean_mv: the same without noise, in mV.
        r_peaks: samples of the R peaks (the deepest point where the QRS points down).
        beats: fiducial points of every beat whose R peak is in the recording; points beyond the ends are `None`. A P
            wave that no beat follows (AV block) is in none.
        potassium: true potassium in mEq/L.
        heart_rate_bpm: mean heart rate over the recording.
        rhythm: name of the rhythm.
        patient: whose ECG it is.
        acidosis: severity of acidosis at the time, 0 where there is none.
        lone_p: P waves that no beat follows.
    """

    recording: Recording
    clean_mv: Float[np.ndarray, " time"]
    r_peaks: Int[np.ndarray, " beat"]
    beats: tuple[Beat, ...]
    potassium: float
    heart_rate_bpm: float
    rhythm: str
    patient: Patient
    acidosis: float = 0.0
    lone_p: tuple[Wave, ...] = ()


def simulate_recording(potassium: float, seed: int, duration_s: float = DURATION_S) -> SimulatedECG:
    """Simulate one ECG of a new patient.

    Args:
        potassium: true potassium in mEq/L.
        seed: the same seed gives the same patient and the same recording.
        duration_s: length in seconds.

    Raises:
        ConfigError: the potassium is not one that a living patient can have, or the recording is too short.
    """
    rng = np.random.default_rng(seed)
    return record(draw_patient(rng), potassium, rng, duration_s)


def record(
    patient: Patient,
    potassium: float,
    rng: np.random.Generator,
    duration_s: float = DURATION_S,
    hospital: Hospital = HOSPITAL_A,
) -> SimulatedECG:
    """Record lead II of a patient.

    Acidosis and AV block have a random stream of their own, spawned from `rng`.

    Args:
        patient: whose ECG it is.
        potassium: true potassium in mEq/L at the time of the ECG.
        rng: source of chance.
        duration_s: length in seconds.
        hospital: whose device records.

    Raises:
        ConfigError: the potassium is not one that a living patient can have, or the recording is too short.
    """
    low, high = POTASSIUM_LIMITS
    if not low <= potassium <= high:
        raise ConfigError(f"a potassium of {potassium} mEq/L; a simulated patient can have {low} to {high}")
    if not MIN_DURATION_S <= duration_s < np.inf:
        raise ConfigError(f"a recording of {duration_s} s; it must last {MIN_DURATION_S} s or more")
    (own,) = rng.spawn(1)
    acidosis = draw_acidosis(own, potassium)
    visit = on_another_day(patient, rng)
    visit = replace(visit, response=damped(visit.response, acidosis))
    heart_rate_bpm = heart_rate_at(visit, potassium)
    atria = draw_rhythm(rng, visit, heart_rate_bpm, duration_s)
    conduction = conduct(own, atria, visit.response.effective(potassium).rate, duration_s)
    rhythm = conduction.rhythm
    rr_s = 60.0 / heart_rate_bpm if rhythm is atria else float(np.mean(rhythm.rr_s))
    shape = _rhythm_shape(shape_at(visit, potassium, rr_s), rhythm, rng)
    beats = _draw_beats(shape, conduction, rng)
    clean_mv = _render(beats.rows, rhythm.r_s, round(duration_s * FS), shape.t_profile)
    if len(conduction.lone_p_s):
        clean_mv += _render(_lone_p_waves(shape, conduction), conduction.lone_p_s, len(clean_mv), shape.t_profile)
    if rhythm.name == "atrial_fibrillation":
        clean_mv += _fibrillatory_waves(rng, len(clean_mv))
    if rhythm.name == "paced":
        clean_mv += _pacing_spikes(rng, rhythm.r_s + shape.qrs_onset_s, len(clean_mv))
    noisy_mv = add_noise(clean_mv, FS, rng, hospital)
    truth = _truth(beats, rhythm.r_s, len(clean_mv))
    return SimulatedECG(
        recording=Recording(noisy_mv[None].astype(np.float32), FS, ("II",)),
        clean_mv=clean_mv,
        r_peaks=np.array([beat.qrs.peak for beat in truth], dtype=np.int64),
        beats=truth,
        potassium=float(potassium),
        heart_rate_bpm=60.0 / float(np.mean(rhythm.rr_s)),
        rhythm=rhythm.name,
        patient=patient,
        acidosis=acidosis,
        lone_p=_lone_p_truth(shape, conduction.lone_p_s, len(clean_mv)),
    )


def _rhythm_shape(shape: BeatShape, rhythm: Rhythm, rng: np.random.Generator) -> BeatShape:
    """Fibrillating atria have no P wave, and neither have half of the paced patients."""
    without_p = rhythm.name == "atrial_fibrillation" or (rhythm.name == "paced" and rng.random() < 0.5)
    return shape.without_p() if without_p else shape


def _ventricular_shape(shape: BeatShape, rng: np.random.Generator) -> BeatShape:
    """A beat from a ventricle: no P, wide QRS, ST and T against it."""
    size_mv = (abs(shape.r_mv) + abs(shape.s_mv)) * rng.uniform(0.9, 1.5)
    upright = rng.random() < 0.6
    wide = replace(
        shape.without_p(),
        q_mv=0.0,
        qrs_s=0.14 + 0.5 * max(shape.qrs_s - 0.10, 0.0),
        r_sd_share=0.16,
        s_sd_share=0.17,
        j_mv=0.0,
        t_terminal=0.0,
        qt_s=shape.qt_s + 0.05,
        t_width_s=1.3 * shape.t_width_s,
    )
    if upright:
        return replace(wide, r_mv=size_mv, s_mv=-0.3 * size_mv, st_mv=-0.08 * size_mv, t_mv=-0.35 * size_mv)
    return replace(wide, r_mv=0.1 * size_mv, s_mv=-size_mv, st_mv=0.08 * size_mv, t_mv=0.35 * size_mv)


def _atrial_shape(shape: BeatShape, rng: np.random.Generator) -> BeatShape:
    """An early beat from elsewhere in the atria: another P wave, another PR."""
    return replace(shape, p_mv=shape.p_mv * rng.uniform(-0.8, 0.7), pr_s=shape.pr_s + rng.uniform(-0.02, 0.03))


def _lone_p_waves(shape: BeatShape, conduction: Conduction) -> Float[np.ndarray, "lone bump 4"]:
    """A P wave, and nothing behind it, for each that was not conducted."""
    rows = np.repeat(bumps(shape)[None], len(conduction.lone_p_s), axis=0)
    rows[:, P_BUMPS.stop :, 0] = 0.0
    return rows


def _draw_beats(shape: BeatShape, conduction: Conduction, rng: np.random.Generator) -> _Beats:
    """Each beat's waves: the template of its kind, varied by breathing, by the RR before it, and by chance."""
    rhythm = conduction.rhythm
    shape = shape.without_p() if conduction.dissociated else shape
    templates = (shape, _ventricular_shape(shape, rng), _atrial_shape(shape, rng))
    kind = np.where(rhythm.ventricular, 1, np.where(rhythm.atrial, 2, 0))
    rows = np.stack([bumps(template) for template in templates])[kind]
    count = len(kind)
    depth = rng.uniform(0.0, 0.06)
    rows[:, P_BUMPS, 0] *= 1 + rng.normal(0, 0.06, (count, 1))
    rows[:, QRS_BUMPS, 0] *= 1 + depth * rhythm.breath[:, None] + rng.normal(0, 0.012, (count, 1))
    rows[:, REPOLARISATION_BUMPS, 0] *= 1 + depth * rhythm.breath[:, None] + rng.normal(0, 0.03, (count, 1))
    p_shift_s = rng.normal(0, 0.002, count) - conduction.pr_added_s
    t_shift_s = QT_RESTITUTION * np.clip(rhythm.rr_s - np.mean(rhythm.rr_s), -0.3, 0.3) + rng.normal(0, 0.002, count)
    rows[:, P_BUMPS, 1] += p_shift_s[:, None]
    rows[:, REPOLARISATION_BUMPS, 1] += t_shift_s[:, None]
    truths = [fiducials(template) for template in templates]
    points = tuple(
        _shifted(truths[which], p_shift, t_shift)
        for which, p_shift, t_shift in zip(kind, p_shift_s, t_shift_s, strict=True)
    )
    return _Beats(rows, points)


def _shifted(points: Fiducials, p_shift_s: float, t_shift_s: float) -> Fiducials:
    p = None if points.p is None else (points.p[0] + p_shift_s, points.p[1] + p_shift_s, points.p[2] + p_shift_s)
    onset = max(points.t[0] + t_shift_s, points.qrs[2])
    peak = max(points.t[1] + t_shift_s, onset)
    return replace(points, p=p, t=(onset, peak, max(points.t[2] + t_shift_s, peak)))


def _render(
    rows: Float[np.ndarray, "beat bump 4"], r_s: Float[np.ndarray, " beat"], samples: int, t_profile: Profile
) -> Float[np.ndarray, " time"]:
    """The beats summed on one clock, in mV."""
    before, after = (round(edge_s * FS) for edge_s in WINDOW_S)
    r_sample = np.round(r_s * FS).astype(np.int64)
    time_s = np.arange(before, after) / FS + (r_sample / FS - r_s)[:, None]
    margin = after - before
    signal = np.zeros(samples + 2 * margin)
    for start, beat in zip(r_sample + before + margin, waveform(rows, time_s, t_profile), strict=True):
        if 0 <= start <= samples + margin:
            signal[start : start + margin] += beat
    return signal[margin : margin + samples]


def _fibrillatory_waves(rng: np.random.Generator, samples: int) -> Float[np.ndarray, " time"]:
    """Fibrillatory waves: a saw-tooth of 4 to 8 Hz whose rate and size wander."""
    steps_hz = rng.uniform(4.5, 7.5) + np.interp(np.arange(samples), *_knots(rng, samples, 0.6))
    phase = 2 * np.pi * np.cumsum(steps_hz) / FS
    size_mv = rng.uniform(0.015, 0.06) * (1 + np.interp(np.arange(samples), *_knots(rng, samples, 0.35)))
    wave: Float[np.ndarray, " time"] = size_mv * (np.sin(phase) + 0.35 * np.sin(2 * phase + 0.6))
    return wave


def _knots(
    rng: np.random.Generator, samples: int, sd: float
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    places = np.arange(0, samples + FS / 2, FS / 2)
    return places, rng.normal(0, sd, len(places))


def _pacing_spikes(
    rng: np.random.Generator, qrs_onset_s: Float[np.ndarray, " beat"], samples: int
) -> Float[np.ndarray, " time"]:
    """A stimulus just before each QRS, with the after-potential that an amplifier leaves behind."""
    spike_mv = rng.uniform(0.15, 1.2) * rng.choice([-1, 1]) * np.array([1.0, 0.4, -0.2, -0.1, -0.05])
    signal = np.zeros(samples)
    for start in np.round((qrs_onset_s - 0.006) * FS).astype(np.int64):
        if 0 <= start <= samples - len(spike_mv):
            signal[start : start + len(spike_mv)] += spike_mv
    return signal


def _truth(beats: _Beats, r_s: Float[np.ndarray, " beat"], samples: int) -> tuple[Beat, ...]:
    """Fiducial points in samples, of the beats whose R peak lies in the recording."""
    truth = []
    for points, at_s in zip(beats.points, r_s, strict=True):
        qrs = _wave(points.qrs, at_s, samples)
        if qrs.peak is not None:
            p = None if points.p is None else _wave(points.p, at_s, samples)
            truth.append(Beat(qrs=qrs, p=p, t=_wave(points.t, at_s, samples)))
    return tuple(truth)


def _lone_p_truth(shape: BeatShape, lone_p_s: Float[np.ndarray, " lone"], samples: int) -> tuple[Wave, ...]:
    """The P waves without a beat whose peak lies in the recording."""
    p = fiducials(shape).p
    waves = [] if p is None else [_wave(p, at_s, samples) for at_s in lone_p_s]
    return tuple(wave for wave in waves if wave.peak is not None)


def _wave(span: Span, at_s: float, samples: int) -> Wave:
    """A wave's points in samples; those beyond the ends of the recording are `None`."""
    places = (round((at_s + point_s) * FS) for point_s in span)
    return Wave(*(place if 0 <= place < samples else None for place in places))
