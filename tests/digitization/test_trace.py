import cv2
import numpy as np
import pytest

from kalemia.digitization.rows import COARSE_PX_PER_MM, Row
from kalemia.digitization.stroke import fit_stroke
from kalemia.digitization.trace import follow

PX_PER_MM = 10
FINER = 8
LENGTH_MM, SHEET_MM = 80.0, 60.0
BASELINE_MM = 30.0
X_MM = np.arange(10.0, 70.0, 0.02)
ROW = Row(np.full(round(LENGTH_MM * COARSE_PX_PER_MM), BASELINE_MM), 10.0, 70.0, 1.0)


def sine(x):
    return 4 * np.sin(2 * np.pi * x / 11)


def triangles(x, height=8.0, half_width=0.6):
    """A narrow peak every 12 mm, with a trough behind it."""
    phase = (x % 12) - 6
    peak = np.clip(1 - np.abs(phase) / half_width, 0, 1) * height
    trough = np.clip(1 - np.abs(phase - 2 * half_width) / half_width, 0, 1) * height / 4
    return peak - trough


def flat(x):
    return np.zeros_like(x)


def stroke_ink(height, pen_mm=0.4, blur_px=0.8, px_per_mm=PX_PER_MM, x=X_MM):
    """The ink that a pen leaves along a curve, drawn at a much higher resolution."""
    scale = px_per_mm * FINER
    size = round(SHEET_MM * scale), round(LENGTH_MM * scale)
    picture = np.zeros(size, np.uint8)
    # in OpenCV whole numbers are the middles of pixels; four bits are fractions
    points = np.round((np.stack([x, BASELINE_MM - height], axis=1) * scale - 0.5) * 16).astype(np.int32)
    for part in np.split(points, np.flatnonzero(np.diff(x) > 0.1) + 1):
        cv2.polylines(picture, [part], False, 255, round(pen_mm * scale), shift=4)
    coarse = cv2.resize(picture, None, fx=1 / FINER, fy=1 / FINER, interpolation=cv2.INTER_AREA)
    ink = coarse.astype(np.float32) / 255
    return cv2.GaussianBlur(ink, (0, 0), blur_px) if blur_px else ink


def heights(ink, px_per_mm=PX_PER_MM, row=ROW):
    """What was traced, in mm above the baseline, away from the ends."""
    trace = follow(ink, px_per_mm, row)
    inside = (trace.x > 12) & (trace.x < 68)
    return trace.x[inside], trace.height[inside] + BASELINE_MM, trace


@pytest.mark.parametrize("pen_mm", [0.25, 0.4, 0.7])
@pytest.mark.parametrize("blur_px", [0, 0.8, 1.5])
def test_a_curve_is_found_to_a_fraction_of_a_pixel(pen_mm, blur_px):
    x, height, trace = heights(stroke_ink(sine(X_MM), pen_mm, blur_px))
    assert np.abs(height - sine(x)).max() < 0.03
    assert np.median(trace.confidence[np.isin(trace.x, x)]) > 0.8


@pytest.mark.parametrize("pen_mm", [0.25, 0.4, 0.7])
def test_the_pen_is_measured(pen_mm):
    assert heights(stroke_ink(sine(X_MM), pen_mm))[2].pen_mm == pytest.approx(pen_mm, rel=0.15)


@pytest.mark.parametrize("px_per_mm", [8, 12])
def test_resolution_does_not_matter(px_per_mm):
    x, height, _ = heights(stroke_ink(sine(X_MM), px_per_mm=px_per_mm), px_per_mm)
    assert np.abs(height - sine(x)).max() < 0.03


def test_a_flat_line_is_flat():
    _, height, _ = heights(stroke_ink(flat(X_MM)))
    assert np.abs(height).max() < 0.02


@pytest.mark.parametrize("pen_mm", [0.3, 0.5])
@pytest.mark.parametrize("half_width", [0.4, 0.6, 1.2])
def test_narrow_peaks_keep_their_height(pen_mm, half_width):
    x, height, _ = heights(stroke_ink(triangles(X_MM, half_width=half_width), pen_mm))
    truth = triangles(x, half_width=half_width)
    for middle in (18, 30, 42, 54):
        assert height[np.abs(x - middle) < 1].max() == pytest.approx(8, rel=0.03)
        assert height[np.abs(x - middle - 2 * half_width) < 1].min() == pytest.approx(-2, rel=0.03)
    assert np.polyfit(truth, height, 1)[0] == pytest.approx(1, abs=0.06)


def test_a_curve_upside_down_gives_the_same_upside_down():
    ink = stroke_ink(triangles(X_MM))
    over = Row(np.full_like(ROW.baseline, SHEET_MM - BASELINE_MM), ROW.left, ROW.right, 1.0)
    _, height, _ = heights(ink)
    _, flipped, _ = heights(np.ascontiguousarray(ink[::-1]), row=over)
    np.testing.assert_allclose(flipped, -height, atol=0.05)


@pytest.mark.parametrize("darkness", [0.4, 0.6, 0.9])
def test_how_dark_the_ink_is_does_not_matter(darkness):
    ink = stroke_ink(triangles(X_MM))
    _, height, _ = heights(ink)
    _, paler, _ = heights(ink * np.float32(darkness))
    np.testing.assert_allclose(paler, height, atol=0.06)


def copied(ink, seed=0, specks=0.04):
    """A photocopy: black or white, ragged, with white specks and dashes in it."""
    random = np.random.default_rng(seed)
    ragged = ink + random.normal(0, 0.12, ink.shape)
    black = (ragged > 0.5).astype(np.float32)
    seeds = (random.random(ink.shape) < specks).astype(np.uint8)
    dashes = cv2.dilate(seeds, np.ones((1, 3), np.uint8))
    return np.where(dashes > 0, np.float32(0), black)


def test_specks_of_a_copier_do_not_cut_peaks():
    x, height, _ = heights(copied(stroke_ink(triangles(X_MM), 0.4)))
    peaks = [height[np.abs(x - middle) < 1.5].max() for middle in (18, 30, 42, 54, 66)]
    assert np.median(peaks) == pytest.approx(8, rel=0.03)
    assert min(peaks) > 7.2


def test_a_dash_across_a_peak_is_no_shortcut():
    ink = stroke_ink(triangles(X_MM, half_width=1.2), 0.4)
    top = round((BASELINE_MM - 3) * PX_PER_MM)
    ink[top, round(17 * PX_PER_MM) : round(19 * PX_PER_MM)] = 1
    x, height, _ = heights(ink)
    assert height[np.abs(x - 18) < 1.5].max() == pytest.approx(8, rel=0.05)


def test_faint_upright_strokes_are_followed():
    ink = stroke_ink(triangles(X_MM, half_width=0.4), 0.4)
    away = np.abs(np.arange(ink.shape[0]) / PX_PER_MM - BASELINE_MM) > 0.6
    ink[away] *= 0.35
    x, height, trace = heights(ink)
    peaks = [height[np.abs(x - middle) < 1.5].max() for middle in (18, 30, 42, 54, 66)]
    assert min(peaks) > 7.4
    assert trace.confidence[np.abs(trace.x - 18) < 0.3].min() < trace.confidence[np.abs(trace.x - 24) < 1].min()


def test_short_gaps_are_bridged_and_long_ones_left():
    kept = ~((X_MM > 20) & (X_MM < 20.3)) & ~((X_MM > 40) & (X_MM < 46))
    trace = follow(stroke_ink(sine(X_MM[kept]), 0.3, x=X_MM[kept]), PX_PER_MM, ROW)
    assert np.isfinite(trace.height[(trace.x > 19) & (trace.x < 21)]).all()
    assert np.isnan(trace.height[(trace.x > 41) & (trace.x < 45)]).all()
    assert (trace.confidence[np.isnan(trace.height)] == 0).all()


def test_nothing_is_traced_beyond_the_ends():
    trace = follow(stroke_ink(sine(X_MM)), PX_PER_MM, ROW)
    assert trace.left == pytest.approx(10, abs=0.4)
    assert trace.right == pytest.approx(70, abs=0.4)


def test_bare_paper_gives_no_trace():
    trace = follow(np.zeros((600, 800), np.float32), PX_PER_MM, ROW)
    assert not trace.is_there


def test_a_desk_below_the_page_draws_nothing_away():
    ink = stroke_ink(sine(X_MM))
    ink[round(48 * PX_PER_MM) :] = np.random.default_rng(1).uniform(0.2, 0.9, ink[round(48 * PX_PER_MM) :].shape)
    x, height, _ = heights(ink)
    assert np.abs(height - sine(x)).max() < 0.03


def test_confidence_falls_where_something_covers_the_curve():
    ink = stroke_ink(sine(X_MM))
    middle = round((BASELINE_MM + 4) * PX_PER_MM)
    ink[middle - 20 : middle + 20, 395:425] = 1
    trace = follow(ink, PX_PER_MM, ROW)
    covered = (trace.x > 40) & (trace.x < 42)
    assert trace.confidence[covered].mean() < 0.6 < trace.confidence[(trace.x > 20) & (trace.x < 35)].mean()


@pytest.mark.parametrize("offset", [-2.0, 2.0])
def test_the_stroke_is_found_from_a_guess_beside_it(offset):
    ink = stroke_ink(sine(X_MM))
    x = (np.arange(ink.shape[1]) + 0.5) / PX_PER_MM
    truth = (BASELINE_MM - sine(x)) * PX_PER_MM - 0.5
    fit = fit_stroke(ink, truth + offset, 3.0)
    inside = (x > 12) & (x < 68)
    assert np.abs(fit.curve - truth)[inside].max() < 0.2
    assert fit.pen.radius == pytest.approx(2, abs=0.3)
    assert np.median(fit.misfit[inside]) < 0.2
