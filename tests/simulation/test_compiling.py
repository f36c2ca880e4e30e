import subprocess
import sys

import numba

from kalemia.simulation.compiling import set_cores

CODE = """
import sys
sys.modules["numba"] = None
import numpy as np
from kalemia.errors import MissingExtra
from kalemia.simulation.cell import INITIAL_STATE, cells, derivatives
from kalemia.simulation.compiling import set_cores
from kalemia.simulation.pacing import CELL_PROTOCOL, isolated, pace
cell = cells(["epi"], 5.4)
assert np.isfinite(derivatives(INITIAL_STATE[:, None], cell)).all()
for run in (lambda: pace(isolated(cell), 1, CELL_PROTOCOL), lambda: set_cores(2)):
    try:
        run()
    except MissingExtra as error:
        print(error)
"""


def test_without_numba_equations_can_be_evaluated_but_not_integrated():
    result = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count('pip install "kalemia[train]"') == 2


def test_cores_can_be_changed_and_are_never_more_than_there_are():
    before = numba.get_num_threads()
    set_cores(1)
    assert numba.get_num_threads() == 1
    set_cores(0)
    assert numba.get_num_threads() == 1
    set_cores(10_000)
    assert numba.get_num_threads() == numba.config.NUMBA_NUM_THREADS
    set_cores(before)
