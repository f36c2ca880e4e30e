"""The model card of the reader."""

from pathlib import Path

from kalemia.digitization.line_reader import HEIGHT_PX
from kalemia.experiments.text_reader.fonts import Fonts, open_font
from kalemia.experiments.text_reader.measure import PICTURES, Measures
from kalemia.experiments.text_reader.training import BATCH, EPOCHS, PASSES, PICTURES_PER_EPOCH
from kalemia.experiments.text_reader.words import ALPHABET


def card(degraded: Measures, sharp: Measures, fonts: Fonts, parameters: int, seed: int) -> str:
    """The text of README.md beside the network."""
    return f"""# A reader of lines on ECG pages

`model.onnx` takes lines of text, `(line, 1, {HEIGHT_PX}, column)` float32 with paper 0 and ink 1, and gives the
logarithm of probabilities of "none" and {len(ALPHABET)} characters for every 2 columns. `config.json` has the
characters, and the confidence from which a reading is believed. `kalemia.digitization.text_reading` uses both to read
lead labels and printed scales.

- Convolutions, {parameters:,} parameters, trained with CTC (Graves et al. 2006, doi:10.1145/1143844.1143891) on
  {EPOCHS * PICTURES_PER_EPOCH:,} rendered lines, each seen {PASSES} times, in batches of {BATCH}, on one CPU core.
- No scan, no patient and no font is in it: every picture was drawn, with pens, blur, noise, photocopy, dots, remains of
  a grid, and a trace or a tick running through; a sixth of them show no text.
- Made again by `python -m kalemia.experiments.text_reader OUT --fonts FOLDER --seed {seed}`, where FOLDER has the fonts
  below (Debian: fonts-liberation, fonts-freefont-ttf, fonts-dejavu, fonts-urw-base35, fonts-hack, fonts-inconsolata,
  fonts-ocr-a, fonts-ocr-b, fonts-crosextra-carlito, fonts-lato, fonts-terminus, fonts-3270, fonts-b612, fonts-proggy,
  fonts-comic-neue, fonts-courier-prime). The same command measures what is below.

## Results

{PICTURES:,} pictures each in fonts that training never saw: as degraded as in training, some past reading, and sharp
ones with nothing running through. A reading of less confidence than {degraded.threshold:g} does not count.

| measure | degraded | sharp |
| --- | --- | --- |
{_rows(degraded, sharp)}

## Limits

- Latin print in one line. Handwriting, other scripts and text on its side are not read.
- It knows no dictionary: `O` and `0`, `l`, `I` and `1` are told apart by their neighbours alone.
- A bar can be an `I` or a tick. `kalemia.digitization.text_reading` takes it for `I` only if it is as high as the
  page's other labels and stands below or above a `II` or `III`.
- Where every label of a page touches a trace, none is found.

## Fonts

Trained on: {_families(fonts.training)}.

Measured on: {_families(fonts.held_out)}.
"""


def _rows(degraded: Measures, sharp: Measures) -> str:
    named = (
        ("character error rate, all text", "character_errors"),
        ("lead labels read right", "labels_right"),
        ("lead labels read as another lead", "labels_wrong"),
        ("printed speed and gain read right", "scales_right"),
        ("printed speed or gain read as another", "scales_wrong"),
        ("pictures without text in which a lead is read", "labels_from_nothing"),
    )
    return "\n".join(f"| {name} | {getattr(degraded, key):.1%} | {getattr(sharp, key):.1%} |" for name, key in named)


def _families(paths: tuple[Path, ...]) -> str:
    return ", ".join(sorted({open_font(path).getname()[0] or path.stem for path in paths}))
