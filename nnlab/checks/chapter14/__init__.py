# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 14, normalisation: the exercises of solutions/14_normalisation.ipynb.

Truth comes from numbers worked out by hand, from norms written in loops over single numbers and
differentiated by a complex step, and from asking an affine map what it does to unit vectors.
"""

from nnlab.checks.chapter14.numbers import which_numbers_share, running_averages
from nnlab.checks.chapter14.batch import batch_norm_forward
from nnlab.checks.chapter14.numbers import batch_of_two
from nnlab.checks.chapter14.batch import three_paths, batch_norm_backward
from nnlab.checks.chapter14.numbers import weights_times_ten
from nnlab.checks.chapter14.use import fold_batch_norm, repair_evaluation, layer_norm_backward
