from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from kalemia.cohorts.ecg_files import located, unique_ids

NAMES = st.sampled_from(["1", "2", "1.hea", "1.csv", "2.csv", "1.hea.csv"])
FILES = st.builds(
    lambda folders, name: Path("/data", *folders, name), st.lists(st.sampled_from("ab"), max_size=2), NAMES
)


@given(st.lists(FILES, unique=True))
def test_each_file_has_an_id_of_its_own_whatever_the_order(files):
    ids = unique_ids(files)
    assert len(set(ids.values())) == len(files)
    assert unique_ids(files[::-1]) == ids


def test_ids_are_as_short_as_they_can_be():
    files = [Path("/d/a/1.csv"), Path("/d/b/1.csv"), Path("/d/b/2.csv"), Path("/d/b/3.csv"), Path("/d/b/3.xml")]
    assert list(unique_ids(files).values()) == ["a/1.csv", "b/1.csv", "2", "3.csv", "3.xml"]


def test_names_are_relative_to_the_manifest(tmp_path):
    files = located(tmp_path / "m.csv", ["ecg/1.csv", "./ecg/../ecg/1.csv", "/data/2.csv"])
    assert files == [tmp_path / "ecg" / "1.csv"] * 2 + [Path("/data/2.csv")]
