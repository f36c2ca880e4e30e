import numpy as np
import pytest

from kalemia.errors import ModelInvalid, OutputError
from kalemia.simulation.template_file import UNIT, read_templates, write_templates


@pytest.fixture
def path(arrays, tmp_path):
    write_templates(arrays, tmp_path / "library" / "templates.npz")
    return tmp_path / "library" / "templates.npz"


def test_what_is_written_is_read(arrays, path):
    again = read_templates(path)
    assert np.abs(again.phi - arrays.phi).max() <= UNIT / 2 * 1.001
    assert np.abs(again.marks_ms - arrays.marks_ms).max() <= 0.051
    for name, levels in arrays.levels.items():
        np.testing.assert_array_equal(again.levels[name], levels)


def test_the_same_library_gives_the_same_bytes(arrays, path, tmp_path):
    write_templates(arrays, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == path.read_bytes()


def rewrite(path, **changed):
    with np.load(path) as file:
        parts = dict(file) | changed
    np.savez_compressed(path, **{name: part for name, part in parts.items() if part is not None})


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_that_was_cut_off(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ModelInvalid, match=r"library/templates.npz: missing or damaged"):
        read_templates(path)


def test_a_file_whose_bytes_were_changed(path):
    content = bytearray(path.read_bytes())
    content[200:300] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(ModelInvalid):
        read_templates(path)


def test_no_file_and_other_files(path, tmp_path):
    (tmp_path / "text.npz").write_text("potassium")
    np.savez(tmp_path / "pickled.npz", potassium_mm=np.array([{}], dtype=object))
    for name in ("missing.npz", "text.npz", "pickled.npz", "."):
        with pytest.raises(ModelInvalid):
            read_templates(tmp_path / name)


@pytest.mark.parametrize(
    "changed",
    [
        {"kr": None},
        {"kr": np.array([1.0])},
        {"kr": np.array([2.0, 1.0])},
        {"kr": np.array([np.nan, 1.0])},
        {"marks_ms": np.zeros(4, np.float32)},
        {"bends": np.zeros((3, 2), np.int16)},
    ],
)
def test_a_file_whose_parts_do_not_fit_together(path, changed):
    rewrite(path, **changed)
    with pytest.raises(ModelInvalid):
        read_templates(path)


def test_where_nothing_can_be_written(arrays, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_templates(arrays, tmp_path / "file" / "templates.npz")
