"""Where Numba meets the equations: they are written for NumPy, and Numba compiles the same functions.

Numba is in the extra `train`. Without it the equations can be evaluated, but not integrated.
"""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar, cast

from kalemia.errors import MissingExtra

try:
    import numba
    from numba.extending import register_jitable

    INSTALLED = True
except ModuleNotFoundError:
    INSTALLED = False

F = TypeVar("F", bound=Callable[..., Any])

FAST_MATH = {"contract", "arcp", "nsz", "reassoc"}
"""What LLVM may assume of numbers; infinities and NaN are kept, so that a run that blows up can be seen."""

parallel_range: Callable[[int], Any] = numba.prange if INSTALLED else range


def compilable(function: F) -> F:
    """A function of arrays for NumPy, of single numbers where a compiled function calls it."""
    return register_jitable(function) if INSTALLED else function


def compiled(function: F) -> F:
    """A function that Numba compiles when it is first called, its `parallel_range` over the cores."""
    if not INSTALLED:
        return cast("F", _refuse)
    return cast("F", numba.njit(parallel=True, cache=True, fastmath=FAST_MATH, error_model="numpy")(function))


def set_cores(cores: int) -> None:
    """How many cores compiled functions may use from now on, at most as many as there are.

    Raises:
        MissingExtra: Numba is not installed.
    """
    if not INSTALLED:
        _refuse()
    most = int(vars(numba.config)["NUMBA_NUM_THREADS"])
    numba.set_num_threads(max(1, min(cores, most)))


def _refuse(*_: object) -> NoReturn:
    raise MissingExtra("Integrating the cell model", "train")
