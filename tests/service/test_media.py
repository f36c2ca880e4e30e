import pytest
from hypothesis import given
from hypothesis import strategies as st

from kalemia.service.media import CSV, FHIR, HTML, JSON, NDJSON, OF_ESTIMATE, chosen


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/json", JSON),
        ("application/fhir+json", FHIR),
        ("APPLICATION/FHIR+JSON; charset=utf-8", FHIR),
        ("text/*", HTML),
        ("text/csv, text/html;q=0.5", CSV),
        ("text/html;q=0.2, application/json;q=0.9", JSON),
        ("application/x-ndjson", NDJSON),
        ("application/json;q=0, */*;q=0.1", NDJSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", HTML),
        ("image/png", None),
        ("application/json;q=0", None),
        ("application/json;q=often", None),
    ],
)
def test_the_best_of_what_there_is(accept, media):
    assert chosen(accept, OF_ESTIMATE) == media


@given(st.text(alphabet=st.characters(max_codepoint=255)))
def test_any_header_is_answered(accept):
    assert chosen(accept, OF_ESTIMATE) in (*OF_ESTIMATE, None)
