"""Real normal recordings for the second arm of a cohort: read one by one, and only those whose waves can be trusted."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kalemia.delineation.beat import Beats
from kalemia.errors import InputError, KalemiaError, MissingLead
from kalemia.preprocessing import find_beats
from kalemia.quality import judge_quality
from kalemia.reading import files_in, read
from kalemia.recording import Recording
from kalemia.simulation.morphing import LEAD

OWN_POTASSIUM_MEAN, OWN_POTASSIUM_SD = 4.2, 0.35
"""mEq/L: normal potassium with its normal spread, which an unlabelled normal ECG is assumed to have. 95 % of it lie
from 3.5 to 4.9, near the reference range of laboratories (3.5 to 5.0)."""
MOST_SDS = 3.0
"""Own potassium is drawn within so many standard deviations."""
LEAST_SHARE = 0.5
"""P, QRS and T must be seen in more of the beats than this."""

UNREADABLE = "cannot be read as an ECG"
NO_LEAD = f"no lead {LEAD}"
WITHOUT_WAVES = "P, QRS or T not seen in most beats"
NOT_GOOD = "not of good quality"


@dataclass(frozen=True)
class RealNormal:
    """A real recording that can be changed.

    Attributes:
        path: the file.
        recording: lead II as it was read.
        beats: in samples of the recording.
    """

    path: Path
    recording: Recording
    beats: Beats


@dataclass
class Selection:
    """What was kept of the files so far.

    Attributes:
        kept: number of recordings.
        left_out: number of files for each reason.
    """

    kept: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        reasons = "".join(f", {count} {reason}" for reason, count in self.left_out.most_common())
        return f"{self.kept} of {self.kept + self.left_out.total()} recordings kept{reasons}"


def draw_own_potassium(rng: np.random.Generator) -> float:
    """The potassium (mEq/L) that a real normal recording is assumed to have."""
    while abs(sds := rng.normal()) > MOST_SDS:
        pass
    return float(OWN_POTASSIUM_MEAN + OWN_POTASSIUM_SD * sds)


def real_normals(
    source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]], selection: Selection | None = None
) -> Iterator[RealNormal]:
    """Read real recordings one at a time, and give those of good quality that have P, QRS and T in most beats.

    Args:
        source: a folder of ECG files, one file, or several files. That they are normal ECGs is for the caller to know.
        selection: filled while reading with how many were kept, and why the others were not.

    Raises:
        FileMissing: a folder that may not be read.
        InputError: none of the files can be used; raised when all were tried.
    """
    selection = Selection() if selection is None else selection
    before = selection.kept
    for path in _files(source):
        normal = _normal(path)
        if isinstance(normal, str):
            selection.left_out[normal] += 1
        else:
            selection.kept += 1
            yield normal
    if selection.kept == before:
        raise InputError(
            f"no real normal ECG to change: {selection}. Give a folder of signal files with lead {LEAD}, P, QRS and T"
        )


def _files(source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> Iterator[Path]:
    if isinstance(source, (str, os.PathLike)):
        yield from files_in(Path(source))
    else:
        yield from map(Path, source)


def _normal(path: Path) -> RealNormal | str:
    """The recording, or why it cannot be used."""
    try:
        recording = read(path, lead=LEAD)
    except MissingLead:
        return NO_LEAD
    except KalemiaError:
        return UNREADABLE
    try:
        beats = find_beats(recording)
        quality = judge_quality(recording, LEAD, beats)
    except KalemiaError:
        return NOT_GOOD
    if quality.verdict != "good":
        return NOT_GOOD
    return RealNormal(path, recording, beats) if _has_waves(beats) else WITHOUT_WAVES


def _has_waves(beats: Beats) -> bool:
    whole = [beat.p is not None and beat.t is not None and beat.qrs.onset is not None for beat in beats]
    return float(np.mean(whole)) > LEAST_SHARE
