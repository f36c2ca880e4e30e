from hypothesis import given
from hypothesis import strategies as st

from kalemia.service.wire import (
    HEADER,
    Answer,
    Job,
    Options,
    Upload,
    answer_from_bytes,
    answer_to_bytes,
    job_from_bytes,
    job_to_bytes,
    options_from_text,
    options_to_text,
    packed,
)

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
UPLOADS = st.builds(Upload, TEXT, st.lists(TEXT).map(tuple))
JOBS = st.builds(
    Job,
    st.sampled_from(["estimate", "digitize", "delineate"]),
    TEXT,
    TEXT,
    st.none() | UPLOADS,
    st.lists(UPLOADS).map(tuple),
    st.dictionaries(TEXT, st.lists(TEXT).map(tuple)),
    st.none() | TEXT,
)


@given(JOBS)
def test_a_job_arrives_as_it_was_sent(job):
    assert job_from_bytes(job_to_bytes(job)) == job


@given(st.builds(Answer, st.integers(200, 599), TEXT, TEXT, st.binary(), st.none() | TEXT))
def test_an_answer_arrives_as_it_was_sent(answer):
    assert answer_from_bytes(answer_to_bytes(answer), answer.body) == answer


def test_options_arrive_as_they_were_sent():
    options = Options({"default": "/models/default"}, 10**9, 2)
    assert options_from_text(options_to_text(options)) == options


@given(st.binary())
def test_a_message_says_how_long_it_is(content):
    message = packed(b"S", content)
    assert HEADER.unpack(message[: HEADER.size]) == (b"S", len(content))
    assert message[HEADER.size :] == content
