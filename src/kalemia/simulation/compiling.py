"""Where Numba meets the equations: they are written for NumPy, and Numba compiles the same functions.

Numba is in the extra `train`. Without it the equations can be evaluated, but not integrated.
"""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from kalemia.errors import MissingExtra

try:
    import numba
    from numba.extending import register_jitable
except ModuleNotFoundError:
    numba = None

F = TypeVar("F", bound=Callable[..., Any])

FAST_MATH = {"contract", "arcp", "nsz", "reassoc"}
"""What LLVM may assume of numbers; infinities and NaN are kept, so that a run that blows up can be seen."""

parallel_range: Callable[[int], Any] = range if numba is None else numba.prange


def compilable(function: F) -> F:
    """A function of arrays for NumPy, of single numbers where a compiled function calls it."""
    return function if numba is None else register_jitable(function)


def compiled(function: F) -> F:
    """A function that Numba compiles when it is first called, its `parallel_range` over the cores."""
    if numba is None:
        return _refuse  # type: ignore[return-value]
    return numba.njit(parallel=True, cache=True, fastmath=FAST_MATH, error_model="numpy")(function)


def set_cores(cores: int) -> None:
    """How many cores compiled functions may use from now on.

    Raises:
        MissingExtra: Numba is not installed.
    """
    if numba is None:
        _refuse()
    numba.set_num_threads(max(1, min(cores, numba.config.NUMBA_NUM_THREADS)))


def _refuse(*_: object) -> NoReturn:
    raise MissingExtra("Integrating the cell model", "train")
