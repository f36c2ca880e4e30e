"""Measures in parts of a cohort."""

import numpy as np
import pytest

from kalemia.errors import ConfigError
from kalemia.evaluation import measures
from kalemia.evaluation.subgroups import subgroups

N = 600


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    truth = rng.uniform(3, 8, N)
    age = rng.uniform(20, 95, N)
    estimate = truth + rng.normal(0, np.where(age >= 80, 1.5, 0.5))
    columns = {
        "age_years": age,
        "sex": rng.choice(np.array(["F", "M", None], dtype=object), N),
        "rhythm": np.r_[["sinus"] * (N - 40), ["paced"] * 30, ["flutter"] * 10].astype(object),
        "minutes_from_lab": rng.normal(0, 30, N),
        "heart_rate_bpm": rng.normal(80, 10, N),
    }
    return columns, truth, estimate, 5.2, np.arange(N) // 2


@pytest.fixture
def found(data):
    return {(group.variable, group.label): group for group in subgroups(*data, resamples=100)}


def test_parts_of_a_column_add_up_to_the_whole(found):
    whole = found["all", "all"]
    assert (whole.n, whole.patients) == (N, N // 2)
    for variable in ("age_years", "sex", "rhythm", "minutes_from_lab"):
        parts = [group for (name, _), group in found.items() if name == variable]
        assert sum(part.n for part in parts) == N
        assert sum(part.n * part.mae.value for part in parts) == pytest.approx(N * whole.mae.value)


def test_absent_and_other_columns_are_left_out(found):
    assert list(dict.fromkeys(variable for variable, _ in found)) == [
        "all",
        "age_years",
        "sex",
        "rhythm",
        "minutes_from_lab",
    ]


def test_each_part_is_measured_by_itself(data, found):
    columns, truth, estimate, constant, patients = data
    old = columns["age_years"] >= 80
    group = found["age_years", "≥ 80"]
    assert (group.n, group.patients) == (old.sum(), len(np.unique(patients[old])))
    assert group.mae.value == pytest.approx(measures.mae(truth[old], estimate[old]))
    assert group.mae_constant.value == pytest.approx(np.abs(truth[old] - constant).mean())
    assert group.bias.value == pytest.approx(measures.bias(truth[old], estimate[old]))
    assert group.auroc.value == pytest.approx(measures.auroc_hyperkalaemia(truth[old], estimate[old]))
    assert group.mae.low > found["age_years", "< 50"].mae.high  # the noise that they were made with


def test_borders():
    columns = {
        "age_years": np.array([49.9, 50, 64.9, 65, 79.9, 80, np.nan]),
        "qrs_ms": np.array([119.9, 120, np.nan, 90, 90, 90, 90]),
        "minutes_from_lab": np.array([-15.0, 15, 15.1, -30, 30.1, -31, 0]),
    }
    groups = subgroups(columns, np.full(7, 4.0), np.full(7, 5.0), 4.2, np.arange(7), resamples=10)
    assert {(group.variable, group.label): group.n for group in groups} == {
        ("all", "all"): 7,
        ("age_years", "< 50"): 1,
        ("age_years", "50–64"): 2,
        ("age_years", "65–79"): 2,
        ("age_years", "≥ 80"): 1,
        ("age_years", "unknown"): 1,
        ("qrs_ms", "< 120"): 5,
        ("qrs_ms", "≥ 120"): 1,
        ("qrs_ms", "unknown"): 1,
        ("minutes_from_lab", "≤ 15"): 3,
        ("minutes_from_lab", "15–30"): 2,
        ("minutes_from_lab", "> 30"): 2,
    }


def test_missing_words_are_unknown_and_rare_ones_other(found):
    assert {label for variable, label in found if variable == "sex"} == {"F", "M", "unknown"}
    assert {label: group.n for (name, label), group in found.items() if name == "rhythm"} == {
        "sinus": N - 40,
        "paced": 30,
        "other": 10,
    }


def test_words_that_are_called_other_and_unknown_stand_once():
    words = np.array(["other"] * 25 + ["unknown"] * 25 + [None, "", np.nan, "rare"], dtype=object)
    groups = subgroups({"quality": words}, np.full(54, 4.0), np.full(54, 5.0), 4.2, np.arange(54), resamples=10)
    assert [(group.label, group.n) for group in groups[1:]] == [("other", 26), ("unknown", 28)]


def test_a_small_part_has_a_value_and_no_interval(data):
    _, *rest = data
    age = np.where(np.arange(N) < 4, 90.0, 40.0)  # of two patients
    small = subgroups({"age_years": age}, *rest, resamples=200)[-1]
    assert (small.label, small.n, small.patients) == ("≥ 80", 4, 2)
    assert np.isfinite(small.mae.value)
    assert np.isnan([small.mae.low, small.mae.high]).all()


def test_a_constant_per_recording(data):
    _, truth, estimate, _, patients = data
    of_fold = np.where(patients % 2 == 0, 5.0, 5.4)
    whole = subgroups({}, truth, estimate, of_fold, patients, resamples=10)[0]
    assert whole.mae_constant.value == pytest.approx(np.abs(truth - of_fold).mean())


def test_order_of_rows_does_not_matter(data, found):
    columns, truth, estimate, constant, patients = data
    order = np.random.default_rng(1).permutation(N)
    mixed = {name: column[order] for name, column in columns.items()}
    for other in subgroups(mixed, truth[order], estimate[order], constant, patients[order], resamples=100):
        same = found[other.variable, other.label]
        assert (other.n, other.patients) == (same.n, same.patients)
        assert (other.mae.value, other.mae.low) == pytest.approx((same.mae.value, same.mae.low))


def test_hostile_columns_are_refused(data):
    _, *rest = data
    with pytest.raises(ConfigError, match="age_years: 3 values of 600"):
        subgroups({"age_years": np.zeros(3)}, *rest)
    with pytest.raises(ConfigError, match="age_years: could not convert"):
        subgroups({"age_years": np.array(["old"] * N)}, *rest)
    assert len(subgroups({"age_years": np.array([None] * N, dtype=object)}, *rest, resamples=10)) == 2


def test_nothing_at_all():
    nothing = np.array([])
    [whole] = subgroups({"age_years": nothing}, nothing, nothing, 5.0, nothing)
    assert (whole.n, whole.patients) == (0, 0)
    assert np.isnan(whole.mae.value)
