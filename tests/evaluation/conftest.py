from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from kalemia.cohorts import Cohort
from kalemia.cohorts.writing import new_cohort
from kalemia.figures.loss import loss_curve
from kalemia.recording import Recording


@dataclass
class FakeRun:
    """Stands for a training run: it estimates the row's own potassium, shrunk, and abstains where told to."""

    folder: Path
    split: SimpleNamespace
    abstains: dict[str, str] = field(default_factory=dict)
    config: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(loss="huber"))

    def predict(self, cohort, rows, *, progress=False):
        ids = cohort.column("recording_id")
        dropped = {int(row): self.abstains[ids[row]] for row in rows if ids[row] in self.abstains}
        kept = np.array([row for row in rows if int(row) not in dropped], dtype=int)
        noise = np.random.default_rng(0).normal(0, 0.5, len(cohort))[kept]
        estimate = 5.2 + 0.5 * (cohort.column("potassium")[kept] - 5.2) + noise
        return SimpleNamespace(rows=kept, estimate=estimate, n_cycles=np.full(len(kept), 9), dropped=dropped)

    def loss_figure(self):
        return loss_curve((1, 2, 3), (1.0, 0.5, 0.4), (1.1, 0.6, 0.7), best_epoch=2)


@pytest.fixture
def make_cohort(tmp_path: Path) -> Callable[..., Cohort]:
    """Make a cohort of flat recordings: `make_cohort(name, patients=30, per_patient=2, first=0, source=...)`."""

    def make(name="cohort", patients=30, per_patient=2, first=0, source="simulated", potassium=None) -> Cohort:
        rng = np.random.default_rng(first + 1)
        with new_cohort(tmp_path / name, {"source": source}) as writer:
            for patient in range(first, first + patients):
                for place in range(per_patient):
                    row = {
                        "recording_id": f"p{patient}-{place}",
                        "patient_id": f"p{patient}",
                        "potassium": float(np.round(rng.uniform(3, 9), 2)) if potassium is None else potassium,
                        "minutes_from_lab": 0.0,
                        "source": source,
                    }
                    writer.add(Recording(np.zeros((1, 4)), 500.0, ("II",)), row)
        return Cohort.open(tmp_path / name)

    return make


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., FakeRun]:
    """Make a run on a cohort: of its patients, in order, half are for training, a quarter each for the other sides."""

    def make(cohort: Cohort, **kwargs) -> FakeRun:
        patients = list(dict.fromkeys(cohort.column("patient_id")))
        half, rest = len(patients) // 2, len(patients) // 4
        borders = {
            "train": patients[:half],
            "validation": patients[half : half + rest],
            "test": patients[half + rest :],
        }
        ids, owners = cohort.column("recording_id"), cohort.column("patient_id")
        sides = {side: tuple(ids[np.isin(owners, members)]) for side, members in borders.items()}
        known = (*borders["train"], *borders["validation"])
        own = SimpleNamespace(fingerprint=cohort.fingerprint)
        split = SimpleNamespace(cohort=own, known_patients=known, **sides)
        return FakeRun(tmp_path / "run", split, **kwargs)

    return make
