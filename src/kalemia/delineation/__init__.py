"""Where the waves of each beat begin, peak and end."""

from kalemia.delineation.beat import Beat, Beats, Wave
from kalemia.delineation.delineate import delineate
from kalemia.delineation.r_peaks import detect_r_peaks

__all__ = ["Beat", "Beats", "Wave", "delineate", "detect_r_peaks"]
