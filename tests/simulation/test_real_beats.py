import numpy as np
import pytest

from kalemia.errors import InputError
from kalemia.simulation import simulate_recording
from kalemia.simulation.morphing import morph
from kalemia.simulation.real_beats import (
    NO_LEAD,
    NOT_GOOD,
    OWN_POTASSIUM_MEAN,
    OWN_POTASSIUM_SD,
    UNREADABLE,
    Selection,
    draw_own_potassium,
    real_normals,
)


def write(path, mv, lead="II"):
    rows = np.column_stack([np.arange(len(mv)) / 500, mv])
    np.savetxt(path, rows, delimiter=",", header=f"time_s,{lead}", comments="", fmt="%.4f")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    normal = simulate_recording(4.2, seed=6).recording.signal[0]
    write(folder / "a.csv", normal)
    write(folder / "b.csv", np.random.default_rng(0).normal(0, 0.3, 5000))
    write(folder / "c.csv", normal, lead="V1")
    (folder / "d.csv").write_text("nothing\n", encoding="utf-8")
    write(folder / "e.csv", simulate_recording(4.2, seed=10).recording.signal[0])
    return folder


def test_a_folder_gives_what_can_be_used_and_says_why_not_the_rest(folder):
    selection = Selection()
    found = list(real_normals(folder, selection))
    assert [normal.path.name for normal in found] == ["a.csv", "e.csv"]
    assert selection.kept == 2
    assert dict(selection.left_out) == {NOT_GOOD: 1, NO_LEAD: 1, UNREADABLE: 1}
    assert "2 of 5 recordings kept" in str(selection)
    assert np.isfinite(morph(found[0].recording, found[0].beats, 4.2, 7.0).signal).all()


def test_files_are_read_one_at_a_time(folder):
    selection = Selection()
    normals = real_normals([folder / "a.csv", folder / "e.csv"], selection)
    next(normals)
    assert selection.kept == 1


@pytest.mark.parametrize("names", [["b.csv", "d.csv"], ["absent.csv"], []])
def test_nothing_that_can_be_used(folder, names):
    with pytest.raises(InputError, match=f"0 of {len(names)} recordings kept"):
        list(real_normals([folder / name for name in names]))


def test_own_potassium_has_its_normal_spread():
    rng = np.random.default_rng(0)
    drawn = [draw_own_potassium(rng) for _ in range(4000)]
    assert np.mean(drawn) == pytest.approx(OWN_POTASSIUM_MEAN, abs=0.02)
    assert np.std(drawn) == pytest.approx(OWN_POTASSIUM_SD, abs=0.02)
