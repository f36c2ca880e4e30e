"""What stands on ECG pages: lead labels, scales, filters, dates, names, measurements, and strings of no meaning."""

from collections.abc import Callable

import numpy as np

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
SIGNS = ".,:;/-+()~%°*=<>#'\"&_?!"
ALPHABET = " " + DIGITS + LETTERS + SIGNS

LIMB_LABELS = ("I", "II", "III", "aVR", "aVL", "aVF")
CHEST_LABELS = tuple(f"V{number}" for number in range(1, 7))
RARE_LABELS = (
    *("AVR", "AVL", "AVF", "avR", "avL", "avF", "aVr", "aVl", "aVf", "avr", "avl", "avf"),
    *("DI", "DII", "DIII", "D1", "D2", "D3", "-aVR", "-AVR", "V7", "V8", "V9", "V3R", "V4R", "V5R", "V6R", "v1", "v2"),
    *("v3", "v4", "v5", "v6", "C1", "C2", "C3", "C4", "C5", "C6", "X", "Y", "Z", "MCL1", "L1", "L2", "L3"),
)
AROUND_LABELS = ("Lead {}", "lead {}", "LEAD {}", "Lead: {}", "{}:", "{} x2", "{} x1/2", "{} (x2)", "[{}", "Rhythm: {}")
SPEEDS = ("25", "25", "25", "25.0", "50", "50", "50.0", "12.5", "12,5", "10", "100", "5")
GAINS = ("10", "10", "10", "10.0", "5", "5.0", "20", "20.0", "2.5", "2,5", "40", "7.5", "1")
WORDS = (
    *("Vent. rate", "PR interval", "QRS duration", "QT/QTc", "P-R-T axes", "Sinus rhythm", "Normal ECG", "BPM", "ms"),
    *("Abnormal ECG", "Atrial fibrillation", "Unconfirmed", "Referred by", "Confirmed by", "Technician", "Patient"),
    *("Name", "Age", "Sex", "Male", "Female", "Date", "Time", "Room", "Location", "Hospital", "Cardiology", "Device"),
    *(
        "Filter",
        "Filter ON",
        "AC",
        "EMG",
        "Limb",
        "Chest",
        "Speed",
        "Gain",
        "Auto",
        "Manual",
        "Rhythm strip",
        "Comment",
    ),
    *(
        "left axis deviation",
        "Nonspecific T wave abnormality",
        "Prolonged QT",
        "Bundle branch block",
        "RR",
        "P",
        "QTcB",
    ),
    *("Med:", "Loc:", "HR", "bpm", "bpm/min", "mmHg", "Hz", "years", "yr", "kg", "cm", "Caucasian", "Order", "Visit"),
)
SYLLABLES = (
    *("an", "ber", "ca", "do", "el", "fi", "ga", "hol", "in", "jo", "ka", "lin", "mar", "no", "ol", "per", "qui", "ra"),
    *("sen", "ti", "ul", "van", "wi", "xa", "yo", "zu", "ster", "man", "ing", "tion", "th", "ck", "gg", "ph", "dy"),
)


def words(rng: np.random.Generator) -> str:
    """A line of text."""
    kinds: tuple[tuple[float, Callable[[np.random.Generator], str]], ...] = (
        (0.48, _label),
        (0.16, _scales),
        (0.06, _filters),
        (0.10, _phrase),
        (0.06, _numbers),
        (0.14, _nonsense),
    )
    weights = np.array([weight for weight, _ in kinds])
    return kinds[rng.choice(len(kinds), p=weights / weights.sum())][1](rng)


def _one(rng: np.random.Generator, choices: tuple[str, ...] | str) -> str:
    return choices[rng.integers(len(choices))]


def _label(rng: np.random.Generator) -> str:
    if rng.random() < 0.8:
        return _one(rng, LIMB_LABELS if rng.random() < 0.6 else CHEST_LABELS)
    if rng.random() < 0.75:
        return _one(rng, RARE_LABELS)
    form = _one(rng, AROUND_LABELS)
    return form.replace("[", "(").format(_one(rng, (*LIMB_LABELS, *CHEST_LABELS)))


def _speed(rng: np.random.Generator) -> str:
    unit = _one(rng, ("mm/s", "mm/s", "mm/sec", "mm/sec.", "MM/S", "mm/Sec", "MM/SEC", "mm / s"))
    lead = _one(rng, ("", "", "", "", "Speed: ", "Speed ", "SPEED: ", "Paper Speed: ", "Vel: ", "Vitesse: "))
    return f"{lead}{_one(rng, SPEEDS)}{_one(rng, ('', ' ', ' '))}{unit}"


def _gain(rng: np.random.Generator) -> str:
    unit = _one(rng, ("mm/mV", "mm/mV", "mm/mV", "mm/mv", "MM/MV", "mm / mV", "mm/MV"))
    lead = _one(rng, ("", "", "", "", "Gain: ", "Gain ", "Limb: ", "Chest: ", "C: ", "L: ", "Sens: ", "Ampl: "))
    return f"{lead}{_one(rng, GAINS)}{_one(rng, ('', ' ', ' '))}{unit}"


def _scales(rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < 0.35:
        return _speed(rng)
    if kind < 0.7:
        return _gain(rng)
    joint = _one(rng, (" ", "  ", ", ", "", " - ", "; ", " "))
    both = [_speed(rng), _gain(rng)]
    return joint.join(both if rng.random() < 0.8 else both[::-1])


def _filters(rng: np.random.Generator) -> str:
    low, high = _one(rng, ("0.05", "0.15", "0.5", "0,05", "0.67", ".05")), _one(rng, ("40", "100", "150", "35", "25"))
    mains = _one(rng, ("50", "60"))
    forms = (
        *(
            f"{low}-{high} Hz",
            f"{low} - {high}Hz",
            f"F {mains}~ {low}-{high} Hz",
            f"{mains}~",
            f"{high}Hz",
            f"~{mains}",
        ),
        *(f"AC {mains}Hz", f"{high} Hz", f"W {low}-{high}", f"F{high}", f"AC{mains}", f"{low}~{high}Hz", "FILT ON"),
    )
    return _one(rng, forms)


def _phrase(rng: np.random.Generator) -> str:
    if rng.random() < 0.5:
        text = _one(rng, WORDS)
    else:
        text = " ".join(
            "".join(_one(rng, SYLLABLES) for _ in range(rng.integers(1, 4))) for _ in range(rng.integers(1, 3))
        )
    if rng.random() < 0.25:
        text += _one(rng, (":", ": ", " ", ", ")) + str(rng.integers(1000))
    change = _one(rng, ("", "", "upper", "title", "lower"))
    return str(getattr(text, change)()) if change else text


def _numbers(rng: np.random.Generator) -> str:
    day, month, year = rng.integers(1, 32), rng.integers(1, 13), rng.integers(1990, 2031)
    hour, minute, second = rng.integers(24), rng.integers(60), rng.integers(60)
    name = _one(rng, ("Jan", "FEB", "Mar", "APR", "May", "Jun", "JUL", "Aug", "Sep", "OCT", "Nov", "DEC"))
    forms = (
        *(f"{day:02}-{name}-{year}", f"{year}/{month:02}/{day:02}", f"{day:02}.{month:02}.{year}"),
        *(f"{month}/{day}/{year}", f"{hour:02}:{minute:02}:{second:02}", f"{hour}:{minute:02}"),
        *(f"{hour * minute}/{second * hour} ms", f"{minute} bpm", f"{second}%", f"{minute}°", f"-{minute}"),
        *(f"{rng.integers(10**6)}", f"#{rng.integers(10**4)}", f"{minute / 10:.1f} mV", f"({hour} yr)", f"{second} ms"),
    )
    return _one(rng, forms)


def _nonsense(rng: np.random.Generator) -> str:
    pool = DIGITS + LETTERS if rng.random() < 0.5 else DIGITS + LETTERS + SIGNS
    if rng.random() < 0.3:
        pool = _one(rng, (DIGITS + ".,:/-", "Il1V0OQaVRLF-", LETTERS[:26], LETTERS[26:]))
    text = "".join(_one(rng, pool) for _ in range(rng.integers(1, 10)))
    return text if any(map(str.isalnum, text)) else text + _one(rng, DIGITS)  # a full stop alone is a speck
