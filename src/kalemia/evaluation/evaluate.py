"""How good a trained model is on recordings that it has not seen."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kalemia.cohorts import Cohort
from kalemia.evaluation.bootstrap import RESAMPLES
from kalemia.evaluation.output import write_evaluation
from kalemia.evaluation.result import Evaluation
from kalemia.evaluation.scoring import score
from kalemia.evaluation.selection import Selection, select

if TYPE_CHECKING:  # importing it needs PyTorch
    from kalemia.training import Run


def evaluate(
    run: "Run", cohort: Cohort, out: str | Path, *, seed: int = 0, resamples: int = RESAMPLES, progress: bool = True
) -> Evaluation:
    """Score a trained model, and write tables and figures.

    Args:
        run: the trained model.
        cohort: recordings with measured potassium. Only recordings that the run has not seen are scored, see `select`.
        out: folder for `measures.json`, `measures.csv`, `predictions.parquet` and the figures as PNG and SVG.
        seed: of the bootstrap.
        resamples: draws of the bootstrap.
        progress: whether to show a progress bar.

    Raises:
        RunError: the run knows all patients of the cohort, or is damaged.
        OutputError: the results cannot be written there.
    """
    selection = select(run.split, cohort)
    evaluation = _score(run, cohort, selection, seed, resamples, progress)
    write_evaluation(evaluation, run, Path(out))
    return evaluation


def _score(run: "Run", cohort: Cohort, selection: Selection, seed: int, resamples: int, progress: bool) -> Evaluation:
    rows = selection.rows
    predictions = run.predict(cohort, rows, progress=progress)
    estimate, n_cycles = np.full(len(cohort), np.nan), np.zeros(len(cohort), dtype=np.int64)
    estimate[predictions.rows], n_cycles[predictions.rows] = predictions.estimate, predictions.n_cycles
    estimate, n_cycles = estimate[rows], n_cycles[rows]
    potassium = cohort.column("potassium").astype(np.float64)
    patient_ids = cohort.column("patient_id")[rows]
    estimated = np.isfinite(estimate)
    trained_on = potassium[selection.training_rows]
    return Evaluation(
        run=run.folder.resolve().name,
        cohort=cohort.folder.resolve().name,
        simulated=cohort.is_simulated,
        selection=selection,
        recording_ids=cohort.column("recording_id")[rows],
        patient_ids=patient_ids,
        potassium=potassium[rows],
        estimate=estimate,
        n_cycles=n_cycles,
        reasons=tuple(predictions.dropped.get(int(row), "") for row in rows),
        scores=score(
            potassium[rows][estimated],
            estimate[estimated],
            patient_ids[estimated],
            constant=float(np.median(trained_on)) if len(trained_on) else None,
            resamples=resamples,
            seed=seed,
        ),
    )
