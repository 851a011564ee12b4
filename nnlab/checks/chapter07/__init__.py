# ruff: noqa: F401, I001 - imported for the course, in the order of the notebook
"""Chapter 07, backpropagation: the exercises of solutions/07_backpropagation.ipynb, in order.

Truth comes from four places, none of them the solution: plain loops, derivatives by a complex
step, 60-digit decimals, and numbers worked out by hand.
"""

from nnlab.checks.chapter07.graphs import graph_by_hand
from nnlab.checks.chapter07.layers import (
    dense_backward,
    relu_backward,
    sigmoid_backward,
    tanh_backward,
)
from nnlab.checks.chapter07.softmax import (
    log_loss_delta,
    softmax_jacobian,
    softmax_backward,
    softmax_cross_entropy,
)
from nnlab.checks.chapter07.networks import by_hand_221, hidden_weight, two_layer
from nnlab.checks.chapter07.graphs import second_backward, topological_order, tiny_value
from nnlab.checks.chapter07.shared import embedding_backward, tied_backward, conv_backward
from nnlab.checks.chapter07.repairs import repair_step, repair_gate, repair_recurrence
from nnlab.checks.chapter07.costs import predict_cost, predict_kept, kept_bytes
