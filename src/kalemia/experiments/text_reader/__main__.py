"""Train the reader of text on ECG pages on lines rendered in many fonts, measure it, and write its folder.

    python -m kalemia.experiments.text_reader OUT --fonts FOLDER [--seed 0]

Run it again after an interruption and it goes on where it was. The folder to ship is OUT/text_reader.
"""

import argparse
from pathlib import Path

from kalemia.digitization.line_reader import load
from kalemia.experiments.text_reader.card import card
from kalemia.experiments.text_reader.export import export
from kalemia.experiments.text_reader.fonts import find_fonts
from kalemia.experiments.text_reader.measure import measure
from kalemia.experiments.text_reader.training import fit
from kalemia.writing import write_text

CARD = "README.md"


def make_text_reader(out: Path, fonts_folder: Path, seed: int) -> Path:
    """Make the reader in a folder for what comes on the way.

    Returns:
        The folder to ship.

    Raises:
        ConfigError: no fonts in `fonts_folder`.
        OutputError: `out` cannot be written.
    """
    fonts = find_fonts(fonts_folder)
    network = fit(fonts.training, seed, out)
    folder = out / "text_reader"
    export(network, folder, threshold=0.0)
    degraded = measure(load(folder), fonts.held_out, seed)
    sharp = measure(load(folder), fonts.held_out, seed, hard=0.0, threshold=degraded.threshold)
    export(network, folder, degraded.threshold)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    write_text(folder / CARD, card(degraded, sharp, fonts, parameters, seed))
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for the checkpoint and the reader")
    parser.add_argument("--fonts", type=Path, required=True, help="folder with TrueType or OpenType fonts")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    make_text_reader(arguments.out, arguments.fonts, arguments.seed)
