"""Make a model that comes with kalemia: simulate what it learns from, train, calibrate, export.

    python -m kalemia.experiments.default_model WORK --ptbxl PTBXL

`default` is for all comers; `--model dcrnn` is the study's network on the same patients, `--model wonju` the study's
network on its own flat cohort. Run it again after an interruption and it goes on where it was. The model folder is
WORK/MODEL.
"""

import argparse
from pathlib import Path

from kalemia.calibration import calibrate
from kalemia.experiments.default_model.ptbxl import PTBXL, Side
from kalemia.experiments.default_model.recipe import DEFAULT, RECIPES, Recipe, simulate_parts
from kalemia.export import export_run
from kalemia.processes import cores
from kalemia.training import TrainingConfig, train

SEED = 0


def make_model(recipe: Recipe, work: Path, ptbxl: PTBXL | None, workers: int) -> Path:
    """Make a model in a folder for what comes on the way.

    Args:
        recipe: of the model.
        work: the folder.
        ptbxl: real ECGs, whose beats some patients get, and which decide what is unusual; none without them.
        workers: processes that simulate.

    Returns:
        The model folder.

    Raises:
        OutputError: `work` holds something else.
        RunError: the run in `work` was made with other settings.
    """
    cohorts, name = work / "cohorts", recipe.name
    real = {side: _real_folder(ptbxl, side, work) for side in ("training", "calibration")}
    training = simulate_parts(recipe.training, cohorts, f"{recipe.cohort}-training", real["training"], workers)
    run = train(training, TrainingConfig.load(overrides={"seed": SEED, **recipe.settings}), work / f"{name}-run")
    others = simulate_parts(recipe.calibration, cohorts, f"{recipe.cohort}-calibration", real["calibration"], workers)
    recordings = [ptbxl.recording(place) for place in ptbxl.sides()["calibration"]] if ptbxl else []
    return export_run(run, work / name, calibrate(run, others, recordings))


def _real_folder(ptbxl: PTBXL | None, side: Side, work: Path) -> Path | None:
    return ptbxl.write(ptbxl.sides()[side], work / "real" / side) if ptbxl else None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for cohorts, runs and models")
    parser.add_argument("--ptbxl", type=Path, help="folder with lead_ii.npz and labels.csv of PTB-XL")
    parser.add_argument("--model", choices=sorted(RECIPES), default=DEFAULT.name)
    parser.add_argument("--workers", type=int, default=cores(), help="processes that simulate")
    given = parser.parse_args()
    real_ecgs = PTBXL.open(given.ptbxl) if given.ptbxl else None
    make_model(RECIPES[given.model], given.work, real_ecgs, given.workers)
