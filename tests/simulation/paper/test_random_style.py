from dataclasses import replace

import numpy as np

from kalemia.simulation.paper import draw_style, print_page


def test_many_styles_are_valid_and_differ():
    rng = np.random.default_rng(0)
    styles = [draw_style(rng) for _ in range(300)]
    for name in ("layout", "speed_mm_per_s", "gain_mm_per_mv", "grid_colour", "pulse", "labels", "separator", "font"):
        assert len({getattr(style, name) for style in styles}) > 2, name


def test_a_seed_gives_the_same_style():
    assert draw_style(np.random.default_rng(7)) == draw_style(np.random.default_rng(7))


def test_random_styles_print(recording):
    rng = np.random.default_rng(1)
    for _ in range(12):
        page = print_page(recording, replace(draw_style(rng), dpi=50))
        assert page.image.min() < 100
        assert page.reference_lead == "II"
