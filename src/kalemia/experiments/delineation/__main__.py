"""Train the network that finds P, QRS and T on the marks of LUDB, measure it, and write its folder.

    python -m kalemia.experiments.delineation OUT --ludb FOLDER [--nstdb FOLDER] [--folds 5] [--epochs N] [--seed 0]

Run it again after an interruption and it goes on where it was. OUT/ESTIMATES.json has what cross-validation found in
lead II; the folder to ship is OUT/wave_network.
"""

import argparse
from pathlib import Path

from kalemia.experiments.delineation.augmentation import read_noise
from kalemia.experiments.delineation.card import card
from kalemia.experiments.delineation.cross_validation import cross_validate, write_estimates
from kalemia.experiments.delineation.export import export
from kalemia.experiments.delineation.ludb import read_ludb
from kalemia.experiments.delineation.training import EPOCHS, fit
from kalemia.writing import write_text

CARD = "README.md"


def make_wave_network(out: Path, ludb: Path, nstdb: Path | None, folds: int, epochs: int, seed: int) -> Path:
    """Make the network in a folder for what comes on the way.

    Args:
        out: folder for checkpoints, estimates and the network.
        ludb: folder with the records of LUDB.
        nstdb: folder with the noise to add; none if `None`.
        folds: of the cross-validation.
        epochs: of training.
        seed: of everything.

    Returns:
        The folder to ship.

    Raises:
        InputError: the records cannot be read.
        OutputError: `out` cannot be written.
    """
    leads, noise = read_ludb(ludb), read_noise(nstdb)
    found = cross_validate(leads, noise, folds, epochs, seed, out)
    write_estimates(found, out)
    network = fit(leads, noise, epochs, seed, out / "all.pt")
    folder = out / "wave_network"
    export(network, folder)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    text = card(found, parameters=parameters, folds=folds, epochs=epochs, seed=seed, with_noise=nstdb is not None)
    write_text(folder / CARD, text)
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for checkpoints, estimates and the network")
    parser.add_argument("--ludb", type=Path, required=True, help="folder with RECORDS and the records of LUDB")
    parser.add_argument("--nstdb", type=Path, help="folder with the records bw and ma of NSTDB")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    make_wave_network(arguments.out, arguments.ludb, arguments.nstdb, arguments.folds, arguments.epochs, arguments.seed)
