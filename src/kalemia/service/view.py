"""Everything that the page of the service draws of an estimate, as numbers."""

from collections.abc import Mapping
from math import isnan

import numpy as np
from jaxtyping import Float

from kalemia.answers import Estimate
from kalemia.attribution import attribute
from kalemia.cohorts.potassium_ranges import EDGES, LABELS
from kalemia.cycles import CYCLE_FS, R_INDEX, Cycles
from kalemia.digitization import Digitization
from kalemia.estimation import Estimator
from kalemia.features import measure_features
from kalemia.figures.style import RANGE_COLOURS
from kalemia.quality import Quality, judge_quality
from kalemia.recording import Recording
from kalemia.report.delineation import quality_as_json, waves_as_json
from kalemia.report.excerpt import Excerpt, excerpt_of
from kalemia.report.lines import basis_of
from kalemia.report.measures import measures_of
from kalemia.report.page import facts_of
from kalemia.service.page_view import page_view

View = Mapping[str, object]

RANGES: View = {"edges": list(EDGES), "labels": list(LABELS), "colours": list(RANGE_COLOURS)}


def details(
    recording: Recording, estimate: Estimate, estimator: Estimator, digitization: Digitization | None = None
) -> View:
    """The first ten seconds with usable cycles, stage by stage, and what they were read from.

    Args:
        recording: as read.
        estimate: what `estimator` made of it.
        estimator: the model.
        digitization: where the recording was read from a printed page, that page.
    """
    excerpt = excerpt_of(recording, estimator.config.preprocessing)
    quality = judge_quality(excerpt.as_read, excerpt.as_read.leads[0], excerpt.beats if len(excerpt.beats) else None)
    reads = excerpt.cycles is not None and not estimate.abstained
    return {
        "basis": basis_of(estimate),
        "strip": _strip(excerpt, recording),
        "cycles": None if excerpt.cycles is None else _cycles(excerpt.cycles),
        "attribution": _attribution(estimator, excerpt.cycles) if reads and excerpt.cycles is not None else None,
        "quality": {**quality_as_json(quality), "usable": quality.usable, "left_out": quality.left_out},
        "measures": _measures(excerpt, quality),
        "facts": [[label, text] for label, text in facts_of(recording, estimate, estimator).items()],
        "ranges": RANGES,
        "page": None if digitization is None else page_view(digitization),
    }


def _strip(excerpt: Excerpt, recording: Recording) -> View:
    """The strip before and after the filters, on the clock of the cleaned one, and its waves."""
    clean, as_read = excerpt.strip, excerpt.as_read
    times_s = np.arange(clean.signal.shape[1]) / clean.fs
    raw = np.interp(times_s * as_read.fs, np.arange(as_read.signal.shape[1]), as_read.signal[0])
    return {
        "lead": clean.leads[0],
        "fs": clean.fs,
        "start_s": excerpt.start_s,
        "recording_s": round(recording.duration_s, 3),
        "as_read_mv": numbers(raw),
        "cleaned_mv": numbers(clean.signal[0]),
        "waves": waves_as_json(excerpt.beats),
    }


def _cycles(cycles: Cycles) -> View:
    signal = cycles.signal[:, 0]
    return {
        "fs": CYCLE_FS,
        "r_index": R_INDEX,
        "normalisation": cycles.normalisation,
        "single": [numbers(cycle) for cycle in signal],
        "mean": numbers(signal.mean(axis=0)),
    }


def _attribution(estimator: Estimator, cycles: Cycles) -> View:
    found = attribute(estimator, cycles)
    return {
        "window_ms": numbers(found.window_ms),
        "change": numbers(found.change),
        "cycle": numbers(found.cycle[0]),
        "potassium": round(found.potassium, 3),
    }


def _measures(excerpt: Excerpt, quality: Quality) -> list[View]:
    """Intervals and waves of the usable beats shown; nothing where there is none."""
    if excerpt.cycles is None:
        return []
    measured = measure_features(excerpt.as_read, excerpt.as_read.leads[0], excerpt.beats, quality)
    return [
        {"name": label, "value": None if np.isnan(value) else round(value, 4), "unit": unit, "decimals": decimals}
        for label, value, unit, decimals in measures_of(measured)
    ]


def numbers(values: Float[np.ndarray, " any"]) -> list[float | None]:
    """To 0.1 µV; `None` for what is not a number."""
    rounded = np.round(np.asarray(values, dtype=np.float64), 4)
    return [None if isnan(value) else value for value in rounded.tolist()]
