"""The command that makes the template library, on a library of a few strands."""

import numpy as np
import pytest

from kalemia.errors import OutputError
from kalemia.experiments.templates.assemble import assemble
from kalemia.experiments.templates.axes import GEOMETRY, ISOLATED_BEATS, Axes, Chunk
from kalemia.experiments.templates.card import card
from kalemia.experiments.templates.check import Between, calcium_share, falling_share, measure_all
from kalemia.experiments.templates.chunks import read, simulate, simulate_all
from kalemia.simulation.template_file import SAMPLES
from kalemia.simulation.templates import template_library

FEW = Axes(
    potassium_mm=(4.0, 7.0),
    calcium_mm=(2.0,),
    mid_share=(0.25,),
    endo_share=(0.5,),
    ks_gradient=(2.0, 2.5),
    kr=(1.0,),
    period_ms=(600.0,),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("templates") / "chunks"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kalemia.experiments.templates.chunks.ISOLATED_BEATS", 2)
        simulate_all(FEW, folder)
        yield folder


def test_every_combination_is_simulated_once():
    axes = Axes()
    chunks = list(axes.chunks())
    count = len(chunks) * len(axes.walls()) * len(axes.potassium_mm)
    assert count == 8748
    assert len({chunk.file_name for chunk in chunks}) == len(chunks)


def test_borders_of_layers_fall_between_nodes():
    for wall in Axes().walls():
        counts = np.bincount(wall.layers(GEOMETRY.nodes), minlength=3)
        np.testing.assert_allclose(counts / GEOMETRY.nodes, [wall.endo, wall.mid, wall.epi], atol=1e-9)


def test_waves_stand_where_their_levels_are(folder):
    arrays = assemble(FEW, folder)
    assert arrays.phi.shape == (2, 1, 1, 1, 2, 1, 1, SAMPLES)
    for number, chunk in enumerate(FEW.chunks()):
        np.testing.assert_array_equal(arrays.phi[:, 0, 0, 0, number, 0, 0], read(folder, chunk).phi)
    assert arrays.phi.max(axis=-1)[0, 0, 0, 0, 1] > arrays.phi.max(axis=-1)[0, 0, 0, 0, 0]
    assert falling_share(measure_all(arrays)["t_fwhm_ms"]) == 1


def test_a_run_that_was_interrupted_goes_on_to_the_same_waves(folder, monkeypatch):
    first, second = FEW.chunks()
    kept, lost = (folder / first.file_name).read_bytes(), (folder / second.file_name).read_bytes()
    (folder / second.file_name).unlink()
    (folder / first.file_name).touch()
    simulate_all(FEW, folder)
    assert (folder / second.file_name).read_bytes() == lost
    assert (folder / first.file_name).read_bytes() == kept
    monkeypatch.setattr("kalemia.experiments.templates.chunks.simulate", None)
    simulate_all(FEW, folder)


def test_a_folder_of_other_axes_is_not_mixed_with(folder):
    with pytest.raises(OutputError, match="other axes"):
        simulate_all(Axes(), folder)


def test_the_shipped_library_can_be_made_again(monkeypatch):
    monkeypatch.setattr("kalemia.experiments.templates.chunks.ISOLATED_BEATS", ISOLATED_BEATS)
    axes = Axes()
    wave = simulate(Chunk(2.0, 2.0, 1.0, 600.0), (5.5,), axes.walls()[4:5]).phi[0]
    levels = template_library().arrays.levels
    place = tuple(
        int(np.argmin(np.abs(levels[name] - value)))
        for name, value in zip(levels, (5.5, 2.0, 0.25, 0.5, 2.0, 1.0, 600.0), strict=True)
    )
    np.testing.assert_allclose(template_library().arrays.phi[place], wave, atol=5e-5)


def test_shares_of_combinations():
    values = np.array([[[1.0, 1.0], [2.0, 2.0]], [[0.9, 0.1], [1.9, 2.1]]])  # potassium, calcium, one other axis
    assert falling_share(values) == 0.75
    assert calcium_share(values, (0, 1)) == 0.75


def test_the_card_says_what_is_in_it(folder):
    text = card(assemble(FEW, folder), Between(*np.ones((3, 5))), seed=7)
    assert "4 ST-T waves" in text
    assert "| period, ms | 600 |" in text
    assert "falls in 100.0%" in text
    assert "seed 7" in text
