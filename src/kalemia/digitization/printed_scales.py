"""What a page says about itself: paper speed, gain, and which lead a label names.

The words may come from a file or from a reader that confuses letters of the same shape (`O` and `0`; `l`, `I` and
`1`). Only values that electrocardiographs have are believed, and nothing is guessed: what can be read in two ways
is as good as not there.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kalemia.digitization.text import Text
from kalemia.leads import standard_name
from kalemia.recording import STANDARD_LEADS

SPEEDS_MM_PER_S = (10.0, 12.5, 25.0, 50.0, 100.0)
GAINS_MM_PER_MV = (2.5, 5.0, 10.0, 20.0, 40.0)

_SHAPES = {"0": "0OoQD", "1": "1Il|", "2": "2Zz", "4": "4", "5": "5Ss", ".": ".,·"}
_MM = r"\s*(?:[mnr]\s?){2,4}"
_PER = r"\s*(?:/|\\|\||[Il1!]|per)\s*"
_UNIT_OF_SPEED = rf"{_MM}(?:{_PER}(?:s|5|sec|sek|seg)|\s*s(?:ec)?)(?![a-z])"
_UNIT_OF_GAIN = rf"{_MM}(?:{_PER})?(?:[mn]|rn)\s?[vy](?![a-z])"
_LIMB = re.compile(r"(?:limbs?|extremit\w*|(?<![a-z])l\s*[:=])[\s:=.]*$", re.IGNORECASE)
_CHEST = re.compile(r"(?:chest|precord\w*|prec|(?<![a-z])[cv]\s*[:=])[\s:=.]*$", re.IGNORECASE)
_FACTOR = re.compile(
    r"^\W*(?:(?:gain|sens\w*|ampl\w*)[\s:=.]*)?(?:x?(?P<std>1/2|½|0[.,]5|1|2|)\s*std|(?<=[a-z\s:=.])x?(?P<half>1/2|½)"
    r"|(?<=[a-z\s:=.])x(?P<times>0[.,]5|1|2))\W*$",
    re.IGNORECASE,
)
_FACTORS = {"1/2": 0.5, "½": 0.5, "0.5": 0.5, "1": 1.0, "": 1.0, "2": 2.0}
_STANDARD_GAIN = 10.0

_NUMERALS = re.compile(r"^D?([Il1]{2,3}|I)$", re.IGNORECASE)
_AUGMENTED = re.compile(r"^(?P<tick>[Il1|]?)(?P<sign>[-–−]?|\(-\))[aoq@]v(?P<limb>[rlf])(?P<minus>-?)$", re.IGNORECASE)
_CHEST_LEAD = re.compile(r"^[Il1|]?(v[1-9]r?)$", re.IGNORECASE)
_AROUND = re.compile(r"^lead[\s:.]*|[\s:.,;]*\(?x\s?(?:2|1/2|½|0[.,]5)\)?$|[:.,;]+$", re.IGNORECASE)


@dataclass(frozen=True)
class PrintedScales:
    """What is printed about the scales of a page.

    Attributes:
        speed_mm_per_s: paper speed; `None` where none is printed, or several are.
        gain_mm_per_mv: of the limb leads, lead II among them; likewise.
        chest_gain_mm_per_mv: of the chest leads; the same as the other where the page makes no difference.
        evidence: the words that say so.
        speed_note: what contradicts itself about the speed, a sentence.
        gain_note: likewise about the gain of the limb leads.
        chest_note: likewise about that of the chest leads alone.
    """

    speed_mm_per_s: float | None = None
    gain_mm_per_mv: float | None = None
    chest_gain_mm_per_mv: float | None = None
    evidence: tuple[str, ...] = ()
    speed_note: str = ""
    gain_note: str = ""
    chest_note: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What contradicts itself, one sentence each."""
        return tuple(note for note in (self.speed_note, self.gain_note, self.chest_note) if note)


@dataclass(frozen=True)
class _Found:
    quantity: str
    value: float
    words: str


def printed_scales(texts: Iterable[Text]) -> PrintedScales:
    """The scales that the texts of a page state: `25 mm/s`, `Gain: 10 mm/mV`, `Limb: 10 mm/mV Chest: 5 mm/mV`.

    Args:
        texts: words or lines, in any order.
    """
    found = [one for text in texts for one in _stated(text.words)]
    values = {quantity: {one.value for one in found if one.quantity == quantity} for quantity in _QUANTITIES}
    limb, chest = values["gain"] | values["limb gain"], values["gain"] | values["chest gain"]
    return PrintedScales(
        speed_mm_per_s=_only(values["speed"]),
        gain_mm_per_mv=_only(limb),
        chest_gain_mm_per_mv=_only(chest),
        evidence=tuple(dict.fromkeys(one.words for one in found)),
        speed_note=_contradiction(values["speed"], "mm/s"),
        gain_note=_contradiction(limb, "mm/mV"),
        chest_note=_contradiction(chest, "mm/mV for the chest leads") if chest != limb else "",
    )


_QUANTITIES = ("speed", "gain", "limb gain", "chest gain")


def _only(values: set[float]) -> float | None:
    return next(iter(values)) if len(values) == 1 else None


def _contradiction(values: set[float], unit: str) -> str:
    if len(values) < 2:
        return ""
    return f"The page says {' and '.join(f'{value:g}' for value in sorted(values))} {unit}."


def _stated(words: str) -> Iterator[_Found]:
    for match, value in _numbers(words, SPEEDS_MM_PER_S, _UNIT_OF_SPEED):
        yield _Found("speed", value, match.group())
    for match, value in _numbers(words, GAINS_MM_PER_MV, _UNIT_OF_GAIN):
        before = words[: match.start()]
        quantity = "limb gain" if _LIMB.search(before) else "chest gain" if _CHEST.search(before) else "gain"
        yield _Found(quantity, value, match.group())
    if factor := _FACTOR.match(words):
        times = next(group for group in factor.groups() if group is not None)
        yield _Found("gain", _STANDARD_GAIN * _FACTORS[times.replace(",", ".")], words.strip())


def _numbers(words: str, known: tuple[float, ...], unit: str) -> Iterator[tuple[re.Match[str], float]]:
    """Known values before a unit, with what matched."""
    for value in known:
        for match in re.finditer(_spelled(value) + f"(?i:{unit})", words):
            yield match, value


def _spelled(value: float) -> str:
    """A pattern for a number and what it is misread as, that does not match a part of another number."""
    digits = f"{value:g}"
    pattern = "".join(f"[{re.escape(_SHAPES[digit])}]" for digit in digits)
    zeros = "" if "." in digits else "(?:[.,][0Oo]{1,2})?"
    # `2 5` may have been `2.5`, so that a single digit says nothing behind another
    part = r"(?<![0-9])(?<![0-9][.,])" + (r"(?<![0-9]\s)(?<![0-9][.,]\s)" if len(digits) == 1 else "")
    return rf"{part}(?:(?<![A-Za-z])|(?=[0-9])){pattern}{zeros}"


def lead_of(words: str) -> str | None:
    """The standard name of the lead that a label names, `None` for what is no label or could be several.

    `VI` could be `V1` or a numeral, `11` a number: both are `None`.

    Args:
        words: what was read, as `II`, `ll`, `I I I`, `AVR`, `-aVR`, `DII`, `Lead V1`, `II x2`.
    """
    label = re.sub(r"\s+", "", _AROUND.sub("", _AROUND.sub("", words.strip())))
    if numerals := _NUMERALS.match(label):
        return None if label.isdigit() else "I" * len(numerals[1])
    if augmented := _AUGMENTED.match(label):
        sign = "-" if augmented["sign"] or augmented["minus"] else ""
        return _known(f"{sign}aV{augmented['limb'].upper()}")
    if chest := _CHEST_LEAD.match(label):
        return _known(chest[1].upper())
    return _known(standard_name(words)) if len(label) > 1 else None


def _known(name: str) -> str | None:
    """The name, if that lead can be on a page of a resting ECG."""
    return name if name in (*STANDARD_LEADS, "-aVR") or re.match(r"^V[1-9]R?$", name) else None
