"""Which part of the ECG a model reads potassium from: change one part alone, and see whether the estimate follows.

    python -m kalemia.experiments.causal_response MODEL -o DIR [--patients 40] [--seed 0]

MODEL is the name of a model that comes with kalemia, or a model's folder. Average simulated patients are recorded with
potassium in one part of the ECG alone, in all of it, and at the reference on devices of another gain. Writes
`causal_response.png`, `.svg` and `.csv`, and prints how far the median estimate moves. Takes some minutes.
"""

import argparse
import csv
import io
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from kalemia.estimation import DEFAULT_MODEL, Estimator
from kalemia.figures.causal_response import CausalResponse, causal_response
from kalemia.figures.style import save
from kalemia.progress import Progress
from kalemia.recording import Recording
from kalemia.simulation.causal import EVERYTHING, PARTS, amplified, draw_average_patients, record_part
from kalemia.simulation.patient import Patient
from kalemia.simulation.potassium_laws import REFERENCE_POTASSIUM
from kalemia.writing import write_text

LEVELS = tuple(np.arange(3.0, 8.51, 0.5).tolist())
"""mEq/L."""
GAINS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4)
COMPARED = {"potassium": (4.0, 7.0), "gain": (0.7, 1.4)}
"""Levels between which the table counts."""
POTASSIUM_LABEL, GAIN_LABEL = "Potassium given (mEq/L)", "Gain (factor)"
