"""The TRIPOD+AI checklist of a study, filled in as far as the software knows (`tripod.toml`).

Collins et al. 2024, "TRIPOD+AI statement", doi:10.1136/bmj-2023-078378: 27 items, some with parts, 52 in all.

A fact is a piece of a sentence, without a full stop. These are known; here and in `kalemia.study.methods` a study gives
those that it has::

    cohort            what the cohort is called
    patients          "patients" or "simulated patients"
    simulation        how they were simulated; only where they were
    n_patients        how many
    n_recordings      how many ECGs they have
    potassium_ranges  how many ECGs lie in each range: "52 below 4.0, 190 from 4.0 to 5.0, ... mEq/L"
    outcome           "serum potassium"
    units             "mEq/L"
    missing           how many ECGs have no estimate, and why: "9 of 1,567 ECGs (too few cycles 9)"
    source            what the ECGs were read from: "signal files", "printed pages"
    fs                at how many Hz they came: "500 Hz"
    lead              "II"
    predictors        what the models were given: "the waveform of single cycles, or 20 measures of it"
    cycle             what a cycle is: "512 samples at 500 Hz around R"
    normalisation     how cycles were scaled
    preprocessing     what was done to an ECG before a model saw it
    models            the names of all models
    loss              what training minimised
    balance           what was done because some potassium values are rare: "none"
    tuning            how settings were chosen: "none; all settings were fixed beforehand"
    design            "5-fold cross-validation by patient, stratified by potassium"
    folds             how many folds; only where there are some
    sides             how many patients were on each side
    differences       what differs between the data for training and for evaluation
    clusters          what was found between clusters, such as hospitals
    intervals         what is promised of prediction intervals: "90 %, from patients that took no part in training"
    calibrated_on     whose estimates gave them: "the validation patients"
    measures          by name
    plots             by name
    thresholds        where they lie, and why there
    bootstrap         "1,000 draws of patients, 95 % by percentiles"
    subgroups         by name
    performance       of the main model, with its interval
    updating          what was changed after evaluation: "none"
    plan              the file that says what was to be run, and its SHA-256
    weights           where the trained models lie
    versions          "kalemia 0.1.0, Python 3.12.3, NumPy 2.1.0"
    seeds             of everything that is drawn
    hardware          what it ran on
    wall_time         how long
    code_hash         which state of the code ran
    data_hash         the fingerprint of the cohort
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from string import Template
from typing import Any, Literal

from kalemia.report.markup import sentence

Status = Literal["answered", "in part", "author"]


@dataclass(frozen=True)
class Item:
    """One item of the checklist.

    Attributes:
        number: as in the statement, "12a".
        section: of a paper, where it belongs.
        topic: its name.
        asks: what it asks for.
        status: who has answered it: the software, the software in part, or nobody but the author can.
        answer: what the software says; empty where it can say nothing.
        author: what is left to the author, where that is less than all.
    """

    number: str
    section: str
    topic: str
    asks: str
    status: Status
    answer: str = ""
    author: str = ""


def checklist(facts: Mapping[str, str]) -> tuple[Item, ...]:
    """Every item, answered as far as the facts go; an item whose facts are missing or empty is the author's.

    Args:
        facts: what is known of the study, see above.
    """
    known = {name: fact.strip() for name, fact in facts.items() if fact.strip()}
    text = resources.files("kalemia.study").joinpath("tripod.toml").read_text(encoding="utf-8")
    return tuple(_answered(item, known) for item in tomllib.loads(text)["item"])


def _answered(item: Mapping[str, Any], known: Mapping[str, str]) -> Item:
    head = (item["number"], item["section"], item["topic"], item["asks"])
    answer = item.get("simulated") if "simulation" in known else None
    answer = answer or item.get("answer", {})
    template = Template(answer.get("text", ""))
    if not template.template or not set(template.get_identifiers()) <= set(known):
        return Item(*head, "author")
    left = answer.get("author", "")
    return Item(*head, "in part" if left else "answered", sentence(template.substitute(known)), left)
