import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kalemia import cli
from kalemia.recording import STANDARD_LEADS, Recording
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, write_page

FS = 500.0


@pytest.fixture
def kalemia(monkeypatch, capsys):
    """Run the command line in this process: `kalemia("estimate", file)` gives exit status, stdout and stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["kalemia", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            cli.main()
        return exit_.value.code or 0, *capsys.readouterr()

    return run


@pytest.fixture(scope="session")
def twelve_leads() -> Recording:
    """Twelve simulated lead II, which no other lead resembles more than a neighbour's."""
    signals = [simulate_recording(5.0, seed=seed).recording.signal[0] for seed in range(len(STANDARD_LEADS))]
    return Recording(np.array(signals, dtype=float), FS, STANDARD_LEADS)


@pytest.fixture(scope="session")
def pages(tmp_path_factory, twelve_leads) -> dict[str, Path]:
    """Pages to read and to refuse; drawn PDFs are read fastest."""
    folder = tmp_path_factory.mktemp("pages")
    blank, graph_paper = folder / "blank.png", folder / "graph_paper.png"
    Image.new("L", (800, 600), 255).save(blank)
    nothing = Recording(np.full((1, 5000), np.nan), FS, ("II",))
    style = PageStyle(layout="1", dpi=200, pulse="none", labels="none", footer="")
    return {
        "full": write_page(folder / "full.pdf", twelve_leads, PageStyle()),
        "strip": write_page(folder / "strip.pdf", twelve_leads.only("II"), PageStyle(layout="1")),
        "scan": write_page(folder / "scan.png", twelve_leads, PageStyle(dpi=200)),
        "without II": write_page(folder / "chest.pdf", twelve_leads.only("V1"), PageStyle(layout="1")),
        "blank": blank,
        "graph paper": write_page(graph_paper, nothing, style),
    }
