# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 06, the chain rule: the exercises of solutions/06_chain_rule.ipynb, in order.

Truth comes from numbers worked out by hand, complex steps, SymPy on another form of the function,
and from counting one by one.
"""

from nnlab.checks.chapter06.chains import five_links, nested_slope
from nnlab.checks.chapter06.paths import two_paths
from nnlab.checks.chapter06.modes import transposes
from nnlab.checks.chapter06.paths import count_paths
from nnlab.checks.chapter06.modes import mode_cost, dual_number
from nnlab.checks.chapter06.paths import repair_batch
from nnlab.checks.chapter06.chains import sigmoid_depth
