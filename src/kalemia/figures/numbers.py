"""How numbers are written into figures."""

import math

ValueAndInterval = tuple[float, float, float]
"""A value, and the lower and the upper end of its 95 % interval; NaN where there is none."""

NONE = "–"


def shown(value: float, digits: int = 2) -> str:
    """A number with a true minus sign; a dash where there is none."""
    return f"{value:.{digits}f}".replace("-", "−") if math.isfinite(value) else NONE


def with_interval(value: float, low: float, high: float, digits: int = 2) -> str:
    """A value and its interval, such as "0.93 (0.90 to 0.96)"; the value alone without an interval."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return shown(value, digits)
    return f"{shown(value, digits)} ({shown(low, digits)} to {shown(high, digits)})"
