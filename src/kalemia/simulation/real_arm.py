"""The second arm of a cohort: patients whose beats are real, at potassium values that are not."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from kalemia.errors import InputError
from kalemia.recording import Recording
from kalemia.simulation.labels import Label
from kalemia.simulation.morphing import morph
from kalemia.simulation.patient import draw_response
from kalemia.simulation.real_beats import RealNormal, real_normals

MOST_REAL = 0.5
"""Share of the patients of a cohort that are real at most: each record is one of them, and none is used twice."""


@dataclass(frozen=True)
class RealArm:
    """The files that patients are taken from.

    Attributes:
        files: normal ECGs of good quality, in order; each is one patient.
    """

    files: tuple[Path, ...] = ()

    @classmethod
    def of(cls, folder: Path) -> "RealArm":
        """All recordings of a folder that can be changed.

        Raises:
            FileMissing, InputError: as `real_normals`.
        """
        return cls(tuple(normal.path for normal in real_normals(folder)))

    @cached_property
    def digest(self) -> str:
        """Of the names of the files, so that a cohort goes on with no others."""
        names = "\n".join(file.name for file in self.files)
        return hashlib.sha256(names.encode("utf-8", "surrogateescape")).hexdigest()[:16]

    def file_of_patients(self, patients: int, seed: int) -> dict[int, Path]:
        """Which patients of a cohort are real, and their files; whatever their potassium is to be."""
        rng = np.random.default_rng((seed, len(self.files), patients))
        count = min(len(self.files), round(MOST_REAL * patients))
        numbers, places = rng.permutation(patients)[:count], rng.permutation(len(self.files))[:count]
        return {int(number): self.files[place] for number, place in zip(numbers, places, strict=True)}


def real_patient(
    file: Path, labels: list[Label], rng: np.random.Generator
) -> Iterator[tuple[Recording, dict[str, Any]]]:
    """A recording at the potassium of each label but the last, and for the last as it was read.

    Args:
        file: of the recording.
        labels: of the patient's ECGs; the last has the potassium that the recording is assumed to have.
        rng: source of chance.

    Raises:
        InputError: the file is no longer what it was when it was chosen.
    """
    normal, response = _again(file), draw_response(rng)
    own = labels[-1].potassium_true
    for label in labels[:-1]:
        yield morph(normal.recording, normal.beats, own, label.potassium_true, response), _what(normal)
    yield normal.recording, _what(normal)


def patient_of(file: Path) -> str:
    """The id of the patient whose beats are in a file: the same in every cohort, and not the name of the file."""
    return f"real-{hashlib.sha256(file.name.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"


def _again(file: Path) -> RealNormal:
    try:
        return next(real_normals([file]))
    except InputError as error:
        raise InputError(f"{file.name}: changed since the cohort was begun, and of no use now") from error


def _what(normal: RealNormal) -> dict[str, Any]:
    """What the table says of a real patient: nothing that is not known."""
    rr_s = np.diff(normal.beats.r_peaks) / normal.beats.fs
    rate = round(60 / float(np.median(rr_s)), 1)
    return {"age_years": None, "sex": None, "heart_rate_bpm": rate, "rhythm": "sinus", "confounder": "none"}
