# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 04, loss functions: the exercises of solutions/04_loss_functions.ipynb, in order.

Truth comes from 60-digit decimals, plain loops with derivatives by a complex step, SymPy, and
numbers worked out by hand.
"""

from nnlab.checks.chapter04.labels import (
    log_loss_by_hand,
    initial_loss,
    which_loss,
    two_logits,
    stable_log_loss,
)
from nnlab.checks.chapter04.numbers import repair_mse, poisson_loss, best_constant, huber_loss
from nnlab.checks.chapter04.bent import smoothed_minimum, repair_smoothing, true_share
