# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 13, generalisation: the exercises of solutions/13_generalisation.ipynb.

Truth comes from fractions, from candidates that are compared one by one, from slopes by a complex
step, from a recurrence that SymPy solves, and from loops over rows.
"""

from nnlab.checks.chapter13.penalties import error_parts, proximal_step, shrinkage
from nnlab.checks.chapter13.penalties import what_lambda_moves
from nnlab.checks.chapter13.practice import dropout_layer, weighted_odds
from nnlab.checks.chapter13.practice import repair_folds, repair_freeze
