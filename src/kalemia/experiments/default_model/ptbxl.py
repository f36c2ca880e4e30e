"""Lead II of PTB-XL records, dealt to sides: to learn from, to calibrate with, and a third that nothing touches.

PTB-XL 1.0.3: Wagner et al. 2020, doi:10.1038/s41597-020-0495-6, CC BY 4.0. There are no blood tests in it. Records are
dealt one by one: which of them are of one patient is not known here.
"""

import csv
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
from jaxtyping import Int, Int16

from kalemia.errors import CorruptFile, FileMissing
from kalemia.recording import Recording
from kalemia.writing import whole_or_nothing

SIGNALS, LABELS = "lead_ii.npz", "labels.csv"
FS = 500.0
SEED = 6
UNTOUCHED_SHARE, CALIBRATION_SHARE = 1 / 3, 1 / 4
"""Of all records, and of those that are left; the others are there to learn from."""

Side = Literal["training", "calibration", "untouched"]


@dataclass(frozen=True)
class PTBXL:
    """Lead II of some records.

    Attributes:
        ids: PTB-XL's `ecg_id` of each record.
        microvolts: lead II of each.
        statements: SCP-ECG codes of each record; none where a record has no row.
    """

    ids: Int[np.ndarray, " record"]
    microvolts: Int16[np.ndarray, "record time"]
    statements: dict[int, frozenset[str]]

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read `lead_ii.npz` (`ecg_id`, `lead_ii_uv`) and `labels.csv` (`ecg_id`, `scp_codes`).

        Raises:
            FileMissing: one of them is not there.
            CorruptFile: one of them is damaged.
        """
        for name in (SIGNALS, LABELS):
            if not (folder / name).is_file():
                raise FileMissing(f"{folder.name}: no {name}. Name the folder with {SIGNALS} and {LABELS} of PTB-XL.")
        try:
            with np.load(folder / SIGNALS) as stored:
                ids, microvolts = stored["ecg_id"], stored["lead_ii_uv"]
            with (folder / LABELS).open(encoding="utf-8", newline="") as file:
                codes = {int(row["ecg_id"]): frozenset(row["scp_codes"].split()) for row in csv.DictReader(file)}
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise CorruptFile(f"{folder.name}: {SIGNALS} or {LABELS} is damaged ({error}). Get it again.") from error
        return cls(ids, microvolts, codes)

    def __len__(self) -> int:
        return len(self.ids)

    def recording(self, place: int) -> Recording:
        """Lead II of a record in mV."""
        return Recording(self.microvolts[place][None] / 1e3, FS, ("II",))

    def has(self, place: int, statement: str) -> bool:
        """Whether a record has an SCP-ECG statement, such as NORM or CLBBB."""
        return statement in self.statements.get(int(self.ids[place]), frozenset())

    def sides(self) -> dict[Side, Int[np.ndarray, " record"]]:
        """The places of the records of each side; the same for the same records."""
        order = np.random.default_rng(SEED).permutation(len(self))
        untouched, rest = np.split(order, [round(UNTOUCHED_SHARE * len(order))])
        calibration, training = np.split(rest, [round(CALIBRATION_SHARE * len(rest))])
        return {"training": training, "calibration": calibration, "untouched": untouched}

    def write(self, places: Iterable[int], folder: Path) -> Path:
        """Write records as NPZ files, whole or not at all, unless they are there already; returns the folder."""
        if not folder.is_dir():
            with whole_or_nothing(folder) as draft:
                draft.mkdir()
                for place in places:
                    path = draft / f"ptbxl{self.ids[place]:05d}.npz"
                    np.savez(path, ii_mv=self.microvolts[place] / 1e3, fs=FS)
        return folder
