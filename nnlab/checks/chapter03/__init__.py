# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 03, forward propagation: the exercises of solutions/03_forward_propagation.ipynb.

Truth comes from plain loops, from SymPy, and from numbers worked out by hand.
"""

from nnlab.checks.chapter03.paper import forward_by_hand, forward_shapes
from nnlab.checks.chapter03.passes import forward_pass, repair_never_no
from nnlab.checks.chapter03.paper import nested_expression, output_ranges
from nnlab.checks.chapter03.passes import repair_probabilities, forward_any
from nnlab.checks.chapter03.paper import tanh_as_sigmoid
