"""The tables of studies that `kalemia reproduce` has made: who is compared, and what the intervals hold.

kalemia reproduce -o wonju --full
kalemia reproduce -o dialysis --prior dialysis
python benchmarks/study.py wonju dialysis
"""

import argparse
import csv
from pathlib import Path

from markdown_table import show

TABLES = {"comparison": "Contestants", "coverage": "Coverage in %; width in mEq/L"}


def main() -> None:
    """Parse the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, nargs="+", help="a folder that kalemia reproduce has made")
    for study in parser.parse_args().study:
        for name, title in TABLES.items():
            with (study / "tables" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
            show(f"{study.name}: {title}", header, rows)


if __name__ == "__main__":
    main()
