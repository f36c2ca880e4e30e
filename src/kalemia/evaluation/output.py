"""An evaluation as files: `measures.json`, `measures.csv`, `predictions.parquet`, and figures as PNG and SVG."""

import csv
import io
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from matplotlib.figure import Figure

from kalemia import __version__
from kalemia.evaluation.bootstrap import LEVEL
from kalemia.evaluation.result import Evaluation
from kalemia.figures import style
from kalemia.figures.agreement import boxes_by_range, heatmap, scatter
from kalemia.figures.potassium_distribution import potassium_distribution
from kalemia.writing import whole_or_nothing, write_text

if TYPE_CHECKING:  # importing it needs PyTorch
    from kalemia.training import Run


def write_evaluation(evaluation: Evaluation, run: "Run", out: Path) -> None:
    """Write tables and figures, each whole or not at all; `measures.json` comes last.

    Raises:
        OutputError: they cannot be written there.
    """
    _write_predictions(evaluation, out / "predictions.parquet")
    for name, figure in _figures(evaluation, run).items():
        for suffix in (".png", ".svg"):
            style.save(figure, out / f"{name}{suffix}")
    write_text(out / "measures.csv", _csv(evaluation))
    write_text(out / "measures.json", json.dumps(_summary(evaluation), indent=2, ensure_ascii=False) + "\n")


def _figures(evaluation: Evaluation, run: "Run") -> dict[str, Figure]:
    truth, estimate = evaluation.potassium[evaluation.estimated], evaluation.estimate[evaluation.estimated]
    line = (evaluation.scores[measure].value for measure in ("slope", "intercept", "r_squared"))
    return {
        "potassium_distribution": potassium_distribution(evaluation.potassium),
        "loss_curve": run.loss_figure(),
        "heatmap": heatmap(truth, estimate),
        "boxes_by_range": boxes_by_range(truth, estimate),
        "scatter": scatter(truth, estimate, *line),
    }


def _write_predictions(evaluation: Evaluation, path: Path) -> None:
    table = pa.table(
        {
            "recording_id": pa.array(evaluation.recording_ids, pa.string()),
            "patient_id": pa.array(evaluation.patient_ids, pa.string()),
            "potassium": evaluation.potassium,
            "estimate": pa.array(evaluation.estimate, mask=np.isnan(evaluation.estimate)),
            "n_cycles": evaluation.n_cycles,
            "reason": pa.array([reason or None for reason in evaluation.reasons], pa.string()),
        }
    )
    with whole_or_nothing(path) as draft:
        pq.write_table(table, draft)


def _csv(evaluation: Evaluation) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["measure", "value", "low", "high", "n"])
    for score in evaluation.scores.scores:
        numbers = ("" if math.isnan(number) else number for number in (score.value, score.low, score.high))
        writer.writerow([score.measure, *numbers, score.n])
    return text.getvalue()


def _summary(evaluation: Evaluation) -> dict[str, object]:
    scores, selection = evaluation.scores, evaluation.selection
    return {
        "kalemia_version": __version__,
        "run": evaluation.run,
        "cohort": evaluation.cohort,
        "simulated": evaluation.simulated,
        "rule": selection.rule,
        "patients_known_to_the_run": selection.known_patients,
        "recordings": len(evaluation.recording_ids),
        "recordings_with_an_estimate": int(evaluation.estimated.sum()),
        "patients_with_an_estimate": scores.patients,
        "abstentions": evaluation.abstentions,
        "constants": list(scores.constants),
        "constant_from": scores.constant_from,
        "bootstrap": {"unit": "patient", "resamples": scores.resamples, "level": LEVEL, "seed": scores.seed},
        "measures": [{name: _number(value) for name, value in asdict(score).items()} for score in scores.scores],
    }


def _number(value: object) -> object:
    """JSON has no NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value
