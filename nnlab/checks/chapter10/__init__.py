# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 10, variations of SGD: the exercises of solutions/10_sgd_variants.ipynb.

Truth comes from numbers worked out by hand, from each paper's recurrence written for one number
at a time, from a recurrence that SymPy solves, and from paths that are walked twice.
"""

from nnlab.checks.chapter10.rates import momentum_by_hand, adagrad_clock
from nnlab.checks.chapter10.adam import adam_step, uncorrected_ratio, adamw_step
from nnlab.checks.chapter10.rates import clip_together, which_paths_stay
