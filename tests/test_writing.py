import pytest

from kalemia.errors import OutputError
from kalemia.writing import whole_or_nothing, write_text


def test_it_is_there_afterwards_and_nothing_else(tmp_path):
    path = write_text(tmp_path / "deep" / "a.txt", "µ")
    assert path.read_text(encoding="utf-8") == "µ"
    assert list(path.parent.iterdir()) == [path]


def test_an_old_file_is_replaced(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    assert write_text(tmp_path / "a.txt", "new").read_text() == "new"


def test_after_a_failure_the_old_file_is_still_there(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(ZeroDivisionError), whole_or_nothing(tmp_path / "a.txt") as draft:
        draft.write_text("half")
        _ = 1 / 0
    assert (tmp_path / "a.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_folders_too(tmp_path):
    with whole_or_nothing(tmp_path / "model") as draft:
        draft.mkdir()
        (draft / "a").touch()
    assert [file.name for file in (tmp_path / "model").iterdir()] == ["a"]


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"^report\.html: cannot be written in .*file"):
        write_text(tmp_path / "file" / "report.html", "")
