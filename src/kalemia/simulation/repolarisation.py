"""What the cells of a patient's ventricle make of the T wave at another potassium, calcium and rate.

The strand of cells (`templates`) gives the shape of T, and how height, width, asymmetry and QT follow potassium and
calcium. It is taken relative to the patient's own T wave at the reference potassium, because the height of T on the
skin, and QT, have many other causes. What patients show beyond their cells is added elsewhere (`potassium_laws`).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float

from kalemia.simulation.t_wave import falling_through
from kalemia.simulation.templates import Repolarisation, template_library
from kalemia.simulation.wall import Wall

NORMAL_CALCIUM_MM = 2.0
"""Of the cell model; the ionised calcium of a patient is counted relative to it."""
HALF_HEIGHT_SD = float(np.sqrt(2 * np.log(2)))
"""Where a Gaussian wave has half its height, in standard deviations."""
PROFILE_SD = np.linspace(-6.0, 6.0, 241)
"""Places of a profile, in standard deviations of the Gaussian wave with the same half widths."""
TAPER = np.clip((PROFILE_SD[-1] - np.abs(PROFILE_SD)) / 2.0, 0.0, 1.0)
"""A strand's T wave rises slowly out of ST; further out than 4 standard deviations it is led to 0."""
POTASSIUM_MM, CALCIUM_MM = (2.5, 9.0), (1.4, 2.8)
"""What the strands were simulated for; beyond, the nearest is taken."""
SKEW_LIMITS = (-0.2, 2.0)
"""Where T has two humps of equal height, which of them is its peak changes at once."""


@dataclass(frozen=True)
class Ventricle:
    """What a patient's wall is made of; see `kalemia.simulation.templates`.

    Attributes:
        mid_share: share of the wall that is mid layer.
        endo_share: share of the rest that is endocardial.
        ks_gradient: IKs of the epicardium, in multiples of that of the endocardium.
        kr: IKr in multiples of the published one.
    """

    mid_share: float = 0.25
    endo_share: float = 0.5
    ks_gradient: float = 2.0
    kr: float = 1.0


NORMAL_VENTRICLE = Ventricle()


@dataclass(frozen=True, eq=False)
class Profile:
    """The shape of a T wave.

    Attributes:
        heights: over its height at `PROFILE_SD`, each side measured by its own half width.
        onset_sd, offset_sd: where the tangents at its steepest rise and fall meet the level.
    """

    heights: Float[np.ndarray, " place"]
    onset_sd: float
    offset_sd: float

    @classmethod
    def of(cls, heights: Float[np.ndarray, " place"]) -> "Profile":
        """A shape with the ends that its slopes give it."""
        slope = np.gradient(heights, PROFILE_SD)
        rise, fall = int(slope.argmax()), int(slope.argmin())
        ends = (float(PROFILE_SD[place] - heights[place] / slope[place]) for place in (rise, fall))
        return cls(heights, *ends)

    def at(self, place_sd: Float[np.ndarray, "*beat time"]) -> Float[np.ndarray, "*beat time"]:
        """Its height at some places."""
        return np.interp(place_sd, PROFILE_SD, self.heights, left=0.0, right=0.0)


@dataclass(frozen=True, eq=False)
class CellT:
    """The T wave of a strand.

    Attributes:
        height: of arbitrary scale, negative if inverted.
        rise_ms, fall_ms: from half the height to the peak, and from there to half the height.
        qt_ms: from activation to where the tangent at the steepest fall meets the level.
        profile: its shape.
    """

    height: float
    rise_ms: float
    fall_ms: float
    qt_ms: float
    profile: Profile


@dataclass(frozen=True, eq=False)
class TChange:
    """How a T wave differs from the same patient's at the reference.

    Attributes:
        height, width: as factors.
        skew: as a power of rise over fall: 1 at the reference, 0 where T has become symmetrical.
        qt_s: as a difference.
        profile: its shape.
    """

    height: float
    width: float
    skew: float
    qt_s: float
    profile: Profile


def change_of(ventricle: Ventricle, potassium: float, calcium_mm: float, reference: float) -> TChange:
    """How the cells change T from a reference potassium with normal calcium.

    Rate is left to Fridericia's law: 1 s is assumed from beat to beat. So is what calcium does to QT to a law: in this
    cell more calcium lengthens it, in patients it shortens.

    Args:
        ventricle: whose.
        potassium: mEq/L that the cells live in.
        calcium_mm: likewise; 2 mM is normal.
        reference: mEq/L at which T is the patient's own.
    """
    own, now = cell_t(ventricle, reference, NORMAL_CALCIUM_MM), cell_t(ventricle, potassium, calcium_mm)
    with_normal_calcium = cell_t(ventricle, potassium, NORMAL_CALCIUM_MM)
    return TChange(
        height=now.height / own.height,
        width=(now.rise_ms + now.fall_ms) / (own.rise_ms + own.fall_ms),
        skew=float(np.clip(np.log(now.rise_ms / now.fall_ms) / np.log(own.rise_ms / own.fall_ms), *SKEW_LIMITS)),
        qt_s=(with_normal_calcium.qt_ms - own.qt_ms) / 1e3,
        profile=now.profile,
    )


def cell_t(ventricle: Ventricle, potassium: float, calcium_mm: float) -> CellT:
    """The T wave of a strand at 60 beats per minute."""
    rest = 1 - ventricle.mid_share
    wall = Wall(rest * ventricle.endo_share, ventricle.mid_share, rest * (1 - ventricle.endo_share))
    wave = template_library().repolarisation(
        float(np.clip(potassium, *POTASSIUM_MM)),
        float(np.clip(calcium_mm, *CALCIUM_MM)),
        wall,
        ventricle.ks_gradient,
        ventricle.kr,
    )
    return measured(wave)


def measured(wave: Repolarisation) -> CellT:
    """Height, half widths, end and profile of a wave."""
    time_ms, peak = wave.time_ms, int(np.abs(wave.phi).argmax())
    peak_ms, height = _vertex(time_ms[peak - 1 : peak + 2], wave.phi[peak - 1 : peak + 2])
    upright = wave.phi / height
    rise_ms = peak_ms + falling_through(-time_ms[::-1], upright[::-1], 0.5, len(upright) - 1 - peak)
    fall_ms = falling_through(time_ms, upright, 0.5, peak) - peak_ms
    sd_ms = np.where(PROFILE_SD < 0, rise_ms, fall_ms) / HALF_HEIGHT_SD
    slope = np.gradient(upright[peak:], time_ms[peak:])
    steepest = int(slope.argmin())
    qt_ms = time_ms[peak + steepest] - upright[peak + steepest] / slope[steepest]
    heights = np.interp(peak_ms + PROFILE_SD * sd_ms, time_ms, upright, left=0.0, right=0.0) * TAPER
    return CellT(height, float(rise_ms), float(fall_ms), float(qt_ms - wave.activated_ms[0]), Profile.of(heights))


def mean_change(potassium: float, reference: float) -> TChange:
    """The change in the middle of all walls: what laws that were measured in patients already contain."""
    levels, changes = _mean_changes(reference)
    nearest = changes[int(np.abs(levels - potassium).argmin())]

    def between(name: str) -> float:
        return float(np.interp(potassium, levels, [getattr(change, name) for change in changes]))

    return TChange(between("height"), between("width"), between("skew"), between("qt_s"), nearest.profile)


@cache
def _mean_changes(reference: float) -> tuple[Float[np.ndarray, " level"], tuple[TChange, ...]]:
    levels = np.arange(POTASSIUM_MM[0], POTASSIUM_MM[1] + 0.05, 0.1)
    return levels, tuple(change_of(NORMAL_VENTRICLE, level, NORMAL_CALCIUM_MM, reference) for level in levels)


def _vertex(time_ms: Float[np.ndarray, " 3"], values: Float[np.ndarray, " 3"]) -> tuple[float, float]:
    """Place and height of the extremum of the parabola through three samples."""
    before, at, behind = values
    share = (before - behind) / (2 * (before - 2 * at + behind))
    return float(time_ms[1] + share * (time_ms[1] - time_ms[0])), float(at - (before - behind) * share / 4)


GAUSSIAN = Profile.of(np.exp(-0.5 * PROFILE_SD**2))
"""The shape of a wave that no strand stands under."""
