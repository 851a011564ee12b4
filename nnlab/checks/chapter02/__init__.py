# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 02, counting parameters: the exercises of its solutions, in order.

Truth is counted, not computed by the formula that is asked for: units and their edges one by one,
arrays that are really made, and sums worked out by hand.
"""

from nnlab.checks.chapter02.layers import (
    count_by_hand,
    mlp_count,
    same_count,
    conv_by_hand,
    recurrent_count,
)
from nnlab.checks.chapter02.models import (
    block_count,
    repair_count,
    memory_by_hand,
    training_cost,
)
