"""What electrodes, muscles, devices and other hearts do to a lead, so that 140 patients stand for more."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int8
from scipy import ndimage
from scipy import signal as dsp

from kalemia.delineation.network import FS_HZ, NONE, P, normalised
from kalemia.experiments.delineation.labels import UNKNOWN
from kalemia.reading import read
from kalemia.runs import runs_of

CROP = 4096
"""Samples that the network is trained on at once: 8.2 s."""
NOISES = ("bw", "ma")
"""Baseline wander and muscle artefacts of the MIT-BIH Noise Stress Test Database (Moody et al. 1984)."""
TEMPO = (0.8, 1.35)
"""How many times faster a heart is made: P waves run into T waves at rates that few patients of the database have."""
MAINS_HZ = (50.0, 60.0)
WITHOUT_P_SHARE = 0.12
"""Of the leads. The P wave is known by itself, not by the QRS complex that it is expected before."""
FIBRILLATION_HZ = (4.0, 9.0)

Strip = Float32[np.ndarray, " time"]
Taught = tuple[Strip, Int8[np.ndarray, " time"]]
"""A lead and the labels of its samples."""


@dataclass(frozen=True)
class Noise:
    """Recordings of noise alone, each of standard deviation 1, at 500 Hz; empty if there are none."""

    tracks: tuple[tuple[Strip, ...], ...]


def read_noise(folder: Path | None) -> Noise:
    """The noise of a folder with the records `bw` and `ma`; none if no folder is named.

    Raises:
        InputError: a record cannot be read.
    """
    if folder is None:
        return Noise(())
    return Noise(tuple(_tracks(folder / f"{name}.hea") for name in NOISES))


def _tracks(path: Path) -> tuple[Strip, ...]:
    recording = read(path)
    at_500_hz = dsp.resample_poly(np.nan_to_num(recording.signal), FS_HZ, round(recording.fs), axis=1)
    return tuple((track / track.std()).astype(np.float32) for track in at_500_hz)


def crop(rng: np.random.Generator, taught: Taught, noise: Noise) -> Taught:
    """A stretch of a lead as it could have been recorded elsewhere, as the network sees it, and its labels.

    Args:
        rng: a seeded generator.
        taught: a lead and its labels.
        noise: to add.
    """
    signal, labels = _without_p(rng, taught) if rng.random() < WITHOUT_P_SHARE else taught
    tempo = np.exp(rng.uniform(*np.log(TEMPO)))
    length = min(CROP, int((len(signal) - 1) / tempo))
    start = rng.uniform(0, len(signal) - 1 - (length - 1) * tempo)
    places = start + tempo * np.arange(length)
    strip = np.interp(places, np.arange(len(signal)), signal)
    size = max(float(np.ptp(strip)), 1e-6)
    strip += size * _disturbance(rng, length, noise)
    if rng.random() < 0.3:
        strip = ndimage.gaussian_filter1d(strip, rng.uniform(0.5, 3.0))
    gain = np.exp(rng.normal(0, 0.2)) * (-1 if rng.random() < 0.1 else 1)
    seen, taught_of_it = np.zeros(CROP, np.float32), np.full(CROP, UNKNOWN, np.int8)
    seen[:length] = normalised(strip) * gain
    taught_of_it[:length] = labels[np.round(places).astype(int)]
    return seen, taught_of_it


def _without_p(rng: np.random.Generator, taught: Taught) -> Taught:
    """A lead with its P waves taken out, in most cases with fibrillatory waves instead."""
    signal, labels = taught[0].astype(np.float64), taught[1].copy()
    for start, stop in runs_of(labels == P):
        signal[start:stop] = np.linspace(signal[start], signal[stop - 1], stop - start)
    labels[labels == P] = NONE
    if rng.random() < 0.7:
        signal += np.ptp(signal) * rng.uniform(0.005, 0.08) * oscillation(rng, len(signal), FIBRILLATION_HZ)
    return signal.astype(np.float32), labels


def oscillation(rng: np.random.Generator, length: int, rates_hz: tuple[float, float], irregular: float = 1.0) -> Strip:
    """Waves whose rate and size wander, some of them a saw-tooth.

    Args:
        rng: a seeded generator.
        length: in samples.
        rates_hz: lowest and highest mean rate.
        irregular: how much rate and size wander.
    """
    knots = np.arange(0, length + FS_HZ, FS_HZ // 3)
    wander = irregular * np.stack([np.interp(np.arange(length), knots, rng.standard_normal(len(knots))) for _ in "ab"])
    phase = 2 * np.pi * (np.cumsum(rng.uniform(*rates_hz) + 0.8 * wander[0]) / FS_HZ + rng.random())
    harmonic = rng.uniform(0, 0.5) * np.sin(2 * phase + rng.uniform(0, 2 * np.pi))
    return ((1 + 0.4 * wander[1]) * (np.sin(phase) + harmonic)).astype(np.float32)


def _disturbance(rng: np.random.Generator, length: int, noise: Noise) -> Strip:
    """Noise, as a share of the range of a lead."""
    total = np.zeros(length)
    for tracks, largest in zip(noise.tracks, (0.25, 0.06), strict=False):
        if rng.random() < 0.5:
            track = tracks[rng.integers(len(tracks))]
            start = rng.integers(len(track) - length)
            total += largest * rng.random() ** 2 * track[start : start + length]
    if rng.random() < 0.25:
        phase = 2 * np.pi * (rng.choice(MAINS_HZ) / FS_HZ * np.arange(length) + rng.random())
        total += 0.05 * rng.random() ** 2 * np.sin(phase)
    if rng.random() < 0.25:
        total += 0.02 * rng.random() * rng.standard_normal(length)
    return total.astype(np.float32)
