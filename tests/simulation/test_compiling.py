import subprocess
import sys

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
