"""The Lobachevsky University Electrocardiography Database: 12 leads of 10 s at 500 Hz, with cardiologists' marks.

Kalyakulina et al. 2020 (doi:10.1109/ACCESS.2020.3029211), https://physionet.org/content/ludb/1.0.1/, ODC-BY 1.0. One
record is one patient. The marks of each lead lie in a file of their own; those of the outermost waves are missing.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from kalemia.delineation.network import FS_HZ, QRS, P, T
from kalemia.errors import CorruptFile, FileMissing, InvalidSignal
from kalemia.reading import read

LEADS = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")
KIND_OF_CODE = {24: P, 1: QRS, 27: T}
"""Annotation codes "p", "N" and "t" of https://physionet.org/physiotools/wag/annot-5.htm."""
ONSET_CODE, OFFSET_CODE = 39, 40
"""Annotation codes "(" and ")"."""
SKIP, NUM, SUB, CHN, AUX = range(59, 64)

Marks = tuple[tuple[int, int], ...]
"""Sample and annotation code of each mark."""


@dataclass(frozen=True)
class MarkedWave:
    """Class and place of a wave; a boundary that was not marked is `None`."""

    kind: int
    onset: int | None
    peak: int
    offset: int | None


@dataclass(frozen=True)
class MarkedLead:
    """One lead of one record.

    Attributes:
        record: its name; one record is one patient.
        name: of the lead.
        signal_mv: at 500 Hz.
        marks: what was marked in it.
    """

    record: str
    name: str
    signal_mv: Float32[np.ndarray, " time"]
    marks: Marks


def read_ludb(folder: Path) -> tuple[MarkedLead, ...]:
    """All leads of all records that a folder's `RECORDS` names.

    Raises:
        FileMissing: there is no such list.
        InputError: a record or its marks cannot be read.
    """
    listed = folder / "RECORDS"
    if not listed.is_file():
        raise FileMissing(f"{folder}: no file RECORDS. Name a folder with LUDB's records")
    return tuple(lead for record in listed.read_text(encoding="utf-8").split() for lead in _leads(folder, record))


def _leads(folder: Path, record: str) -> list[MarkedLead]:
    recording = read(folder / f"{Path(record).name}.hea")
    if recording.fs != FS_HZ:
        raise InvalidSignal(
            f"{record}: sampled at {recording.fs:g} Hz, not at {FS_HZ}. Name a folder with LUDB's records"
        )
    return [
        MarkedLead(
            record,
            name,
            np.nan_to_num(recording.lead(name)).astype(np.float32),
            read_marks(folder / f"{Path(record).name}.{name.lower()}"),
        )
        for name in LEADS
    ]


def read_marks(path: Path) -> Marks:
    """Sample and code of each annotation in a file of MIT format.

    Raises:
        FileMissing: no file there.
        CorruptFile: it is cut short.
    """
    if not path.is_file():
        raise FileMissing(f"{path}: no marks there")
    words = np.frombuffer(path.read_bytes()[: path.stat().st_size // 2 * 2], "<u2").astype(int)
    marks: list[tuple[int, int]] = []
    sample, place = 0, 0
    while place < len(words):
        code, interval = divmod(int(words[place]), 1024)
        place += 1
        if code == interval == 0:
            return tuple(marks)
        if code == SKIP:
            if place + 2 > len(words):
                break
            high, low = int(words[place]), int(words[place + 1])
            sample += (high << 16 | low) - (1 << 32 if high >= 1 << 15 else 0)
            place += 2
        elif code == AUX:
            place += -(-interval // 2)
        elif code not in (NUM, SUB, CHN):
            sample += interval
            marks.append((sample, code))
    raise CorruptFile(f"{path}: the marks have no end. Copy the record again")


def marked_waves(marks: Marks) -> tuple[MarkedWave, ...]:
    """The waves that marks tell of."""
    around = zip(((0, 0), *marks), marks, (*marks[1:], (0, 0)), strict=False)
    return tuple(
        MarkedWave(
            KIND_OF_CODE[code],
            before[0] if before[1] == ONSET_CODE else None,
            peak,
            after[0] if after[1] == OFFSET_CODE else None,
        )
        for before, (peak, code), after in around
        if code in KIND_OF_CODE
    )
