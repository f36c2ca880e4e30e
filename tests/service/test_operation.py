"""The service as its operator meets it: limits, lost workers, the token, logs, shutting down."""

import json
import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from kalemia.service.settings import MEMORY_FOLDER
from kalemia.shipped import EXAMPLE

MARK = "Roe-Jane-1961-03-07"


def when(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def slow_page(tmp_path_factory):
    """A page that takes a second or more."""
    path = tmp_path_factory.mktemp("slow") / "page.png"
    picture = Image.open(EXAMPLE)
    picture.resize((2 * picture.width, 2 * picture.height)).save(path, compress_level=1)
    return "page.png", path.read_bytes()


def test_health_readiness_and_metrics(client, form, ecg_csv):
    assert client.get("/healthz").json()["alive"]
    assert client.get("/readyz").json() == {"ready": True, "workers": 1, "waiting": 0}
    client.post("/v1/estimate", files=form(ecg_csv))
    lines = client.get("/metrics").text.splitlines()
    counted = {line.split(" ")[0]: float(line.split(" ")[1]) for line in lines if not line.startswith("#")}
    assert counted['kalemia_answers_total{outcome="estimate",task="estimate"}'] >= 1
    assert counted['kalemia_requests_total{route="/v1/estimate",status="200"}'] >= 1
    assert counted["kalemia_workers_ready"] == 1


def test_every_answer_is_protected(client, form, ecg_csv):
    for response in (client.get("/"), client.get("/nowhere"), client.post("/v1/estimate", files=form(ecg_csv))):
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert "server" not in response.headers
    assert client.post("/v1/estimate", files=form(ecg_csv)).headers["cache-control"] == "no-store"


def test_a_request_keeps_its_id_unless_that_is_none(client):
    assert client.get("/healthz", headers={"X-Request-ID": "ward-7.12"}).headers["x-request-id"] == "ward-7.12"
    made = client.get("/healthz", headers={"X-Request-ID": "seven and; eight"}).headers["x-request-id"]
    assert len(made) == 32


def test_how_long_it_waited_and_worked_is_told(client, form, ecg_csv):
    timing = client.post("/v1/estimate", files=form(ecg_csv)).headers["server-timing"]
    assert timing.startswith("wait;dur=")
    assert "work;dur=" in timing


def test_a_killed_worker_costs_one_request(serve, form, slow_page, ecg_csv):
    with serve("--workers", "1") as service, service.client() as client, ThreadPoolExecutor(1) as thread:
        pending = thread.submit(lambda: client.post("/v1/estimate", files=form(slow_page)))
        when(lambda: _is_working(service))
        time.sleep(0.1)  # until the worker has seen it
        os.kill(service.workers()[0], signal.SIGKILL)
        lost = pending.result()
        assert (lost.status_code, lost.json()["error"]) == (503, "WorkerLost")
        assert lost.headers["content-type"] == "application/problem+json"
        assert client.post("/v1/estimate", files=form(ecg_csv)).status_code == 200


def _is_working(service):
    """Whether a worker has begun: its upload lies in memory for as long as it reads it."""
    return any(MEMORY_FOLDER.glob(f"kalemia-{service.process.pid}-*/*/recording/*"))


def test_beyond_the_queue_it_says_when_to_come_again(serve, form, slow_page):
    with serve("--workers", "1", "--queue", "1") as service, ThreadPoolExecutor(6) as threads:

        def ask(_):
            with service.client() as client:
                return client.post("/v1/estimate", files=form(slow_page))

        answers = list(threads.map(ask, range(6)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(200) >= 2
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused
    for answer in refused:
        assert (answer.status_code, answer.json()["error"]) == (429, "QueueFull")
        assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_an_upload_beyond_the_limit(serve, form, tmp_path):
    with serve("--max-upload", "1") as service, service.client() as client:
        response = client.post("/v1/estimate", files=form(("large.png", bytes(3_000_000))))
        assert response.status_code == 413
        assert "1 MB" in response.json()["detail"]


def test_work_that_waits_is_dropped_when_its_client_leaves(serve, form, slow_page, ecg_csv):
    with (
        serve("--workers", "1", "--queue", "4") as service,
        ThreadPoolExecutor(5) as threads,
        service.client() as client,
    ):

        def give_up(_):
            with pytest.raises(httpx2.TimeoutException), service.client() as impatient:
                impatient.post("/v1/estimate", files=form(slow_page), timeout=0.3)

        list(threads.map(give_up, range(5)))
        assert client.post("/v1/estimate", files=form(ecg_csv)).status_code == 200
        assert client.get("/readyz").json()["waiting"] == 0


def test_head_is_answered_like_get(client):
    assert [client.head(path).status_code for path in ("/", "/healthz", "/readyz")] == [200, 200, 200]


@pytest.mark.parametrize("path", ["/v1/estimate", "/nowhere", "/v1/models"])
def test_a_body_that_nobody_asked_for_has_an_end(client, path):
    taken = 0

    def without_end():
        nonlocal taken
        while taken < 400_000_000:
            taken += 1_000_000
            yield bytes(1_000_000)

    try:
        response = client.post(path, content=without_end(), headers={"Accept": "image/gif"})
        assert response.status_code in (404, 405, 406)
    except httpx2.TransportError:  # it was still sending when the connection was closed
        assert taken > 1_000_000
    assert taken < 200_000_000


def test_a_page_of_another_site_cannot_send_anything(client, form, ecg_csv):
    sent = client.post("/v1/estimate", files=form(ecg_csv), headers={"Sec-Fetch-Site": "cross-site"})
    assert (sent.status_code, sent.json()["error"]) == (403, "FromElsewhere")
    sent = client.post("/v1/estimate", files=form(ecg_csv), headers={"Sec-Fetch-Site": "same-origin"})
    assert sent.status_code == 200


def test_a_client_that_leaves_is_no_fault(serve, form, ecg_csv):
    with serve("--workers", "1", "--queue", "0") as service, service.client() as client:
        host, port = service.url.removeprefix("http://").split(":")
        head = (
            b"POST /v1/estimate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head)
            time.sleep(0.2)
        sent = form(ecg_csv)
        with client.stream("POST", "/v1/estimate", files=sent, headers={"Accept": "application/x-ndjson"}) as stream:
            next(stream.iter_lines())
        when(lambda: client.post("/v1/estimate", files=sent).status_code == 200)  # its place is free again
    lines = [json.loads(line) for line in service.log[1:]]
    assert not [line for line in lines if line["event"] == "fault"]
    assert 499 in [line.get("status") for line in lines]


def test_a_picture_with_too_many_pixels_is_refused_by_its_header(client, form):
    bomb = _png_that_claims(60_000, 60_000)
    start = time.monotonic()
    response = client.post("/v1/estimate", files=form(("bomb.png", bomb)))
    assert response.json()["error"] == "PageTooLarge"
    assert time.monotonic() - start < 2


def _png_that_claims(width, height):
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def test_a_token_from_the_environment_is_not_told_to_workers(serve, form, ecg_csv):
    with serve(environment={"KALEMIA_TOKEN": "a secret\n"}) as service, service.client() as client:
        sent = client.post("/v1/estimate", files=form(ecg_csv), headers={"Authorization": "Bearer a secret"})
        assert sent.status_code == 200
        assert b"a secret" not in Path(f"/proc/{service.workers()[0]}/environ").read_bytes()


def test_a_token_is_asked_for_where_there_is_one(serve, tmp_path, form, ecg_csv):
    file = tmp_path / "token"
    file.write_text("a secret\n")
    with serve("--token-file", str(file)) as service, service.client() as client:
        assert client.get("/").status_code == 200
        assert client.get("/healthz").status_code == 200
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic a secret"}):
            refused = client.post("/v1/estimate", files=form(ecg_csv), headers=headers)
            assert (refused.status_code, refused.json()["error"]) == (401, "TokenNeeded")
            assert refused.headers["www-authenticate"].startswith("Bearer")
            assert client.get("/metrics", headers=headers).status_code == 401
        let_in = client.post("/v1/estimate", files=form(ecg_csv), headers={"Authorization": "Bearer a secret"})
        assert let_in.status_code == 200


def test_nothing_of_an_upload_is_written_to_a_disk_or_a_log(serve, tmp_path, form, ecg_csv):
    name, content = f"{MARK}.csv", ecg_csv[1] + MARK.encode() * 150_000  # more than is kept in memory by default
    seen, opened = set(), set()
    with serve(environment={"TMPDIR": str(tmp_path)}) as service, service.client() as client:
        watching = threading.Event()

        def watch():
            while not watching.is_set():
                seen.update(path.name for path in tmp_path.rglob("*"))
                for link in Path(f"/proc/{service.process.pid}/fd").iterdir():
                    with suppress(OSError):
                        opened.add(str(link.readlink()))
                time.sleep(0.001)

        watcher = threading.Thread(target=watch)
        watcher.start()
        client.post(f"/v1/estimate?patient={MARK}", files=form((name, content)))
        client.get(f"/{MARK}")
        client.post("/v1/estimate", files=form((name, ecg_csv[1])), data={"fs": MARK})
        watching.set()
        watcher.join()
    assert not seen
    assert opened
    assert not [path for path in opened if path.startswith(str(tmp_path)) or "deleted" in path]  # a file without name
    assert len(service.log) > 3
    assert not any(MARK in line or "Roe" in line for line in service.log)


def test_logs_are_json_with_what_is_needed(serve, form, ecg_csv):
    with serve() as service, service.client() as client:
        client.post("/v1/estimate", files=form(ecg_csv), headers={"X-Request-ID": "seven"})
    lines = [json.loads(line) for line in service.log[1:]]
    request = next(line for line in lines if line.get("id") == "seven")
    assert (request["event"], request["route"], request["status"]) == ("request", "/v1/estimate", 200)
    assert request["ms"] > 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_has_begun_is_finished_before_it_ends(serve, form, slow_page, number):
    with serve() as service, service.client() as client, ThreadPoolExecutor(2) as threads:
        begun = [threads.submit(lambda: client.post("/v1/estimate", files=form(slow_page))) for _ in range(2)]
        when(lambda: _is_working(service))
        time.sleep(0.2)  # so that the second one has arrived, too
        workers = service.workers()
        service.end(number)
        assert [answer.result().status_code for answer in begun] == [200, 200]
        assert not list(MEMORY_FOLDER.glob(f"kalemia-{service.process.pid}-*"))
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers)
