"""What is on an ECG page besides text: the trace, calibration pulses, ticks, remains of the grid, specks."""

from collections.abc import Callable

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

Ink = Float32[np.ndarray, "row column"]
Layer = UInt8[np.ndarray, "row column"]
Box = tuple[int, int, int, int]
"""Top, bottom, left, right of the text, in pixels."""

FINE = 4
"""Curves are drawn with 1/16 px."""


def add_clutter(rng: np.random.Generator, page: Ink, px_per_mm: float, box: Box) -> Ink:
    """The page with some of it, or with none, across or beside a box.

    Args:
        rng: a seeded generator.
        page: darkness.
        px_per_mm: scale of the page.
        box: where the text is.
    """
    chances = ((_trace, 0.35), (_tick, 0.2), (_grid, 0.25), (_specks, 0.1), (_pulse, 0.05))
    for kind, chance in chances:
        if rng.random() < chance:
            strength = rng.uniform(0.05, 0.4) if kind is _grid else rng.uniform(0.6, 1.0)
            page = _with(rng, page, kind, strength, px_per_mm, box)
    return page


def page_without_text(rng: np.random.Generator, px_per_mm: float) -> Ink:
    """A piece of an ECG page, 40 by 30 mm, with a trace and perhaps everything else but text."""
    page = np.zeros((round(30 * px_per_mm), round(40 * px_per_mm)), np.float32)
    chances = (
        (_trace, 1.0),
        (_trace, 0.3),
        *(((_tick, 0.4),) * 3),
        (_grid, 0.5),
        (_grid, 0.3),
        (_specks, 0.3),
        (_pulse, 0.3),
    )
    for kind, chance in chances:
        if rng.random() < chance:
            strength = rng.uniform(0.1, 0.9) if kind is _grid else rng.uniform(0.6, 1.0)
            top, left = rng.uniform(5, 20, 2) * px_per_mm
            size = rng.uniform(2, 10) * px_per_mm
            box = int(top), int(top + size), int(left), int(left + size)
            page = _with(rng, page, kind, strength, px_per_mm, box)
    return page


def _with(
    rng: np.random.Generator,
    page: Ink,
    kind: Callable[[np.random.Generator, Layer, float, Box], None],
    strength: float,
    px_per_mm: float,
    box: Box,
) -> Ink:
    layer = np.zeros(page.shape, np.uint8)
    kind(rng, layer, px_per_mm, box)
    return np.maximum(page, layer.astype(np.float32) / 255 * np.float32(strength))


def _curve(layer: Layer, points: Float32[np.ndarray, "point 2"], width_px: float) -> None:
    fixed = np.round(points * 2**FINE).astype(np.int32)[:, None]
    cv2.polylines(layer, [fixed], isClosed=False, color=255, thickness=max(1, round(width_px)), lineType=16, shift=FINE)


def _trace(rng: np.random.Generator, layer: Layer, px_per_mm: float, box: Box) -> None:
    """A piece of ECG: a level that wanders, tremor, QRS complexes and T waves."""
    width = layer.shape[1]
    x = np.arange(-2, width + 2, 0.5, dtype=np.float32)
    level = rng.uniform(box[0] - 0.8 * (box[1] - box[0]), box[1] + 0.8 * (box[1] - box[0]))
    y = np.full_like(x, level) + rng.normal(0, 0.3 * px_per_mm) * np.sin(x / width * rng.uniform(1, 6))
    if rng.random() < 0.4:
        tremor = cv2.GaussianBlur(rng.standard_normal((1, len(x)), dtype=np.float32), (0, 0), 0.5 * px_per_mm)[0]
        y += tremor * rng.uniform(0.1, 1.5) * px_per_mm**1.5
    for _ in range(rng.integers(0, 3)):
        center = rng.uniform(0, width)
        for offset, size_mm, width_mm in ((-0.8, -1.0, 0.4), (0.0, 12.0, 0.5), (0.9, -3.0, 0.4), (6.0, 3.0, 1.8)):
            size = -size_mm * px_per_mm * rng.normal(0.6, 0.6)
            y += size * np.exp(-(((x - center - offset * px_per_mm) / (width_mm * px_per_mm)) ** 2))
    _curve(layer, np.column_stack([x, y]).astype(np.float32), rng.uniform(0.15, 0.5) * px_per_mm)


def _tick(rng: np.random.Generator, layer: Layer, px_per_mm: float, box: Box) -> None:
    """A mark between two leads, solid, dashed or dotted, or a line across the page."""
    if rng.random() < 0.25:
        y = rng.uniform(box[0] - 2, box[1] + 2)
        line = np.array([[0, y], [layer.shape[1], y + rng.uniform(-1, 1)]], np.float32)
    else:
        gap = rng.uniform(-0.2, 0.8) * (box[1] - box[0])
        x = rng.choice((box[2] - gap, box[3] + gap, rng.uniform(box[2], box[3])))
        half = rng.uniform(1, 6) * px_per_mm if rng.random() < 0.7 else rng.uniform(0.5, 0.9) * (box[1] - box[0])
        middle = rng.uniform(box[0], box[1])
        line = np.array([[x, middle - half], [x + rng.uniform(-1, 1), middle + half]], np.float32)
    _curve(layer, line, rng.uniform(0.1, 0.5) * px_per_mm)
    if rng.random() < 0.35:
        dash = max(2, round(rng.uniform(0.4, 1.5) * px_per_mm))
        layer[np.arange(layer.shape[0]) // dash % 2 == 0] = 0


def _grid(rng: np.random.Generator, layer: Layer, px_per_mm: float, _box: Box) -> None:
    """What is left of the lines, or the dots, of millimetre paper."""
    pitch = px_per_mm * (5 if rng.random() < 0.4 else 1)
    if pitch < 3:
        pitch = 5 * px_per_mm
    columns = np.arange(rng.uniform(0, pitch), layer.shape[1], pitch).astype(int)
    rows = np.arange(rng.uniform(0, pitch), layer.shape[0], pitch).astype(int)
    kind = rng.random()
    if kind < 0.3:
        layer[np.ix_(rows, columns)] = 255
        return
    if kind < 0.8:
        layer[:, columns] = 255
    if kind > 0.5:
        layer[rows] = 255
    layer[rng.random(layer.shape) < rng.uniform(0, 0.6)] = 0
    patches = rng.random((2 + int(layer.shape[0] / px_per_mm), 2 + int(layer.shape[1] / px_per_mm)), np.float32)
    layer[cv2.resize(patches, layer.shape[::-1]) < rng.uniform(0, 0.7)] = 0


def _specks(rng: np.random.Generator, layer: Layer, px_per_mm: float, _box: Box) -> None:
    for _ in range(rng.integers(1, 8)):
        center = int(rng.integers(layer.shape[1])), int(rng.integers(layer.shape[0]))
        cv2.circle(layer, center, int(rng.integers(0, max(1, round(0.4 * px_per_mm)) + 1)), 255, -1)


def _pulse(rng: np.random.Generator, layer: Layer, px_per_mm: float, box: Box) -> None:
    """A calibration pulse, or its part."""
    left = rng.uniform(box[2] - 5 * px_per_mm, box[3])
    bottom = rng.uniform(box[0], box[1] + 5 * px_per_mm)
    x = left + np.array([-1, 0, 0, 5, 5, 6]) * px_per_mm
    y = bottom - np.array([0, 0, 1, 1, 0, 0]) * px_per_mm * rng.choice((5, 10))
    _curve(layer, np.column_stack([x, y]).astype(np.float32), rng.uniform(0.15, 0.5) * px_per_mm)
