import json

import pytest

from kalemia import errors
from kalemia.service.problems import Refusal, problem_of, queue_full, unexpected

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.KalemiaError) and kind is not errors.MissingExtra
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_of_kalemia_is_a_problem_with_its_own_text(kind):
    problem = json.loads(problem_of(kind("ecg.jpg: no good. Take another")).to_bytes())
    assert problem["status"] == 422
    assert problem["type"] == f"urn:kalemia:problem:{kind.__name__}"
    assert problem["detail"] == "ecg.jpg: no good. Take another"
    assert problem["title"]
    assert not problem["title"].endswith(".")


def test_what_was_not_foreseen_tells_nothing_of_the_file():
    problem = unexpected(ValueError("Jane Roe"), "ecg.jpg")
    assert problem.status == 500
    assert "Jane" not in problem.to_bytes().decode()


def test_a_refusal_says_when_to_come_again():
    refusal = Refusal(queue_full(7), {"Retry-After": "7"})
    assert refusal.problem.as_json()["advice"]
    assert "7 s" in str(refusal)
