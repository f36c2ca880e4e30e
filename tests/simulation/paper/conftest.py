import ctypes
from collections.abc import Callable

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from kalemia.recording import STANDARD_LEADS, Recording

FS = 500.0
MM_PER_POINT = 25.4 / 72


@pytest.fixture
def make_recording() -> Callable[..., Recording]:
    """Make a recording of smooth noise: `make_recording(leads, seconds=10, fs=500)`; all leads differ."""

    def make(leads: tuple[str, ...] = STANDARD_LEADS, seconds: float = 10, fs: float = FS) -> Recording:
        time_s = np.arange(round(seconds * fs)) / fs
        signal = [0.5 * np.sin(2 * np.pi * (1.0 + 0.1 * number) * time_s) for number in range(len(leads))]
        return Recording(np.array(signal), fs, leads)

    return make


@pytest.fixture
def recording(make_recording: Callable[..., Recording]) -> Recording:
    """Ten seconds of all 12 leads."""
    return make_recording()


@pytest.fixture
def paths_mm() -> Callable[[bytes], list[np.ndarray]]:
    """Vertices of each path of a PDF's only page, in mm from its upper left corner."""

    def vertices(path: pypdfium2.PdfObject, height: float) -> np.ndarray:
        points = []
        for number in range(pdfium.FPDFPath_CountSegments(path.raw)):
            x, y = ctypes.c_float(), ctypes.c_float()
            pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFPath_GetPathSegment(path.raw, number), x, y)
            points.append((x.value, height - y.value))
        return np.array(points) * MM_PER_POINT

    def paths(data: bytes) -> list[np.ndarray]:
        (page,) = pypdfium2.PdfDocument(data)
        return [vertices(path, page.get_height()) for path in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_PATH,))]

    return paths
