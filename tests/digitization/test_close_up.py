from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from kalemia.digitization import digitize
from kalemia.digitization.close_up import draw_close_up
from kalemia.digitization.overlay import STRIP
from kalemia.simulation import simulate_recording
from kalemia.simulation.paper import PageStyle, degrade, print_page, write_image


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """A strip that was scanned askew."""
    page = print_page(simulate_recording(6.0, seed=3).recording, PageStyle(layout="1", paper="strip", dpi=200))
    path = write_image(tmp_path_factory.mktemp("pages") / "scan.png", degrade(page, "scan", seed=1))
    return SimpleNamespace(findings=digitize(path).findings)


def blue(picture):
    leaning = picture.astype(int) - picture.mean(axis=2, keepdims=True)
    return leaning[..., 2] > 0.6 * (STRIP[2] - np.mean(STRIP))


def test_it_is_one_line_for_each_five_seconds(scan):
    chosen = scan.findings.chosen
    short = replace(scan.findings, chosen=replace(chosen, right=chosen.left + 100))
    long, one = draw_close_up(scan.findings), draw_close_up(short)
    assert long.shape[1] == one.shape[1] == 1600
    assert long.shape[0] > 1.5 * one.shape[0]


def test_the_strip_lies_flat_with_its_curve(scan):
    chosen = scan.findings.chosen
    piece = draw_close_up(replace(scan.findings, chosen=replace(chosen, right=chosen.left + 100)))
    columns = blue(piece).any(axis=0)
    assert columns[60:-60].mean() > 0.98
    heights = [np.flatnonzero(column).mean() for column in blue(piece).T if column.any()]
    assert abs(np.median(heights[:400]) - np.median(heights[-400:])) < 30


def test_there_is_none_without_a_strip(scan):
    assert draw_close_up(replace(scan.findings, chosen=None)) is None
