import re
import tomllib
from importlib import resources

import pytest

from kalemia import cycles, filtering, intervals
from kalemia.errors import ConfigError
from kalemia.study import tripod
from kalemia.study.methods import methods

FACTS = {key: f"<{key}>" for key in re.findall(r"^    ([a-z_]+) {2,}", tripod.__doc__, flags=re.MULTILINE)}
TRAINING = {
    "model": "dcrnn",
    "loss": "huber",
    "huber_delta": 1.25,
    "weighting": "none",
    "normalisation": "mv",
    "augment": True,
    "learning_rate": 3e-4,
    "weight_decay": 0.02,
    "batch_size": 48,
    "cycles_per_recording": 6,
    "max_epochs": 33,
    "patience": 7,
}
MODELS = {"DCRNN": "dilated convolutions.", "Ridge": "a line through 20 measures"}
HEADINGS = [
    "Participants and outcome",
    "Signal",
    "Cycles",
    "Models",
    "Training",
    "Design",
    "Prediction intervals",
    "Statistics",
    "Software and hardware",
]


def texts(facts=None, models=None, training=None):
    return {one.heading: one.text for one in methods(facts or {}, models or {}, training)}


def test_the_paragraphs_are_in_order_and_whole():
    told = methods(FACTS, MODELS, TRAINING)
    assert [one.heading for one in told] == HEADINGS
    assert not any("to be filled in" in one.text or "$" in one.text for one in told)


def test_every_sentence_ends():
    for one in methods(FACTS, MODELS, TRAINING):
        assert one.text.endswith(".")
        assert ".." not in one.text
        assert "  " not in one.text


def test_the_cut_offs_are_those_of_the_code(monkeypatch):
    told = texts(FACTS)
    assert "low-pass of 0.67 Hz" in told["Signal"]
    assert "high-pass of 0.05 Hz" in told["Signal"]
    assert "50 or 60 Hz" in told["Signal"]
    assert "512 samples (1.024 s)" in told["Cycles"]
    assert "from 0.1 s before R to 0.3 s after it" in told["Cycles"]
    monkeypatch.setattr(filtering, "BASELINE_HZ", 0.5)
    monkeypatch.setattr(cycles, "MIN_CORRELATION", 0.8)
    monkeypatch.setattr(intervals, "LEVEL", 0.8)
    told = texts(FACTS)
    assert "low-pass of 0.5 Hz" in told["Signal"]
    assert "by less than 0.8." in told["Cycles"]
    assert "intervals of 80 %" in told["Prediction intervals"]


def test_training_is_told_from_its_settings():
    told = texts(FACTS, training=TRAINING)["Training"]
    for words in (
        "up to 1.25 mEq/L",
        "counted alike",
        "weight decay of 0.02",
        "fell from 0.0003",
        "after 33 epochs",
        "saw 6 cycles",
        "batches of 48",
        "baseline wander, gain and place of R",
        "after 7 epochs",
    ):
        assert words in told


@pytest.mark.parametrize("loss", ["huber", "squared", "absolute", "balanced"])
@pytest.mark.parametrize("weighting", ["none", "density"])
@pytest.mark.parametrize("normalisation", ["mv", "robust", "zscore"])
def test_each_choice_has_its_words(loss, weighting, normalisation):
    training = TRAINING | {"loss": loss, "weighting": weighting, "normalisation": normalisation}
    told = texts(FACTS, training=training)
    assert ("Huber" in told["Training"]) == (loss == "huber")
    assert ("counted alike" in told["Training"]) == (weighting == "none")
    assert ("gain" in told["Training"]) == (normalisation == "mv")


def test_the_choices_are_those_of_training():
    config = pytest.importorskip("kalemia.training").TrainingConfig
    wording = tomllib.loads((resources.files("kalemia.study") / "methods.toml").read_text(encoding="utf-8"))
    for name in ("loss", "weighting", "normalisation"):
        assert set(wording[name]) == set(config.model_fields[name].annotation.__args__)
    assert texts(FACTS, MODELS, config.load().model_dump())["Training"]


def test_without_augmentation_none_is_told():
    assert "place of R" not in texts(FACTS, training=TRAINING | {"augment": False})["Training"]


def test_without_training_or_models_their_paragraphs_are_left_out():
    told = texts(FACTS)
    assert "Training" not in told
    assert "Scaling of cycles: <normalisation>." in told["Cycles"]
    assert "Models" not in told


def test_models_stand_one_behind_the_other():
    told = texts(FACTS, MODELS)["Models"]
    assert told == "DCRNN: dilated convolutions. Ridge: a line through 20 measures."


def test_what_must_be_known_stands_as_a_gap_and_what_may_be_is_left_out():
    told = texts({"n_patients": "12", "lead": " "})
    assert (
        "[to be filled in: cohort] held [to be filled in: n recordings] ECGs of 12" in told["Participants and outcome"]
    )
    assert "simulated" not in told["Participants and outcome"]
    assert "Lead [to be filled in: lead] was used." in told["Signal"]
    assert told["Software and hardware"] == "All was computed by [to be filled in: versions]."


def test_facts_cannot_pass_for_what_the_code_says():
    assert "low-pass of 0.67 Hz" in texts({"baseline_hz": "9", **FACTS})["Signal"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"loss": "log"}, "loss = 'log'. There are: huber"),
        ({"normalisation": None}, "normalisation = None"),
        ({"patience": "soon"}, "patience = 'soon'. Needed: a number"),
        ({"batch_size": None}, "batch_size = None"),
    ],
)
def test_settings_that_are_none_are_refused(wrong, words):
    with pytest.raises(ConfigError, match=re.escape(words)):
        methods(FACTS, MODELS, TRAINING | wrong)


def test_values_stay_as_they_are():
    assert "<b>$lead" in texts(FACTS | {"cohort": "<b>$lead"})["Participants and outcome"]
