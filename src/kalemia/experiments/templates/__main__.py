"""Simulate the strands of the template library, check it, draw it, and write its folder.

    python -m kalemia.experiments.templates OUT [--workers 2] [--seed 0]

Run it again after an interruption and it goes on where it was. The folder to ship is OUT/template_library; figures are
in OUT/figures.
"""

import argparse
from pathlib import Path

from kalemia.experiments.templates.assemble import assemble
from kalemia.experiments.templates.axes import Axes
from kalemia.experiments.templates.card import card
from kalemia.experiments.templates.check import check_between
from kalemia.experiments.templates.chunks import simulate_all
from kalemia.experiments.templates.figures import draw
from kalemia.simulation.compiling import set_cores
from kalemia.simulation.template_file import write_templates
from kalemia.simulation.templates import FILE, load
from kalemia.writing import write_text

CARD = "README.md"
CHECKED = 60
"""Strands drawn between the levels to see how near the library comes."""


def make_templates(out: Path, axes: Axes, workers: int, seed: int) -> Path:
    """Make the library in a folder for what comes on the way.

    Args:
        out: folder for chunks, figures and the library.
        axes: what is varied.
        workers: cores to use.
        seed: of the strands that the library is checked with.

    Returns:
        The folder to ship.

    Raises:
        OutputError: `out` holds strands of other axes, or cannot be written.
        MissingExtra: Numba is not installed.
    """
    set_cores(workers)
    simulate_all(axes, out / "chunks")
    folder = out / "template_library"
    arrays = assemble(axes, out / "chunks")
    write_templates(arrays, folder / FILE)
    library = load(folder)
    draw(library, out / "figures")
    write_text(folder / CARD, card(arrays, check_between(library, axes, CHECKED, seed), seed))
    return folder


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder for chunks, figures and the library")
    parser.add_argument("--workers", type=int, default=2, help="cores to use (default 2)")
    parser.add_argument("--seed", type=int, default=0, help="of the strands that the library is checked with")
    arguments = parser.parse_args()
    make_templates(arguments.out, Axes(), arguments.workers, arguments.seed)
