"""What `kalemia serve` refuses before it serves; tests/service has the service itself."""

import socket

import pytest

from kalemia.cli import serve


@pytest.fixture
def complaint(kalemia):
    """The one line that a call ends with."""

    def run(*arguments):
        status, out, err = kalemia("serve", *arguments)
        assert status == 1
        assert out == ""
        assert err.count("\n") == 1
        return err.strip()

    return run


def test_the_extra_is_named_where_it_is_missing(complaint, monkeypatch):
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    assert complaint() == ('kalemia serve needs an optional part of kalemia. Install it: pip install "kalemia[serve]"')


def test_a_port_that_is_taken(complaint):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert complaint("--port", port) == (
            f"127.0.0.1 port {port}: Address already in use. Choose others with --host and --port"
        )


def test_an_address_that_is_not_of_this_machine(complaint):
    assert complaint("--host", "no such host").startswith("no such host port 8000: ")


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "empty"), ("\n", "empty"), ("geheim-ß", "other signs than ASCII"), (None, "cannot be read")],
)
def test_a_token_that_no_request_could_bear(complaint, tmp_path, content, said):
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    assert said in complaint("--token-file", file)


def test_an_empty_token_does_not_open_the_service(complaint, monkeypatch):
    monkeypatch.setenv("KALEMIA_TOKEN", "")
    assert complaint().startswith("KALEMIA_TOKEN: empty.")


def test_uploads_need_a_place_in_memory(complaint, tmp_path):
    assert "--scratch" in complaint("--scratch", tmp_path / "missing")


def test_a_model_that_cannot_be_used_is_told_at_once(complaint, tmp_path):
    assert "config.json" in complaint("--model", tmp_path)


@pytest.mark.parametrize("option", [("--port", "70000"), ("--workers", "0"), ("--time-limit", "0")])
def test_values_that_cannot_be(kalemia, option):
    status, _, err = kalemia("serve", *option)
    assert status == 2
    assert option[0] in err
