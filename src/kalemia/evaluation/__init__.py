"""How good estimates are: measures, intervals by patient, and the evaluation of a trained model."""

from kalemia.evaluation.evaluate import evaluate
from kalemia.evaluation.result import Evaluation
from kalemia.evaluation.scoring import Score, Scores, score
from kalemia.evaluation.table import print_table

__all__ = ["Evaluation", "Score", "Scores", "evaluate", "print_table", "score"]
