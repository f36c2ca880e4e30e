"""The end of a study: its report, with tables and figures as files beside it.

::

    STUDY/
    ├── report.html     stands alone
    ├── figures/        each figure as PNG and SVG, with its numbers as CSV
    ├── tables/         each table of the report as CSV, and all measures of all contestants
    ├── predictions/    of each contestant: estimate and interval of every recording
    └── model/          the study's model of the first fold, as `kalemia estimate --model` takes it
"""

import csv
import io
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from kalemia.cohorts.cohort import SIMULATED
from kalemia.errors import CohortError
from kalemia.estimation import Estimator
from kalemia.experiments.causal_response import as_csv as causal_csv
from kalemia.experiments.causal_response import respond
from kalemia.export import export_run
from kalemia.figures.causal_response import causal_response
from kalemia.progress import Progress
from kalemia.study.blocks import Block, Checklist, Details, Paragraph, Preformatted, Table
from kalemia.study.contestants import STUDY_MODEL
from kalemia.study.decision_drawings import draw_decisions
from kalemia.study.drawing import Drawing, write_drawing
from kalemia.study.drawings import draw_findings
from kalemia.study.facts import facts_of, model_sentences, training_s
from kalemia.study.findings import Findings, split_curve
from kalemia.study.forecast import duration
from kalemia.study.jobs import RUNS, Job
from kalemia.study.methods import methods
from kalemia.study.page import Section, report_page
from kalemia.study.pictures import Picture, smallest
from kalemia.study.results import read_results
from kalemia.study.stages import draw_stages
from kalemia.study.summary import summary
from kalemia.study.tables import (
    classes_table,
    cohort_table,
    comparison_table,
    coverage_table,
    folds_table,
    measures_table,
    operating_table,
    ranges_table,
    subgroups_table,
)
from kalemia.study.tripod import checklist
from kalemia.study.workbench import Workbench
from kalemia.training import Run
from kalemia.writing import write_text

REPORT, TABLES, MODEL = "report.html", "tables", "model"

NOT_A_DEVICE = "Not a medical device. "
SOME_SIMULATED = "Some of its patients are simulated, others are not."
ONE_COHORT = "Measured on the patients of one cohort."
ALL_SIMULATED = (
    "All patients of this study are simulated: its numbers say how methods compare, not how well real potassium is "
    "estimated."
)


def write_report(bench: Workbench, jobs: Sequence[Job], progress: Progress) -> Path:
    """Measure what the trainings found, and write everything.

    Args:
        bench: of the study.
        jobs: its trainings, all done.
        progress: told of each step.

    Returns:
        The report.

    Raises:
        RunError: results are missing or damaged.
        OutputError: something cannot be written.
    """
    folder = bench.folder
    found = Findings(bench, *split_curve(read_results(jobs, bench)))
    card = _model(found)
    drawings = {}
    for drawing in progress.over(_drawings(found), "Drawing", sum(map(len, FIGURES.values()))):
        write_drawing(drawing, folder)
        drawings[drawing.name] = Picture(smallest(drawing.figure), drawing.alt, drawing.caption, drawing.files)
    for one in found.results:
        one.write(folder)
    tables = _tables(found)
    for name, table in tables.items():
        write_text(folder / TABLES / f"{name}.csv", _csv([table.header, *table.rows]))
    write_text(folder / TABLES / "measures.csv", _measures(found))
    page = report_page(_title(found), _notice(bench), _sections(found, drawings, tables, card))
    return write_text(folder / REPORT, page)


def _notice(bench: Workbench) -> str:
    """What has to stand above every number."""
    is_simulated = bench.cohort.column("source") == SIMULATED
    if is_simulated.all():
        return NOT_A_DEVICE + ALL_SIMULATED
    return NOT_A_DEVICE + (SOME_SIMULATED if is_simulated.any() else ONE_COHORT)


FIGURES = {
    "cohort": ("flow", "potassium_distribution"),
    "stages": ("signal_extraction", "filtering", "pqrst_detection", "signal_cycle"),
    "training": ("architecture", "loss_curves"),
    "accuracy": (
        "comparison", "heatmap", "boxes_by_range", "scatter", "bland_altman", "calibration_of_estimate",
        "error_by_range",
    ),
    "detection": ("roc", "precision_recall", "calibration", "decision_curve"),
    "uncertainty": ("coverage", "abstention"),
    "subgroups": ("subgroups",),
    "limits": ("learning_curve", "causal_response"),
}  # fmt: skip
"""Section and the figures in it."""


def _drawings(found: Findings) -> Iterable[Drawing]:
    yield from draw_stages(found.bench, STUDY_MODEL)
    yield from draw_findings(found)
    yield from draw_decisions(found)
    yield from _causal(found)


def _causal(found: Findings) -> Iterable[Drawing]:
    """What the model reads potassium from; nothing without a model to ask."""
    plan, folder = found.bench.plan, found.bench.folder / MODEL
    if not plan.causal_patients or not folder.is_dir():
        return
    with Progress(shown=False) as silent:
        responses = respond(Estimator.load(folder), plan.causal_patients, plan.seed, silent)
    rows = list(csv.reader(io.StringIO(causal_csv(responses))))
    yield Drawing(
        "causal_response",
        f"Estimates of {found.main.contestant.title} (first fold) for {plan.causal_patients} simulated patients of "
        "whom one part of the ECG alone follows potassium, the others staying as at normal potassium.",
        "Causal response: estimate against potassium given to parts of the ECG",
        causal_response(responses),
        dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True)),
    )


def _model(found: Findings) -> list[Block]:
    """Export the study's model of the first fold, for its card; nothing where it cannot be exported."""
    folder, job = found.bench.folder / MODEL, found.main.facts[0]
    run = Run.open(found.bench.folder / RUNS / STUDY_MODEL / f"fold-{job.fold}")
    shutil.rmtree(folder, ignore_errors=True)  # it may be of an earlier training
    try:
        export_run(run, folder)
    except CohortError:  # too few validation recordings for intervals
        return []
    card = (folder / "README.md").read_text(encoding="utf-8")
    told = Paragraph("The intervals of this model come from the validation side of its fold, not from the other folds.")
    return [Details("Model card of the study's model, first fold", [told, Preformatted(card)])]


def _title(found: Findings) -> str:
    simulated = "simulated " if found.bench.cohort.is_simulated else ""
    return f"Serum potassium from lead {found.bench.plan.lead} of the ECG: a study of {simulated}patients"


def _tables(found: Findings) -> dict[str, Table]:
    return {
        "cohort": cohort_table(found),
        "comparison": comparison_table(found),
        "folds": folds_table(found),
        "overall": measures_table(found),
        "by_range": ranges_table(found),
        "detection_high": classes_table(found, "high", "K ≥ 5.5 mEq/L"),
        "detection_low": classes_table(found, "low", "K < 3.5 mEq/L"),
        "operating_point": operating_table(found),
        "coverage": coverage_table(found),
        "subgroups": subgroups_table(found),
    }


def _sections(
    found: Findings, pictures: dict[str, Picture], tables: dict[str, Table], card: list[Block]
) -> list[Section]:
    facts = facts_of(found)
    config = found.main.contestant.config(found.bench.plan.common_training, found.bench.plan.seed)
    figures = {name: [pictures[one] for one in own if one in pictures] for name, own in FIGURES.items()}
    paragraphs = methods(facts, model_sentences(found), config.model_dump())
    every = Paragraph("All measures of every contestant lie in tables/measures.csv.")
    sections = [
        Section("summary", "What was found", summary(found)),
        Section("cohort", "Cohort", [tables["cohort"], *figures["cohort"]]),
        Section("stages", "From paper to cycle", figures["stages"]),
        Section("methods", "Methods", paragraphs),
        Section("training", "Training", [*figures["training"], tables["folds"]]),
        Section("accuracy", "Accuracy", [
            tables["comparison"], *figures["accuracy"], tables["overall"], tables["by_range"], every,
        ]),
        Section("detection", "Detection of high and low potassium", [
            *figures["detection"], tables["detection_high"], tables["operating_point"], tables["detection_low"],
        ]),
        Section("uncertainty", "Uncertainty", [*figures["uncertainty"], tables["coverage"]]),
        Section("subgroups", "Subgroups", [*figures["subgroups"], tables["subgroups"]]),
        Section("limits", "What more patients would bring, and what the model reads", figures["limits"]),
        Section("checklist", "TRIPOD+AI", [Checklist("The checklist, as far as the software knows", checklist(facts))]),
        Section("card", "Model card", card),
        Section("provenance", "How this was made", [_provenance(found, facts)]),
    ]  # fmt: skip
    return [section for section in sections if section.blocks]


def _provenance(found: Findings, facts: dict[str, str]) -> Table:
    codes = sorted({one.code for result in (*found.results, *found.curve) for one in result.facts})
    rows = [
        ("Made by", f"kalemia reproduce; the plan is {facts['plan']}"),
        ("Versions", facts["versions"]),
        ("Code of the trainings", ", ".join(codes)),
        ("Code of this report", facts["code_hash"]),
        ("Cohort, SHA-256", found.bench.plan.fingerprint),
        ("Seeds", facts["seeds"]),
        ("Machine of this report", facts["hardware"]),
        ("Trainings, seconds of one core", f"{training_s(found):,.0f} ({duration(training_s(found))})"),
    ]
    return Table("Provenance", ("", "value"), rows)


def _measures(found: Findings) -> str:
    """All measures of all contestants, a row each."""
    rows = [
        (one.contestant.name, score.measure, score.value, score.low, score.high, score.n, score.cases)
        for one in found.results
        for score in found.scores[one.contestant.name].scores
    ]
    return _csv([("contestant", "measure", "value", "low", "high", "n", "cases"), *rows])


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
