"""A service that asks for a token, and has no place for those who wait."""

import socket
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

TOKEN = "a-long-token-of-the-operator"  # noqa: S105 of a service that runs for these tests alone


@pytest.fixture(scope="module")
def guarded(serve, tmp_path_factory):
    file = tmp_path_factory.mktemp("token") / "token"
    file.write_text(TOKEN)
    with serve("--token-file", str(file), "--queue", "0", "--workers", "1") as service:
        yield service


@pytest.fixture
def page(visit, guarded):
    with visit(url=guarded.url, statuses=(401, 429)) as page:
        yield page


@contextmanager
def only_place_taken(url: str):
    """An upload that has begun and does not end."""
    where = urlsplit(url)
    head = (
        f"POST /v1/estimate HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {TOKEN}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n--x\r\n"
    )
    with socket.create_connection((where.hostname, where.port)) as connection:
        connection.sendall(head.encode())
        yield


def give_token(page, token: str = TOKEN):
    page.wait_for_selector("#token-form:visible")
    page.fill("#token", token)
    page.keyboard.press("Enter")


def test_the_token_is_asked_for_and_not_kept(page, photo):
    page.click("#try-example")
    page.wait_for_selector("#token-form:visible")
    assert page.inner_text("#refusal-title") == "This server asks for an access token"
    assert not page.locator("#correction").is_visible()
    give_token(page, "wrong")
    page.wait_for_selector("#progress:visible", state="hidden")
    assert page.locator("#token-form").is_visible()
    give_token(page)
    page.wait_for_selector("#result:visible")
    assert TOKEN not in page.content()
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    with page.expect_download() as download:
        page.click("#download-csv")
    assert download.value.path().read_text().startswith("time_s,ii_mv")


def test_what_the_model_can_do_is_offered_once_the_token_is_known(page, give, ecg_csv):
    give(page, ecg_csv, outcome="refusal")
    give_token(page)
    page.wait_for_selector("#result:visible")
    page.click("#personalise")
    page.select_option("#prior", "dialysis")
    page.click("#add-reference")
    assert page.locator("#reference-rows .reference").count() == 2


def test_where_all_places_are_taken_the_page_waits_and_comes_through(page, guarded, give, ecg_csv):
    give(page, ecg_csv, outcome="refusal")
    with only_place_taken(guarded.url):
        give_token(page)
        page.wait_for_selector("#waiting:visible")
        assert "Trying again in" in page.inner_text("#waiting")
        assert page.inner_text("#status").startswith("Others are being read")
        page.click("#cancel")
        page.wait_for_selector("#start:visible")
        assert page.inner_text("#kept-name") == ecg_csv[0]
        page.click("#estimate-kept")
        page.wait_for_selector("#waiting:visible")
    page.wait_for_selector("#result:visible")
    assert page.inner_text("#potassium").endswith("mEq/L")
