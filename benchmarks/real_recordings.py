"""Run `kalemia estimate` on real ECGs: how many get a number, which, and why the rest does not.

All records of LUDB, pydicom's waveform_ecg.dcm and rows of PTB-XL's lead II saved as CSV, each through the command line
as a user would. None of them has a blood test beside it; what can be judged is whether the estimates of normal ECGs
lie where normal potassium lies (4.2, standard deviation 0.35 mEq/L).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pydicom.data
from rich.console import Console
from rich.table import Table

from kalemia.cycles import UNLIKE_THE_OTHERS
from kalemia.experiments.default_model.ptbxl import PTBXL

FS = 500


def estimate(paths: list[Path]) -> list[dict[str, Any]]:
    """What `kalemia estimate --json` says of some files or folders.

    Raises:
        RuntimeError: it ended with a traceback.
    """
    command = [sys.executable, "-m", "kalemia.cli", "estimate", "--json", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "Traceback" in done.stderr:
        raise RuntimeError(done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def write_ptbxl(data: Path, folder: Path, normal: bool, count: int) -> list[Path]:
    """Save lead II of some records as CSV: normal ECGs, or whatever comes first."""
    ptbxl = PTBXL.open(data / "ptbxl")
    paths = []
    for place in [place for place in range(len(ptbxl)) if not normal or ptbxl.has(place, "NORM")][:count]:
        millivolts = ptbxl.recording(place).signal[0]
        rows = "".join(f"{n / FS:.3f},{mv:.3f}\n" for n, mv in enumerate(millivolts))
        paths.append(folder / f"{ptbxl.ids[place]}.csv")
        paths[-1].write_text("time_s,ii_mv\n" + rows, encoding="utf-8")
    return paths


def left_out(results: list[dict[str, Any]]) -> float:
    """Share of the beats that were left out because they were unlike the others of their recording."""
    unlike = sum(result["rejected_beats"].get(UNLIKE_THE_OTHERS, 0) for result in results)
    return unlike / (unlike + sum(result["n_cycles"] for result in results))


def row(name: str, results: list[dict[str, Any]]) -> list[str]:
    """One line of the table."""
    numbers = np.array([result["potassium"] for result in results if result["potassium"] is not None], dtype=float)
    kinds = Counter("error" if r["error"] else "abstained" for r in results if r["potassium"] is None)
    spread = "5 %, 25 %, 50 %, 75 %, 95 %: " + ", ".join(
        f"{q:.2f}" for q in np.percentile(numbers, [5, 25, 50, 75, 95])
    )
    return [
        name,
        str(len(results)),
        f"{len(numbers) / len(results):.1%}",
        ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "none",
        spread if len(numbers) > 1 else f"{numbers[0]:.2f}",
        f"{left_out(results):.1%}",
    ]


def main() -> None:
    """Parse the arguments, estimate and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with ludb/ and ptbxl/")
    parser.add_argument("--rows", type=int, default=200, help="rows of PTB-XL, whatever their diagnosis (default 200)")
    arguments = parser.parse_args()
    data = arguments.data

    groups = {"LUDB": estimate([data / "ludb"])}
    groups["pydicom waveform_ecg.dcm"] = estimate([Path(pydicom.data.get_testdata_file("waveform_ecg.dcm"))])
    with tempfile.TemporaryDirectory() as folder:
        groups[f"PTB-XL, {arguments.rows} rows"] = estimate(write_ptbxl(data, Path(folder), False, arguments.rows))
        groups["PTB-XL, all NORM"] = estimate(write_ptbxl(data, Path(folder), True, sys.maxsize))

    table = Table("recordings", "n", "with a number", "without", "estimate in mEq/L", "beats unlike the others")
    for name, results in groups.items():
        table.add_row(*row(name, results))
    console = Console(width=160)
    console.print(table)
    reasons = Counter(
        str(result["error"] or result["reason"]).split(":")[-1].split(" (")[0].strip()
        for results in groups.values()
        for result in results
        if result["potassium"] is None
    )
    for reason, count in reasons.most_common(8):
        console.print(f"{count:4d}  {reason}")


if __name__ == "__main__":
    main()
