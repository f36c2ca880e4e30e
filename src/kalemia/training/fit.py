"""From a cohort to a trained model."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Int

from kalemia.cohorts import Cohort
from kalemia.cohorts.splits import split_by_patient
from kalemia.cycles import CYCLE_SAMPLES
from kalemia.errors import CohortError, RunError
from kalemia.figures.architecture import architecture
from kalemia.figures.style import save
from kalemia.models.folder import CohortSummary
from kalemia.models.layers import layers_of
from kalemia.progress import Progress
from kalemia.training import checkpoints, history
from kalemia.training.config import TrainingConfig
from kalemia.training.dataset import CohortCycles, prepare
from kalemia.training.epochs import Fit, run_epochs
from kalemia.training.prediction import estimate_cycles
from kalemia.training.run import (
    ARCHITECTURE_FIGURE,
    CONFIG,
    EXAMPLES,
    FINISHED,
    LOSS_FIGURE,
    SPLIT,
    VALIDATION,
    Run,
    Side,
    Split,
)
from kalemia.writing import whole_or_nothing, write_text

EXAMPLE_CYCLES = 64

Rows = Int[np.ndarray, " row"]
Sides = Mapping[Side, Rows]
"""The rows of a cohort on each side."""


def train(
    cohort: Cohort,
    config: TrainingConfig,
    run_folder: str | Path,
    *,
    sides: Sides | None = None,
    cycles: CohortCycles | None = None,
    processes: int = 1,
    progress: bool = True,
) -> Run:
    """Train a model, or go on with a run that was interrupted.

    The same cohort, configuration and number of processes and threads give the same weights to the bit on a CPU,
    whether the run was interrupted or not. On a GPU the last digits may differ, and where another number of processes
    goes on, so does what follows.

    Args:
        cohort: labelled recordings. Patients are split into training, validation and test side.
        config: how to train.
        run_folder: a new folder; or one of an unfinished run, which goes on from its last finished epoch; or one of a
            finished run, which is returned as it is.
        sides: who is trained on, who decides when to stop, and who is kept aside; by default dealt by patient as the
            configuration says.
        cycles: of the recordings, where they were prepared before, as `prepare` does with the configuration.
        processes: how many share each batch, on the CPU, each with its part of PyTorch's threads. A script needs
            ``if __name__ == "__main__":`` for more than one.
        progress: whether to show bars on standard error.

    Raises:
        RunError: the folder holds a run of another configuration, cohort or split, or something else, or a damaged
            checkpoint; a patient is on two sides; a side has no usable recording; the loss is no longer finite; or a
            process failed.
        CohortError: the configuration asks for index recordings, but the cohort does not mark them.
    """
    folder = Path(run_folder)
    _refuse_other_contents(folder, cohort, config, sides)
    with Progress(shown=progress) as shown:
        if (folder / FINISHED).is_file():
            shown.say(f"{folder.name} is finished; nothing to do.")
            return Run.open(folder)
        sides = _split(cohort, config) if sides is None else sides
        _require_apart(cohort, sides)
        known = np.concatenate([sides["train"], sides["validation"]])
        cycles = prepare(cohort, known, config.preprocessing, shown) if cycles is None else cycles.only(known)
        if cycles.dropped:
            shown.say(cycles.summary_of_dropped() + ".")
        run = _begin(folder, cohort, config, sides, cycles)
        validation_side = cycles.only(sides["validation"])
        epochs = _fit(run, cycles.only(sides["train"]), validation_side, cohort, processes, shown)
        _write_validation(run, validation_side, cohort)
        _finish(run, epochs)
        shown.say(_summary(folder, epochs))
    return run


def _refuse_other_contents(folder: Path, cohort: Cohort, config: TrainingConfig, sides: Sides | None) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RunError(f"{folder.name}: a file, not a folder. Choose another place for the run.")
    if not (folder / CONFIG).is_file():
        if any(not path.name.startswith(".") for path in folder.iterdir()):
            raise RunError(f"{folder.name}: holds other files, but no run. Choose a new folder for the run.")
        return
    theirs = TrainingConfig.load(folder / CONFIG)
    for key, value in config:
        if getattr(theirs, key) != value:
            there, here = json.dumps(getattr(theirs, key)), json.dumps(value)
            raise RunError(
                f"{folder.name}: holds a run with {key} = {there}, this one has {key} = {here}. Choose another folder."
            )
    if not (folder / SPLIT).is_file():
        return
    split = Run.open(folder).split
    if split.cohort.fingerprint != cohort.fingerprint:
        raise RunError(
            f"{folder.name}: holds a run on another cohort ({split.cohort.name}), or this one has changed. "
            "Choose another folder."
        )
    if sides is not None and any(split.side(side) != _ids(cohort, rows) for side, rows in sides.items()):
        raise RunError(f"{folder.name}: holds a run on another split of the cohort. Choose another folder.")


def _require_apart(cohort: Cohort, sides: Sides) -> None:
    """No patient on two sides."""
    patients = cohort.column("patient_id")
    each = [np.unique(patients[rows]) for rows in sides.values()]
    names, counts = np.unique(np.concatenate(each), return_counts=True)
    if np.any(counts > 1):
        raise RunError(
            f"{cohort.folder.name}: {np.sum(counts > 1)} patients are on two sides of the split, the first is "
            f"{names[np.argmax(counts > 1)]}. A patient belongs on one."
        )


def _ids(cohort: Cohort, rows: Rows) -> tuple[str, ...]:
    return tuple(map(str, cohort.column("recording_id")[rows]))


def _split(cohort: Cohort, config: TrainingConfig) -> Sides:
    rows = _taking_part(cohort, config)
    fractions = {"validation": config.validation_fraction, "test": config.test_fraction}
    fractions["train"] = 1 - sum(fractions.values())
    patients, potassium = cohort.column("patient_id")[rows], cohort.column("potassium")[rows]
    sides = split_by_patient(patients, fractions, seed=config.seed, stratify_by=potassium)
    return {"train": rows[sides["train"]], "validation": rows[sides["validation"]], "test": rows[sides["test"]]}


def _taking_part(cohort: Cohort, config: TrainingConfig) -> Rows:
    if config.recordings == "all":
        return np.arange(len(cohort))
    if "is_index" not in cohort.table.column_names:
        raise CohortError(
            f'{cohort.folder.name}: no column is_index, which recordings = "index" needs. Use recordings = "all".'
        )
    return cohort.index_rows()


def _begin(folder: Path, cohort: Cohort, config: TrainingConfig, sides: Sides, cycles: CohortCycles) -> Run:
    """Check that there is something to train on, and write what the run is about."""
    needed: tuple[Side, ...] = ("train", "validation")
    for side in needed:
        if not np.isin(cycles.rows, sides[side]).any():
            reason = f" {cycles.summary_of_dropped()}." if cycles.dropped else ""
            raise RunError(f"{cohort.folder.name}: no usable recording on the {side} side.{reason}")
    ids = cohort.column("recording_id")
    every = np.concatenate(list(sides.values()))
    patients = cohort.column("patient_id")
    known = np.concatenate([sides["train"], sides["validation"]])
    summary = CohortSummary(
        name=cohort.folder.name,
        fingerprint=cohort.fingerprint,
        simulated=cohort.is_simulated,
        patients=len(np.unique(patients[every])),
        recordings=len(every),
        made_by=cohort.description.get("made_by"),
    )
    split = Split(
        cohort=summary,
        train=_ids(cohort, sides["train"]),
        validation=_ids(cohort, sides["validation"]),
        test=_ids(cohort, sides["test"]),
        known_patients=tuple(map(str, np.unique(patients[known]))),
        dropped={str(ids[row]): reason for row, reason in cycles.dropped.items()},
    )
    write_text(folder / CONFIG, config.to_toml())
    write_text(folder / SPLIT, split.model_dump_json(indent=1) + "\n")
    return Run(folder, config, split)


def _fit(
    run: Run, train_side: CohortCycles, validation_side: CohortCycles, cohort: Cohort, processes: int, shown: Progress
) -> Sequence[history.Epoch]:
    config = run.config
    potassium = np.asarray(cohort.column("potassium"), dtype=float)
    resumed_from = run.folder / checkpoints.LAST
    done = checkpoints.finished_epochs(checkpoints.load(resumed_from)) if resumed_from.is_file() else []
    if history.is_over(done, config.max_epochs, config.patience):
        return done
    fit = Fit(
        run.folder,
        config,
        train_side,
        potassium[train_side.rows],
        validation_side,
        potassium[validation_side.rows],
        resumed=bool(done),
    )
    bar = shown.begin("Training epochs", config.max_epochs, completed=len(done))
    return run_epochs(fit, processes, lambda epochs: shown.advance(bar, _note(epochs)))


def _write_validation(run: Run, side: CohortCycles, cohort: Cohort) -> None:
    """What an export needs of the cohort, so that it needs no cohort."""
    estimate = side.pooled(estimate_cycles(run.model(), side.signal))
    potassium, ids = cohort.column("potassium")[side.rows], cohort.column("recording_id")[side.rows]
    lines = [f"{name},{float(k)!r},{float(e)!r}\n" for name, k, e in zip(ids, potassium, estimate, strict=True)]
    write_text(run.folder / VALIDATION, "recording_id,potassium,estimate\n" + "".join(lines))
    examples = side.signal[np.linspace(0, len(side.signal) - 1, EXAMPLE_CYCLES).astype(int)]
    with whole_or_nothing(run.folder / EXAMPLES) as draft, draft.open("wb") as file:
        np.save(file, examples)


def _finish(run: Run, epochs: Sequence[history.Epoch]) -> None:
    kept = history.best(epochs)
    save(architecture(layers_of(run.model()), leads=1, samples=CYCLE_SAMPLES), run.folder / ARCHITECTURE_FIGURE)
    write_text(run.folder / checkpoints.METRICS, history.to_csv(epochs))
    save(run.loss_figure(), run.folder / LOSS_FIGURE)
    facts = {"epochs": len(epochs), "best_epoch": kept.epoch, "validation_mae": kept.validation_mae}
    write_text(run.folder / FINISHED, json.dumps(facts, indent=2) + "\n")


def _note(epochs: Sequence[history.Epoch]) -> str:
    return f"MAE {epochs[-1].validation_mae:.3f}, best {history.best(epochs).validation_mae:.3f}"


def _summary(folder: Path, epochs: Sequence[history.Epoch]) -> str:
    kept = history.best(epochs)
    return (
        f"{folder.name}: {len(epochs)} epochs, best {kept.epoch}, validation MAE {kept.validation_mae:.3f} mEq/L. "
        f"Next: kalemia evaluate {folder} COHORT -o DIR"
    )
