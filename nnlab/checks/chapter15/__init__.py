# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 15, debugging training: the exercises of solutions/15_debugging_training.ipynb.

A broken run is judged by what the repaired one does on data drawn after the learner's code has
ended. Other truth comes from losses added up one by one, from the run that stands behind a letter,
and from fractions rounded exactly.
"""

from nnlab.checks.chapter15.numbers import first_losses
from nnlab.checks.chapter15.data import repair_pairs
from nnlab.checks.chapter15.losses import repair_softmax
from nnlab.checks.chapter15.numbers import softmax_floor
from nnlab.checks.chapter15.losses import repair_mean, repair_zeroing, repair_broadcast
from nnlab.checks.chapter15.runs import repair_start
from nnlab.checks.chapter15.data import repair_scaling
from nnlab.checks.chapter15.numbers import symptoms
from nnlab.checks.chapter15.data import repair_split
from nnlab.checks.chapter15.runs import repair_modes, repair_adam, repair_best
from nnlab.checks.chapter15.numbers import round_to_bf16
