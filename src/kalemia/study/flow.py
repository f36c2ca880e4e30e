"""How many ECGs there were, how many took part, and how many gave an estimate."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from kalemia import errors
from kalemia.cohorts import Cohort
from kalemia.cohorts.flow import Excluded, FlowStep
from kalemia.study.findings import Findings

Rows = Int[np.ndarray, " row"]


def flow_of(found: Findings) -> Iterator[FlowStep]:
    """The steps from the cohort to the ECGs that were estimated."""
    bench = found.bench
    every, rows, usable = np.arange(len(bench.cohort)), found.taking_part, bench.inputs.usable
    yield from _before(bench.cohort) or [_step(found, "ECGs of the cohort", every)]
    if len(rows) < len(every):
        others = np.setdiff1d(every, rows)
        yield _step(found, "Index ECGs", rows, _excluded(found, "not marked as index ECG", others))
    yield _step(found, "ECGs with usable cycles", usable, *_unusable(found))
    main = found.main
    estimated = np.unique(main.rows[main.estimated])
    learned = np.setdiff1d(usable, np.concatenate([fold.test for fold in bench.design.folds]))
    aside = (_excluded(found, "learned from, or kept for validation", learned),) if len(learned) else ()
    yield _step(found, "Estimated, each by a model that has not met its patient", estimated, *aside)


def _before(cohort: Cohort) -> list[FlowStep]:
    """What `kalemia cohort` has counted on the way to the cohort; nothing where it was made otherwise."""
    try:
        return [
            FlowStep(
                str(step["title"]),
                int(step["recordings"]),
                int(step["patients"]),
                tuple(Excluded(str(e["reason"]), int(e["recordings"]), int(e["patients"])) for e in step["excluded"]),
            )
            for step in cohort.description.get("flow", ())
        ]
    except (TypeError, KeyError, ValueError):
        return []


def _unusable(found: Findings) -> Iterator[Excluded]:
    kinds = {row: in_words(reason) for row, reason in found.bench.inputs.left_out.items()}
    for kind, _ in Counter(kinds.values()).most_common():
        yield _excluded(found, kind, np.array([row for row, own in kinds.items() if own == kind]))


def in_words(reason: str) -> str:
    """Why a recording was left out: what the docstring of its error says."""
    kind = getattr(errors, reason.partition(":")[0], None)
    first = (kind.__doc__ or reason).partition("\n")[0] if kind else reason
    return first[:1].lower() + first[1:].removesuffix(".")


def _step(found: Findings, title: str, rows: Rows, *excluded: Excluded) -> FlowStep:
    return FlowStep(title, len(rows), _patients(found, rows), excluded)


def _excluded(found: Findings, reason: str, rows: Rows) -> Excluded:
    return Excluded(reason, len(rows), _patients(found, rows))


def _patients(found: Findings, rows: Rows) -> int:
    return len(np.unique(found.bench.design.groups[rows]))
