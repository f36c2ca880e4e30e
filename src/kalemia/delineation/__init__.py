"""Where the waves of each beat begin, peak and end."""

from kalemia.delineation.beat import Beat, Wave
from kalemia.delineation.delineate import beats_at_r_peaks, delineate
from kalemia.delineation.r_peaks import detect_r_peaks

__all__ = ["Beat", "Wave", "beats_at_r_peaks", "delineate", "detect_r_peaks"]
