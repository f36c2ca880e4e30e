from dataclasses import replace

import numpy as np
import pytest

from kalemia.recording import Recording
from kalemia.simulation.paper import PageStyle, print_page, print_pdf

LAYOUTS = ("3x4+II", "3x4", "3x4+V1+II+V5", "6x2+II", "6x2", "12x1", "1")


def step_recording():
    """Lead II: 5 s of 0 mV, then 1 mV."""
    return Recording(np.repeat([0.0, 1.0], 2500)[None], 500, ("II",))


def ink_centre_mm(page, x_mm):
    """Middle of the dark ink in the pixel column at some place."""
    column = 255.0 - page.image[:, int(x_mm * page.px_per_mm)].mean(axis=1)
    return ((np.arange(len(column)) + 0.5) * column).sum() / column.sum() / page.px_per_mm


@pytest.mark.parametrize("dpi", [100, 150])
@pytest.mark.parametrize("gain", [5.0, 10.0, 20.0])
def test_a_step_of_1_mv_is_where_it_should_be(dpi, gain):
    style = PageStyle(
        layout="1", grid_pattern="none", pulse="none", labels="none", footer="", gain_mm_per_mv=gain, dpi=dpi
    )
    page = print_page(step_recording(), style)
    segment = page.reference_segment
    assert ink_centre_mm(page, segment.x_mm + 60) == pytest.approx(segment.baseline_mm, abs=0.02)
    assert ink_centre_mm(page, segment.x_mm + 190) == pytest.approx(segment.baseline_mm - gain, abs=0.02)
    # all at 0 mV lies left of the step, all at 1 mV right of it
    rows, columns = np.nonzero(page.image[..., 0] < 128)
    middle = (segment.baseline_mm - gain / 2) * page.px_per_mm
    step_px = (segment.x_mm + 5 * 25) * page.px_per_mm
    assert columns[rows > middle + 5].max() == pytest.approx(step_px, abs=3)
    assert columns[rows < middle - 5].min() == pytest.approx(step_px, abs=3)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_prints(recording, layout):
    page = print_page(recording, PageStyle(layout=layout, dpi=72))
    assert page.image.shape == (595, 842, 3)
    assert page.reference_lead == "II"
    assert len(page.segments) == {"1": 1, "3x4+II": 13, "3x4+V1+II+V5": 15, "6x2+II": 13}.get(layout, 12)
    np.testing.assert_array_equal(page.homography, np.eye(3))


@pytest.mark.parametrize(
    ("layout", "start", "stop"),
    [("3x4+II", 0, 5000), ("3x4", 0, 1250), ("3x4+V1", 0, 1250), ("6x2", 0, 2500), ("12x1", 0, 5000), ("1", 0, 5000)],
)
def test_the_reference_is_the_longest_lead_ii(recording, layout, start, stop):
    page = print_page(recording, PageStyle(layout=layout, dpi=50))
    np.testing.assert_array_equal(page.reference, recording.lead("II")[start:stop])


def test_the_reference_of_cabrera_is_the_second_column(recording):
    page = print_page(recording, PageStyle(layout="3x4", cabrera=True, dpi=50))
    np.testing.assert_array_equal(page.reference, recording.lead("II")[1250:2500])


def test_the_reference_is_at_500_hz_whatever_the_recording(make_recording):
    page = print_page(make_recording(fs=250.0), PageStyle(layout="6x2+II", dpi=50))
    assert len(page.reference) == 5000
    np.testing.assert_allclose(page.reference[100:-100:2], make_recording(fs=250.0).lead("II")[50:-50], atol=2e-3)


def test_the_strip_box_holds_strip_and_pulse(recording):
    page = print_page(recording, PageStyle(dpi=100, labels="none", grid_pattern="none"))
    left, top, right, bottom = page.strip_box_px
    _, columns = np.nonzero(page.image[top:bottom, :, 0] < 128)
    assert (columns.min(), columns.max() + 1) == pytest.approx((left, right), abs=2)


def test_printing_twice_gives_the_same(recording):
    style = PageStyle(dpi=72)
    np.testing.assert_array_equal(print_page(recording, style).image, print_page(recording, style).image)
    assert print_pdf(recording, style) == print_pdf(recording, style)


def test_the_path_in_the_pdf_is_the_signal(recording, paths_mm):
    style = PageStyle(layout="3x4+V1+II", gain_mm_per_mv=5.0)
    segment = print_page(recording, replace(style, dpi=50)).reference_segment
    path = next(
        path
        for path in paths_mm(print_pdf(recording, style))
        if len(path) == 5000 and path[0, 1] > segment.baseline_mm - 5
    )
    np.testing.assert_allclose((segment.baseline_mm - path[:, 1]) / 5, recording.lead("II"), atol=1e-4)
    np.testing.assert_allclose((path[:, 0] - segment.x_mm) / 25, np.arange(5000) / 500, atol=1e-5)
