# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 12: the exercises of solutions/12_initialisation_and_vanishing_gradients.ipynb, in order.

Truth comes from numbers worked out by hand, plain loops, derivatives by a complex step, and from
SymPy, which expands the sums one by one.
"""

from nnlab.checks.chapter12.starts import (
    signal_by_hand,
    scaled_weights,
    zero_start,
    leaky_gain,
)
from nnlab.checks.chapter12.depths import (
    signal_and_gradient,
    thirty_layers,
    dead_units,
    repair_residual,
    lstm_memory,
)
