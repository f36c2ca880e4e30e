from pathlib import Path

import pytest
import torch

from kalemia.cohorts import Cohort
from kalemia.simulation import simulate_cohort
from kalemia.training import TrainingConfig


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    folder: Path = tmp_path_factory.mktemp("cohorts") / "tiny"
    return simulate_cohort(folder, patients=24, seed=0, progress=False)


@pytest.fixture
def config() -> TrainingConfig:
    return TrainingConfig.load(
        overrides={
            "model": "dcrnn-4k",
            "max_epochs": 4,
            "batch_size": 16,
            "cycles_per_recording": 2,
            "validation_fraction": 0.3,
        }
    )
