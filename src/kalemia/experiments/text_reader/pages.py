"""Read rendered and degraded pages whose text is known: `python -m kalemia.experiments.text_reader.pages PAGES`.

PAGES has a manifest.json with one entry per picture: `file`, `set` (the condition), `px_per_mm`, and `homography` from
the flat page to the picture. All pages show 3x4 leads and a strip of lead II, 25 mm/s and 10 mm/mV.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Float32
from PIL import Image

from kalemia.digitization.printed_scales import lead_of, printed_scales
from kalemia.digitization.text import Text
from kalemia.digitization.text_reading import read_text

PX_PER_MM = 8.0
PAGE_MM = (297, 210)
LABELS = tuple(
    (lead, 22.0 + 62.5 * column, 45.0 + 40 * row)
    for row, leads in enumerate(
        (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"), ("II",))
    )
    for column, lead in enumerate(leads)
)
"""Leads, and about where their labels stand in mm."""
NEAR_MM = 5.0
BACKGROUND_MM = 4.0


def check(folder: Path) -> str:
    """A table: how many labels are found, how many are found where none stands, how often both scales are read."""
    counts: dict[str, Float32[np.ndarray, " count"]] = defaultdict(lambda: np.zeros(4, np.float32))
    for entry in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        texts = read_text(_darkness(folder / entry["file"], entry), PX_PER_MM)
        counts[entry["set"]] += (1, _labels_found(texts), _false_labels(texts), _scales_right(texts))
    rows = [
        f"| {name} | {found / pages / len(LABELS):.1%} | {false / pages:.2f} | {scales / pages:.0%} |"
        for name, (pages, found, false, scales) in counts.items()
    ]
    head = "| condition | labels found | false labels a page | both scales right |\n| --- | --- | --- | --- |"
    return "\n".join([head, *rows])


def _darkness(path: Path, entry: dict[str, Any]) -> Float32[np.ndarray, "row column"]:
    """The flat page, in the channel that shows a red grid least, divided by what is bright around."""
    picture = np.asarray(Image.open(path).convert("RGB"))
    to_mm = np.diag([entry["px_per_mm"] / PX_PER_MM, entry["px_per_mm"] / PX_PER_MM, 1.0])
    size = round(PAGE_MM[0] * PX_PER_MM), round(PAGE_MM[1] * PX_PER_MM)
    flat = cv2.warpPerspective(
        picture, np.array(entry["homography"]) @ to_mm, size, flags=cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    )[..., 0].astype(np.float32)
    around = np.ones((round(BACKGROUND_MM * PX_PER_MM),) * 2, np.uint8)
    paper = cv2.blur(cv2.dilate(cv2.blur(flat, (3, 3)), around), around.shape)
    return np.clip(1 - flat / np.maximum(paper, 1), 0, 1)


def _labels_found(texts: tuple[Text, ...]) -> int:
    return sum(any(_is_at(text, label) for text in texts) for label in LABELS)


def _false_labels(texts: tuple[Text, ...]) -> int:
    return sum(lead_of(text.words) is not None and not any(_is_at(text, label) for label in LABELS) for text in texts)


def _is_at(text: Text, label: tuple[str, float, float]) -> bool:
    lead, x, y = label
    return lead_of(text.words) == lead and abs(text.box[0] - x) < NEAR_MM and abs(text.box[1] - y) < NEAR_MM


def _scales_right(texts: tuple[Text, ...]) -> bool:
    scales = printed_scales(texts)
    return (scales.speed_mm_per_s, scales.gain_mm_per_mv) == (25.0, 10.0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path)
    sys.stdout.write(check(parser.parse_args().pages) + "\n")
