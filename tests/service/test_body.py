import asyncio
import tempfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from kalemia.service.body import read_body
from kalemia.service.problems import Refusal

BOUNDARY = "x-boundary"
BOUNDED = f"; boundary={BOUNDARY}"
LIMIT = 3_000_000


def part(name, content, filename=None):
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename is not None else "")
    return f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"


def multipart(*parts):
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def read(content, kind=f"multipart/form-data; boundary={BOUNDARY}", chunk=65536, seconds=60.0, pause=0.0):
    chunks = [content[at : at + chunk] for at in range(0, len(content), chunk)] or [b""]
    taken = []

    async def receive():
        await asyncio.sleep(pause)
        taken.append(chunks[len(taken)])
        return {"type": "http.request", "body": taken[-1], "more_body": len(taken) < len(chunks)}

    headers = [(b"content-type", kind.encode("latin-1"))]
    request = Request({"type": "http", "method": "POST", "headers": headers, "path": "/"}, receive)
    return asyncio.run(read_body(request, LIMIT, seconds)), sum(map(len, taken))


def test_a_form_has_files_and_texts():
    body, _ = read(multipart(part("file", b"abc", "ecg.csv"), part("fs", b"500"), part("unit", b"")))
    assert [(file.name, file.content) for file in body.files] == [("ecg.csv", b"abc")]
    assert body.fields == {"fs": ("500",)}  # a field that was left empty was not sent
    assert body.json is None


def test_a_large_file_stays_in_memory(monkeypatch):
    def refuse(*_):
        raise AssertionError("written to a disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", refuse)
    content = bytes(range(256)) * 10_000  # more than twice what Starlette keeps in memory
    body, _ = read(multipart(part("file", content, "page.png")))
    assert body.files[0].content == content


def test_signal_files_of_wfdb_go_with_their_header():
    names = ["a.csv", "100.hea", "b.csv", "100.dat", "200.dat", "200.hea"]
    body, _ = read(multipart(*(part("reference_file", b"1", name) for name in names)))
    recordings = [[file.name for file in recording] for recording in body.references]
    assert recordings == [["a.csv"], ["100.hea", "100.dat"], ["b.csv"], ["200.dat", "200.hea"]]


def test_two_wfdb_records_of_one_name_are_two():
    names = ["ecg.hea", "ecg.dat", "ecg.hea", "ecg.dat"]
    body, _ = read(multipart(*(part("reference_file", b"1", name) for name in names)))
    assert [len(recording) for recording in body.references] == [2, 2]


def test_json_is_given_on_as_it_came():
    assert read(b'{"fs": 500}', "application/json; charset=utf-8")[0].json == b'{"fs": 500}'


@pytest.mark.parametrize("kind", ["application/json", f"multipart/form-data; boundary={BOUNDARY}"])
def test_a_body_that_is_too_large_is_refused(kind):
    content = multipart(part("file", bytes(LIMIT), "zeros.bin"))
    with pytest.raises(Refusal) as refusal:
        read(content, kind)
    assert refusal.value.problem.status == 413


def test_a_body_that_says_it_is_too_large_is_not_read():
    async def receive():
        raise AssertionError("read")

    headers = [(b"content-type", b"application/json"), (b"content-length", str(LIMIT + 1).encode())]
    request = Request({"type": "http", "method": "POST", "headers": headers}, receive)
    with pytest.raises(Refusal) as refusal:
        asyncio.run(read_body(request, LIMIT, 60.0))
    assert refusal.value.problem.status == 413


def test_a_body_without_end_is_not_read_to_its_end():
    chunks = 0

    async def receive():
        nonlocal chunks
        chunks += 1
        return {"type": "http.request", "body": bytes(65536), "more_body": True}

    request = Request({"type": "http", "method": "POST", "headers": [(b"content-type", b"application/json")]}, receive)
    with pytest.raises(Refusal) as refusal:
        asyncio.run(read_body(request, LIMIT, 60.0))
    assert refusal.value.problem.status == 413
    assert chunks * 65536 < LIMIT + 2 * 65536


def test_a_text_of_half_characters_is_refused():
    with pytest.raises(Refusal) as refusal:
        read(multipart(part("prior", b"+2AA-")), f"multipart/form-data; boundary={BOUNDARY}; charset=utf-7")
    assert refusal.value.problem.status == 422


def test_a_body_that_does_not_arrive_is_refused():
    with pytest.raises(Refusal) as refusal:
        read(b"[" * 10, "application/json", chunk=1, seconds=0.05, pause=0.02)
    assert refusal.value.problem.status == 408


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([part("picture", b"abc", "ecg.png")], "picture"),
        ([part("file", b"abc")], "file name"),
        ([part("fs", b"5" * 5000)], "form"),
    ],
)
def test_a_form_with_what_is_not_asked_for(parts, said):
    with pytest.raises(Refusal) as refusal:
        read(multipart(*parts))
    assert refusal.value.problem.status == 422
    assert said in str(refusal.value)


def test_a_content_type_that_is_not_read():
    with pytest.raises(Refusal) as refusal:
        read(b"abc", "text/plain")
    assert refusal.value.problem.status == 415


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=2000), st.sampled_from(["", f"; boundary={BOUNDARY}", f"; boundary={BOUNDARY}; charset=utf-7"])
)
def test_any_bytes_are_a_form_or_refused(content, kind):
    for sent in (content, multipart(part("file", b"1", "a.csv"))[:60] + content):
        try:
            body, _ = read(sent, f"multipart/form-data{kind}")
            assert all("".join(texts).encode() is not None for texts in body.fields.values())
        except Refusal as refusal:
            assert 400 <= refusal.problem.status < 500
