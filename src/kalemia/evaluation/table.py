"""An evaluation as text for the terminal."""

import math

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from kalemia.cohorts.potassium_ranges import LABELS
from kalemia.evaluation.result import Evaluation
from kalemia.evaluation.scoring import Score, Scores


def print_table(evaluation: Evaluation, console: Console | None = None) -> None:
    """Print the measures with their intervals, and what they were measured on.

    Args:
        evaluation: what to print.
        console: where to; standard output by default.
    """
    (console or Console(highlight=False)).print(
        Group(
            Text(_what(evaluation)),
            _errors(evaluation.scores),
            _by_range(evaluation.scores),
            _of_classes(evaluation.scores),
            _notes(evaluation),
        )
    )


def _what(evaluation: Evaluation) -> str:
    estimated = int(evaluation.estimated.sum())
    reasons = ", ".join(f"{count} {reason}" for reason, count in evaluation.abstentions.items())
    lines = [
        f"{evaluation.run} on {evaluation.cohort}: {evaluation.selection.rule}",
        f"{estimated} recordings of {evaluation.scores.patients} patients"
        + (f"; {len(evaluation.estimate) - estimated} without an estimate ({reasons})" if reasons else ""),
    ]
    if evaluation.simulated:
        lines.insert(0, "All of these patients are simulated.")
    return "\n".join(lines)


def _errors(scores: Scores) -> RenderableType:
    table = _table("", "value", "95 % interval", "n")
    for score in scores.scores:
        if "[" not in score.measure and score.cases is None:
            table.add_row(score.label, *_value_and_interval(score), f"{score.n}")
    return table


def _of_classes(scores: Scores) -> RenderableType:
    table = _table("", "K ≥ 5.5", "95 % interval", "K < 3.5", "95 % interval")
    high, low = (
        [score for score in scores.scores if f"_{side}" in score.measure and score.cases is not None]
        for side in ("high", "low")
    )
    for one, other in zip(high, low, strict=True):
        table.add_row(one.label.partition(",")[0], *_value_and_interval(one), *_value_and_interval(other))
    counts = (text for score in (high[0], low[0]) for text in (f"{score.cases}", f"of {score.n}"))
    table.add_row("Cases", *counts)
    return table


def _by_range(scores: Scores) -> RenderableType:
    table = _table("measured, mEq/L", "MAE", "95 % interval", "bias", "95 % interval", "n")
    for label in LABELS:
        mae, bias = scores[f"mae[{label}]"], scores[f"bias[{label}]"]
        table.add_row(label, *_value_and_interval(mae), *_value_and_interval(bias), f"{mae.n}")
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _notes(evaluation: Evaluation) -> RenderableType:
    scores = evaluation.scores
    whose = "the training recordings" if scores.constant_from == "training" else "these recordings themselves"
    return Text(
        "From sensitivity on: an estimate of 5.5 and above, or below 3.5, calls it. PPV and NPV at a share of cases "
        "are what the same sensitivity and specificity give there.\n"
        f"The constant is the median of {whose}.\n"
        f"Intervals: {scores.resamples} bootstrap draws of patients; none (–) where fewer than about five carry it.",
        style="dim",
    )


def _value_and_interval(score: Score) -> tuple[str, str]:
    interval = "–" if math.isnan(score.low) else f"{_shown(score.low)} to {_shown(score.high)}"
    return _shown(score.value), interval


def _shown(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}".replace("-", "−")
