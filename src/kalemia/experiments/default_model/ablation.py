"""Which scale of the cycles, loss and network the default model gets: each variant trained alike on a smaller mix.

    python -m kalemia.experiments.default_model.ablation WORK --ptbxl PTBXL

Prints a table of how each does on patients of all priors that none has met, rare ranges filled up. Run it again after
an interruption and it goes on where it was.
"""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from kalemia.cohorts import Cohort
from kalemia.cohorts.potassium_ranges import LABELS, range_index
from kalemia.evaluation import measures
from kalemia.experiments.default_model.ptbxl import PTBXL
from kalemia.experiments.default_model.recipe import PRIORS, Part, simulate_parts
from kalemia.processes import cores
from kalemia.training import Run, TrainingConfig, train

TRAINING = (
    Part("ablation-emergency", "emergency", 3_000, 120, at_least=195),
    Part("ablation-dialysis", "dialysis", 1_500, 121, at_least=97),
    Part("ablation-wonju", "wonju", 1_500, 122),
    Part("ablation-real", "wonju", 1_200, 123, real=True),
)
TEST = tuple(
    Part(f"ablation-test-{prior}", prior, 1_000, 821 + place, at_least=100) for place, prior in enumerate(PRIORS)
)
ALIKE = {
    "model": "resnet",
    "cycles_per_recording": 1,
    "learning_rate": 2e-3,
    "max_epochs": 8,
    "patience": 8,
    "validation_fraction": 0.04,
    "test_fraction": 0.0,
    "seed": 0,
}
VARIANTS: dict[str, dict[str, object]] = {
    "mv, huber": {},
    "robust, huber": {"normalisation": "robust"},
    "zscore, huber": {"normalisation": "zscore"},
    "mv, huber, density weights": {"weighting": "density"},
    "mv, balanced": {"loss": "balanced"},
    "mv, huber, not augmented": {"augment": False},
    "dcrnn, mv, huber": {"model": "dcrnn"},
}
COLUMNS = ("", "MAE", "constant", "slope", "bias", "AUROC ≥ 5.5", "AUROC < 3.5", *(f"MAE {label}" for label in LABELS))


def run_variant(name: str, cohort: Cohort, test: Cohort, work: Path) -> list[str]:
    """Train a variant, or open it, and measure it: a row of the table."""
    settings: Mapping[str, object] = {**ALIKE, **VARIANTS[name]}
    run = train(cohort, TrainingConfig.load(overrides=settings), work / "ablation" / name.replace(", ", "-"))
    return [name, *_measures(run, test)]


def _measures(run: Run, test: Cohort) -> Iterator[str]:
    rows = np.flatnonzero(test.column("is_index"))
    predictions = run.predict(test, rows, progress=True)
    truth = test.column("potassium")[predictions.rows].astype(float)
    estimate, ranges = predictions.estimate, range_index(truth)
    constant = np.full(len(truth), np.median(truth))
    values = (
        measures.mae(truth, estimate),
        measures.mae(truth, constant),
        measures.slope(truth, estimate),
        measures.bias(truth, estimate),
        measures.auroc_hyperkalaemia(truth, estimate),
        measures.auroc_hypokalaemia(truth, estimate),
    )
    yield from (f"{float(value):.3f}" for value in values)
    yield from (f"{np.abs(estimate - truth)[ranges == i].mean():.2f}" for i in range(len(LABELS)))


def main() -> None:
    """Parse the arguments, train what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for cohorts and runs")
    parser.add_argument("--ptbxl", type=Path, help="folder with lead_ii.npz and labels.csv of PTB-XL")
    parser.add_argument("--only", action="append", choices=list(VARIANTS), help="one variant; may be repeated")
    given = parser.parse_args()
    real = None
    if given.ptbxl:
        ptbxl = PTBXL.open(given.ptbxl)
        real = ptbxl.write(ptbxl.sides()["training"], given.work / "real" / "training")
    cohort = simulate_parts(TRAINING, given.work / "cohorts", "ablation-training", real, cores())
    test = simulate_parts(TEST, given.work / "cohorts", "ablation-test", None, cores())
    table = Table(*COLUMNS)
    for name in given.only or VARIANTS:
        table.add_row(*run_variant(name, cohort, test, given.work))
    Console(width=200).print(table)


if __name__ == "__main__":
    main()
