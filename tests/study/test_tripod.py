import re
import tomllib
from collections import Counter
from importlib import resources

import pytest

from kalemia.study import tripod
from kalemia.study.tripod import checklist

PARTS = {3: "abc", 5: "ab", 6: "abc", 8: "abc", 9: "abc", 12: "abcdefg", 18: "abcdef", 20: "abc", 23: "ab", 27: "abc"}
NUMBERS = [f"{number}{part}" for number in range(1, 28) for part in PARTS.get(number, [""])]
"""27 items, 52 with their parts (Collins et al. 2024, doi:10.1136/bmj-2023-078378, table 2)."""
KEYS = re.findall(r"^    ([a-z_]+) {2,}", tripod.__doc__, flags=re.MULTILINE)
ONLY_AUTHORS = {"2", "3b", "3c", "18a", "18b", "18d", "19", "25", "27c"}


def every_fact():
    return {key: f"the {key}" for key in KEYS}


def of_real_patients():
    return {key: fact for key, fact in every_fact().items() if key != "simulation"}


def source():
    return tomllib.loads((resources.files("kalemia.study") / "tripod.toml").read_text(encoding="utf-8"))["item"]


def test_the_items_are_those_of_the_statement():
    assert [item.number for item in checklist({})] == NUMBERS
    assert len(NUMBERS) == 52


def test_without_facts_only_what_holds_of_every_study_is_answered():
    answered = {item.number for item in checklist({}) if item.status != "author"}
    assert answered == {"27b"}
    assert not any(item.answer for item in checklist({}) if item.status == "author")


def test_the_docstring_lists_each_fact_that_an_answer_needs():
    used = set(re.findall(r"\$\{?(\w+)", " ".join(str(item) for item in source())))
    assert used <= set(KEYS)


def test_what_no_software_can_know_is_left_to_the_author():
    items = checklist(every_fact())
    assert {item.number for item in items if item.status == "author"} == ONLY_AUTHORS


def test_of_real_patients_less_is_known_than_of_simulated_ones():
    real, simulated = (Counter(item.status for item in checklist(f)) for f in (of_real_patients(), every_fact()))
    assert real["author"] > simulated["author"]
    assert real["answered"] < simulated["answered"]
    by_number = {item.number: item for item in checklist(of_real_patients())}
    assert {by_number[number].status for number in ("5b", "6a", "8c", "17", "18e", "26")} == {"author"}
    assert not any("imulated" in item.answer for item in by_number.values())


def test_what_is_answered_in_part_says_what_is_left():
    for item in checklist(of_real_patients()):
        assert bool(item.author) == (item.status == "in part")
        assert bool(item.answer) == (item.status != "author")


@pytest.mark.parametrize("nothing", ["", "  "])
def test_a_missing_fact_leaves_the_item_to_the_author(nothing):
    facts = every_fact()
    del facts["design"]
    for incomplete in (facts, facts | {"design": nothing}):
        by_number = {item.number: item for item in checklist(incomplete)}
        assert {by_number[number].status for number in ("4", "12a", "12c")} == {"author"}
        assert by_number["12b"].status == "answered"


def test_facts_are_not_read_as_templates():
    facts = every_fact() | {"balance": "$models ${loss} $ $$ <b>"}
    assert (
        next(item for item in checklist(facts) if item.number == "13").answer == "Imbalance: $models ${loss} $ $$ <b>."
    )


def test_every_text_is_a_sentence():
    for item in checklist(every_fact()):
        for text in filter(None, (item.asks, item.answer, item.author)):
            assert text[0].isupper()
            assert text.endswith(".")
            assert ".." not in text
            assert "$" not in text
