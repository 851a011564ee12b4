# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 05, partial derivatives: the exercises of solutions/05_partial_derivatives.ipynb.

Truth comes from numbers worked out by hand, from SymPy's derivative of an expanded polynomial,
from a complex step, and from counting the signs of a characteristic polynomial's roots.
"""

from nnlab.checks.chapter05.slopes import partials_by_hand, jacobian_by_hand, line_partials
from nnlab.checks.chapter05.differences import central_gradient
from nnlab.checks.chapter05.slopes import steepest_descent
from nnlab.checks.chapter05.differences import best_step, corner_slopes, relative_error
from nnlab.checks.chapter05.slopes import kind_of_point
