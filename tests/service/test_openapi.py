"""Requests made up from the OpenAPI description, and whether the answers are as described."""

import json

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

REQUESTS = 60
"""For each question; `benchmarks/service.py --made-up` sends thousands."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_requests_made_up_from_the_description_are_answered_as_described(service):
    described = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    asked = {"GET": 0, "POST": 0}

    @settings(max_examples=REQUESTS, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(st.data())
    def ask(data):
        for operation in described.get_all_operations():
            case = data.draw(operation.ok().as_strategy())
            response = case.call()
            case.validate_response(response, checks=CHECKS)
            asked[case.method] += 1

    ask()
    assert asked["POST"] >= 3 * REQUESTS * 0.9


def test_the_description_is_whole(client):
    text = client.get("/openapi.json").text
    described = json.loads(text)
    names = described["components"]["schemas"]
    referred = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert referred <= set(names)
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (path, method)
