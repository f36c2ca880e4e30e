"""The Methods section of a study, written from what ran (`methods.toml`).

Whatever is a constant of the code is taken from the code, whatever was chosen from the facts and settings of the study:
the text cannot say anything else than was done. A fact that the text needs and does not get stands as a gap to fill in.
"""

import tomllib
from collections.abc import Mapping
from importlib import resources
from string import Template
from typing import Any, SupportsFloat

from kalemia import cycles, filtering, intervals
from kalemia.errors import ConfigError
from kalemia.evaluation import bootstrap
from kalemia.study.blocks import Paragraph

NUMBERS = ("learning_rate", "weight_decay", "max_epochs", "cycles_per_recording", "batch_size", "patience")


class _Values(dict[str, str]):
    """What the text needs; of what is not known, that somebody has to fill it in."""

    def __missing__(self, name: str) -> str:
        return f"[to be filled in: {name.replace('_', ' ')}]"


def methods(
    facts: Mapping[str, str], models: Mapping[str, str], training: Mapping[str, object] | None = None
) -> list[Paragraph]:
    """The paragraphs of the section, in order.

    Args:
        facts: as in `kalemia.study.tripod`.
        models: one sentence on each, by its title.
        training: the settings of `kalemia.training.TrainingConfig`, by name; none where no network was trained.

    Raises:
        ConfigError: a setting is missing, or not one that is known.
    """
    wording = tomllib.loads(resources.files("kalemia.study").joinpath("methods.toml").read_text(encoding="utf-8"))
    values = _Values({name: fact.strip() for name, fact in facts.items() if fact.strip()})
    if "normalisation" in values:
        values["scaling"] = f"Scaling of cycles: {values['normalisation']}"
    if models:
        values["each_model"] = " ".join(f"{title}: {text.removesuffix('.')}." for title, text in models.items())
    values |= _constants()
    if training:
        values |= _settings(training, wording)
    texts = {one["heading"]: _told(one["sentences"], values, wording["optional"]) for one in wording["paragraph"]}
    return [Paragraph(text, heading) for heading, text in texts.items() if text]


def _told(templates: list[str], values: _Values, optional: list[str]) -> str:
    """The sentences with their values, without those that have nothing to say."""
    unknown = {name for name in optional if name not in values}
    told = (one for one in map(Template, templates) if unknown.isdisjoint(one.get_identifiers()))
    return " ".join(one.substitute(values) for one in told)


def _constants() -> dict[str, str]:
    """What the text needs of the code."""
    numbers = {
        "clean_hz": filtering.CLEAN_FS,
        "lowest_hz": filtering.MIN_FS_HZ,
        "qrs_median_s": filtering.QRS_MEDIAN_S,
        "t_median_s": filtering.T_MEDIAN_S,
        "baseline_hz": filtering.BASELINE_HZ,
        "drift_hz": filtering.DRIFT_HZ,
        "mains_ratio": filtering.MAINS_RATIO,
        "mains_band_hz": filtering.MAINS_BAND_HZ,
        "cycle_samples": cycles.CYCLE_SAMPLES,
        "cycle_s": cycles.CYCLE_SAMPLES / cycles.CYCLE_FS,
        "r_s": cycles.R_INDEX / cycles.CYCLE_FS,
        "compared_before_s": (cycles.R_INDEX - cycles.COMPARED.start) / cycles.CYCLE_FS,
        "compared_after_s": (cycles.COMPARED.stop - cycles.R_INDEX) / cycles.CYCLE_FS,
        "correlation": cycles.MIN_CORRELATION,
        "fewest_cycles": cycles.MIN_CYCLES,
        "fewest": intervals.FEWEST,
        "most": intervals.MOST_NEAREST,
        "only_too_low": intervals.ONLY_TOO_LOW,
        "only_too_high": intervals.ONLY_TOO_HIGH,
        "nearest_bound": intervals.NEAREST_BOUND,
    }
    shares = {
        "level": intervals.LEVEL,
        "nearest_share": intervals.NEAREST_SHARE,
        "spread_share": intervals.SPREAD_SHARE,
        "confidence": bootstrap.LEVEL,
    }
    return {
        **{name: f"{number:g}" for name, number in numbers.items()},
        **{name: f"{100 * share:g} %" for name, share in shares.items()},
        "mains_hz": " or ".join(f"{hz:g}" for hz in filtering.MAINS_HZ),
    }


def _settings(training: Mapping[str, object], wording: Mapping[str, Any]) -> dict[str, str]:
    """What the text needs of the settings of training."""
    loss = Template(_choice(wording["loss"], training, "loss"))
    told = {
        "loss_minimised": loss.substitute(huber_delta=_number(training, "huber_delta")),
        "weights_of_recordings": _choice(wording["weighting"], training, "weighting"),
        "scaling": _choice(wording["normalisation"], training, "normalisation"),
        **{name: _number(training, name) for name in NUMBERS},
    }
    if training.get("augment"):
        gain = ", gain" if training["normalisation"] == "mv" else ""  # where it shows
        told["augmentation"] = f"noise, baseline wander{gain} and place of R"
    return told


def _choice(choices: Mapping[str, str], training: Mapping[str, object], name: str) -> str:
    value = training.get(name)
    if not isinstance(value, str) or value not in choices:
        raise ConfigError(f"settings of training: {name} = {value!r}. There are: {', '.join(choices)}.")
    return choices[value]


def _number(training: Mapping[str, object], name: str) -> str:
    value = training.get(name)
    if not isinstance(value, SupportsFloat):
        raise ConfigError(f"settings of training: {name} = {value!r}. Needed: a number.")
    return f"{float(value):g}"
