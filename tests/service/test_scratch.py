import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kalemia.service.body import Body, Question, SentFile
from kalemia.service.problems import Refusal
from kalemia.service.scratch import Scratch, safe_name


def asked(body):
    return Question("estimate", "application/json", "seven", body)


@given(st.text(min_size=1))
@example("../../etc/passwd")
@example("..")
@example("C:\\ecg\\Roe, Jane.dcm")
@example("\x00\ud800.csv")
@example("x" * 5000 + ".csv")
@example("ä" * 400)
def test_any_name_becomes_one_that_a_file_can_have(tmp_path_factory, name):
    folder = tmp_path_factory.getbasetemp()
    safe = safe_name(name)
    assert Path(safe).name == safe
    (folder / safe).write_bytes(b"")
    (folder / safe).unlink()


@pytest.mark.parametrize(
    ("name", "safe"), [("ecg.csv", "ecg.csv"), ("/data/100.hea", "100.hea"), (".hidden", "hidden"), ("..", "upload")]
)
def test_a_name_is_kept_as_far_as_it_can_be(name, safe):
    assert safe_name(name) == safe


def test_files_are_there_for_as_long_as_they_are_needed_and_no_longer(tmp_path):
    body = Body((SentFile("100.hea", b"head"), SentFile("100.dat", b"data")), ((SentFile("then.csv", b"1"),),), {})
    with Scratch(tmp_path) as scratch:
        with scratch.holding(asked(body)) as job:
            folder = Path(job.upload.folder)
            assert (folder / "100.dat").read_bytes() == b"data"
            assert (Path(job.references[0].folder) / "then.csv").read_bytes() == b"1"
            assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
        assert not folder.exists()
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_files_go_also_when_the_work_fails(tmp_path):
    with Scratch(tmp_path) as scratch:
        with (
            pytest.raises(ZeroDivisionError),
            scratch.holding(asked(Body(json=b"{}"))) as job,
        ):
            assert Path(job.json_file).read_bytes() == b"{}"
            raise ZeroDivisionError
        assert not Path(job.json_file).exists()


def test_what_a_killed_service_left_is_removed_and_what_another_has_is_not(tmp_path):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    orphan, foreign = tmp_path / f"kalemia-{gone.stdout.strip()}-x", tmp_path / "something-else"
    other = tmp_path / f"kalemia-{os.getppid()}-x"
    predecessor = tmp_path / f"kalemia-{os.getpid()}-x"  # in a container every service has the same number
    for folder in (orphan, other, foreign, predecessor):
        folder.mkdir()
    with Scratch(tmp_path):
        assert not orphan.exists()
        assert not predecessor.exists()
        assert other.exists()
        assert foreign.exists()


def test_no_room_is_a_problem_of_the_service(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with Scratch(tmp_path) as scratch:
        monkeypatch.setattr(Path, "write_bytes", full)
        with (
            pytest.raises(Refusal) as refusal,
            scratch.holding(asked(Body(json=b"{}"))),
        ):
            pass
        assert refusal.value.problem.status == 503
        assert refusal.value.headers["Retry-After"]
