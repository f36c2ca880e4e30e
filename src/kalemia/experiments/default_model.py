"""Make the model `default`: simulate the cohort, train, evaluate, export.

    python -m kalemia.experiments.default_model WORK

Run it again after an interruption and it goes on where it was. The model folder is WORK/default.
"""

import argparse
from pathlib import Path

from kalemia.cohorts import Cohort
from kalemia.cohorts.cohort import DESCRIPTION_FILE
from kalemia.evaluation import evaluate, print_table
from kalemia.export import export_run
from kalemia.simulation import simulate_cohort
from kalemia.training import TrainingConfig, train

SEED = 0


def make_default_model(work: Path) -> Path:
    """Make the model in a folder for what comes on the way.

    Returns:
        The model folder.

    Raises:
        OutputError: `work` holds something else.
        RunError: the run in `work` was made with other settings.
    """
    made = (work / "cohort" / DESCRIPTION_FILE).is_file()
    cohort = Cohort.open(work / "cohort") if made else simulate_cohort(work / "cohort", seed=SEED)
    run = train(cohort, TrainingConfig.load(overrides={"seed": SEED}), work / "run")
    print_table(evaluate(run, cohort, work / "results"))
    return export_run(run, work / "default")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for the cohort, the run, the results and the model")
    make_default_model(parser.parse_args().work)
