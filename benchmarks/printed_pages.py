"""Print real ECGs as pages and degrade them, with the exact reference, for `kalemia digitize` to be scored on.

Writes OUT/<condition>/<id>.png, .jpg or .pdf, OUT/ref/<id>.csv (lead II in mV at 500 Hz, one value per line) and
OUT/manifest.json. Where a page has no rhythm strip of lead II, the reference is its short lead II. The homography of a
creased page leaves out what folds and curl moved, some 2 mm at most.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from kalemia.errors import OutputError
from kalemia.progress import Progress
from kalemia.recording import Recording
from kalemia.simulation.paper import (
    CONDITIONS,
    PageStyle,
    PrintedPage,
    degrade,
    draw_style,
    print_page,
    print_pdf,
    write_image,
)
from kalemia.simulation.paper.wording import FOOTERS, invented_header
from kalemia.writing import require_new, whole_or_nothing, write_text

FS = 500
LEADS = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
KNOWN = ("clean", *CONDITIONS, "pdf")
SUFFIXES = {"clean": ".png", "pdf": ".pdf"}
STYLES = {
    "standard": "3x4+II on pink paper (default)",
    "papers": "3x4+II, 25 mm/s, 10 mm/mV; the rest random",
    "varied": "random styles",
}
PRINT_DPI = 300
"""Of what is photographed, copied or scanned at a resolution of its own; the clean page and the colour scan have their
style's resolution."""


def recordings(data: Path, pages: int, rng: np.random.Generator) -> Iterator[tuple[str, Recording]]:
    """Random records of PTB-XL with their names; each comes once before any comes twice."""
    stored = np.load(data / "ptbxl" / "eight_leads.npz")
    ids, signals = stored["ecg_id"], stored["signal_uv"]
    rounds = -(-pages // len(ids))
    order = np.concatenate([rng.permutation(len(ids)) for _ in range(rounds)])[:pages]
    for number, place in enumerate(order):
        again = f"_{number // len(ids) + 1}" if number >= len(ids) else ""
        yield f"ptbxl_{ids[place]:05d}{again}", Recording(signals[place].T / 1000, FS, LEADS)


def styles(kind: str, rng: np.random.Generator) -> Iterator[PageStyle]:
    """The standard page, its layout and scales on random paper, or anything."""
    standard = PageStyle(footer=FOOTERS[0])
    while True:
        if kind == "standard":
            yield replace(standard, header=invented_header(rng))
        elif kind == "varied":
            yield draw_style(rng)
        else:
            scales = {"layout": "3x4+II", "cabrera": False, "speed_mm_per_s": 25.0, "gain_mm_per_mv": 10.0}
            yield replace(_style_of_a_page(rng), **scales)


def _style_of_a_page(rng: np.random.Generator) -> PageStyle:
    """A random style that is not of a narrow strip."""
    style = draw_style(rng)
    return style if style.paper != "strip" else _style_of_a_page(rng)


def entry(page: PrintedPage, name: str, condition: str, file: str) -> dict[str, Any]:
    """What the manifest says of a page."""
    style, segment = page.style, page.reference_segment
    return {
        "id": name,
        "set": condition,
        "file": file,
        "reference": f"ref/{name}.csv",
        "fs": FS,
        "homography": page.homography.tolist(),
        "layout": style.layout,
        "grid": style.grid_colour,
        "dpi": style.dpi,
        "px_per_mm": page.px_per_mm,
        "speed_mm_per_s": style.speed_mm_per_s,
        "gain_mm_per_mv": style.gain_mm_per_mv,
        "seconds": segment.seconds,
        "strip_box_px": page.strip_box_px,
        "reference_segment": asdict(segment),
        "segments": [asdict(piece) for piece in page.segments],
        "style": asdict(style),
    }


def write_condition(
    out: Path, name: str, recording: Recording, style: PageStyle, condition: str, seed: int
) -> dict[str, Any]:
    """Write one page in one condition and give its line of the manifest."""
    file = f"{condition}/{name}{SUFFIXES.get(condition, '.jpg')}"
    if condition not in ("clean", "scan", "pdf"):
        style = replace(style, dpi=PRINT_DPI)
    page = print_page(recording, style)
    if condition in CONDITIONS:
        page = degrade(page, condition, seed)
    if condition == "pdf":
        with whole_or_nothing(out / file) as draft:
            draft.write_bytes(print_pdf(recording, style))
    else:
        write_image(out / file, page)
    return entry(page, name, condition, file)


def write_reference(out: Path, name: str, recording: Recording, style: PageStyle) -> None:
    """Write what a reader should find."""
    page = print_page(recording, replace(style, dpi=50))
    values = "".join(f"{value:.4f}\n" for value in page.reference)
    write_text(out / "ref" / f"{name}.csv", f"# lead {page.reference_lead} in mV at {FS} Hz\n{values}")


def write_pages(out: Path, data: Path, pages: int, seed: int, conditions: Sequence[str], kind: str) -> None:
    """Print, degrade and write everything."""
    chosen = styles(kind, np.random.default_rng((seed, 1)))
    todo = recordings(data, pages, np.random.default_rng(seed))
    manifest = []
    with Progress(shown=True) as progress:
        for number, (name, recording) in enumerate(progress.over(todo, "printing", pages)):
            style = next(chosen)
            write_reference(out, name, recording, style)
            for condition in conditions:
                page_seed = seed * 1_000_003 + number * len(KNOWN) + KNOWN.index(condition)
                manifest.append(write_condition(out, name, recording, style, condition, page_seed))
    write_text(out / "manifest.json", json.dumps(manifest, indent=1))


def main() -> None:
    """Parse the arguments and write the pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("data", type=Path, help="folder with ptbxl/eight_leads.npz")
    add("out", type=Path, help="new folder for the pages")
    add("--pages", type=int, default=12, help="records to print (default 12)")
    add("--seed", type=int, default=0, help="of records, styles and what degrades them (default 0)")
    add("--conditions", nargs="+", choices=KNOWN, default=KNOWN[:5], metavar="CONDITION", help=", ".join(KNOWN))
    kinds = parser.add_mutually_exclusive_group()
    for kind, meaning in STYLES.items():
        kinds.add_argument(f"--{kind}", dest="kind", action="store_const", const=kind, help=meaning)
    parser.set_defaults(kind="standard")
    arguments = parser.parse_args()
    try:
        require_new(arguments.out)
    except OutputError as error:
        parser.error(str(error))
    write_pages(**vars(arguments))


if __name__ == "__main__":
    main()
