"""What a lead is called, and which leads can stand in for another.

Names follow AHA/ACC/HRS 2007 (Kligfield et al., doi:10.1161/CIRCULATIONAHA.106.180200): `I`, `aVR`, `V1`. The limb
leads depend on each other (Einthoven's and Goldberger's equations, same paper): any two of I, II, III give the rest.
"""

import re
from collections.abc import Sequence

import numpy as np

from kalemia.errors import MissingLead
from kalemia.recording import STANDARD_LEADS, Recording

_CHEST_LEADS = ("V7", "V8", "V9", "V2R", "V3R", "V4R", "V5R", "V6R", "V7R", "V8R", "V9R")
_HOLTER_LEADS = ("MLI", "MLII", "MLIII", "MV1", "MV2", "MV5", "MCL1", "CC5", "CM2", "CM5", "CS12")
_FURTHER_LEADS = (*_CHEST_LEADS, *_HOLTER_LEADS, "X", "Y", "Z", "-aVR")
_KNOWN = {name.lower(): name for name in (*STANDARD_LEADS, *_FURTHER_LEADS)}
_ALIASES = {
    # Spanish, Portuguese and French carts write DI for "dérivation I"; some exports write the numeral as a digit.
    "di": "I",
    "dii": "II",
    "diii": "III",
    "d1": "I",
    "d2": "II",
    "d3": "III",
    "lead1": "I",
    "lead2": "II",
    "lead3": "III",
    "ml2": "MLII",
}
_PREFIX = re.compile(r"^(?:mdc_)?(?:ecg|ekg)[\s_:.-]*(?:lead[\s_:.-]*)?(?=\S)|^lead[\s_:.-]+", re.IGNORECASE)
_ECG = re.compile(r"ecg|ekg", re.IGNORECASE)
_OTHER_BODY_SIGNAL = re.compile(
    r"eeg|eog|emg|resp|sp ?o2|sa ?o2|pleth|ppg|abp|\bart\b|\bbp\b|cvp|pap\b|flow|temp|thor|abdo|snor|\bhr\b|pulse"
    r"|annotation|event|marker|accel|\bacc\b|status|battery",
    re.IGNORECASE,
)

_LIMB_LEADS: dict[str, tuple[dict[str, float], ...]] = {
    "I": ({"II": 1.0, "III": -1.0},),
    "II": ({"I": 1.0, "III": 1.0},),
    "III": ({"I": -1.0, "II": 1.0},),
    "aVR": ({"I": -0.5, "II": -0.5},),
    "aVL": ({"I": 1.0, "II": -0.5}, {"I": 0.5, "III": -0.5}),
    "aVF": ({"I": -0.5, "II": 1.0}, {"II": 0.5, "III": 0.5}),
}
_MODIFIED = {"I": "MLI", "II": "MLII", "III": "MLIII"}
_NAMES_SHOWN = 16


def standard_name(label: str) -> str:
    """The standard spelling of a lead (`avr`, `ECG aVR`, `Lead_AVR` -> `aVR`); other labels come back stripped."""
    text = " ".join(label.replace("\x00", " ").split()).strip("'\"")
    bare = _PREFIX.sub("", text).lower()
    return _KNOWN.get(bare) or _ALIASES.get(bare) or _ALIASES.get(text.lower()) or text


def is_lead(name: str) -> bool:
    """Whether the name says where on the body a lead was taken."""
    return name in _KNOWN.values()


def is_ecg(name: str) -> bool:
    """Whether a channel of that name is an ECG for sure."""
    return is_lead(name) or bool(_ECG.search(name))


def is_other_signal(name: str) -> bool:
    """Whether a channel of that name is some other signal of the body (respiration, SpO2, EEG, ...)."""
    return not is_lead(name) and bool(_OTHER_BODY_SIGNAL.search(name))


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """The same names with a number behind each that came before: `II, II` -> `II, II (2)`."""
    seen: set[str] = set()
    result: list[str] = []
    for name in names:
        candidate, count = name, 1
        while candidate in seen:
            count += 1
            candidate = f"{name} ({count})"
        seen.add(candidate)
        result.append(candidate)
    return tuple(result)


def warnings_of_repeats(names: Sequence[str]) -> tuple[str, ...]:
    """What to say where `unique_names` has numbered a lead."""
    repeated = [name.removesuffix(" (2)") for name in names if name.endswith(" (2)")]
    return tuple(f"Lead {name} is there more than once; the first was taken." for name in repeated if is_lead(name))


def names_for_unnamed(count: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names for signals that came without, and the warnings that this deserves.

    Twelve are taken as the standard leads: every electrocardiograph exports them in this order.
    """
    if count == len(STANDARD_LEADS):
        warning = f"The 12 leads have no names; they were taken in the standard order {', '.join(STANDARD_LEADS)}."
        return STANDARD_LEADS, (warning,)
    return tuple(f"signal {number}" for number in range(1, count + 1)), ()


def sources_of(lead: str | None, available: Sequence[str]) -> tuple[str, ...]:
    """Which of the available leads are needed to give `lead`; all of them if nothing gives it, or if it is `None`."""
    if lead is None:
        return tuple(available)
    if lead in available:
        return (lead,)
    if _MODIFIED.get(lead) in available:
        return (_MODIFIED[lead],)
    if weights := _derivation(lead, available):
        return tuple(weights)
    return tuple(available)


def take_lead(recording: Recording, lead: str) -> Recording:
    """The recording with the lead asked for and no other.

    A lead that is not there is taken from a modified (Holter) lead, from two limb leads, or from the one and only
    signal if that has no name; each of these adds a warning.

    Args:
        recording: leads in mV.
        lead: standard name.

    Raises:
        MissingLead: nothing in the recording gives that lead.
    """
    sources = sources_of(lead, recording.leads)
    if sources == (lead,):
        return recording.only(lead)
    if sources == (_MODIFIED.get(lead),):
        return _renamed(recording, sources[0], lead).with_warning(
            f"{sources[0]}, a modified (Holter) lead, was taken as lead {lead}; its waves can differ."
        )
    if weights := _derivation(lead, sources):
        return _derived(recording, lead, weights)
    if len(sources) == 1 and not is_lead(sources[0]):
        return _renamed(recording, sources[0], lead).with_warning(
            f'The only signal, "{sources[0]}", does not say which lead it is; it was taken as lead {lead}.'
        )
    raise MissingLead(f"no lead {lead}. The recording has: {listed(recording.leads)}. Give one that has it")


def listed(names: Sequence[str]) -> str:
    """The names for a sentence, cut after the first few."""
    shown = ", ".join(names[:_NAMES_SHOWN]) or "none"
    return shown if len(names) <= _NAMES_SHOWN else f"{shown} and {len(names) - _NAMES_SHOWN} more"


def _derivation(lead: str, available: Sequence[str]) -> dict[str, float]:
    fitting = (weights for weights in _LIMB_LEADS.get(lead, ()) if set(weights) <= set(available))
    return next(fitting, {})


def _renamed(recording: Recording, old: str, new: str) -> Recording:
    return Recording(recording.lead(old)[None], recording.fs, (new,), recording.warnings)


def _derived(recording: Recording, lead: str, weights: dict[str, float]) -> Recording:
    signal = np.zeros(recording.signal.shape[1])
    for source, weight in weights.items():
        signal += weight * recording.lead(source)
    warning = f"Lead {lead} is not in the file; it was computed from {' and '.join(weights)}."
    return Recording(signal[None], recording.fs, (lead,), (*recording.warnings, warning))
