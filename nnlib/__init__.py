"""nnlib: how neural networks are trained, as code to know by heart.

Conventions, the same in every file and notebook. m examples, k outputs or classes. X (m, n_in),
W (n_in, n_out), b (n_out,), z = x W + b, a = σ(z). `dQ` is ∂L/∂Q and has Q's shape. *Logits* are
the last layer's z. *Loss* is a scalar mean over the batch; the only 1/m stands in the loss. MSE
is the mean of the squared residuals over all m·k entries, without ½. ∂L/∂z of log loss (one
output) and of cross-entropy is (p - y)/m. ReLU'(0) = 0. GELU is the tanh form. float64 unless
you ask for float32, which then is never silently float64.

Read the files in this order: functions, value, init, layers, activations, norm, losses, network,
optim, train, gradcheck, checkpoint, data (and doors, which holds what they ask of their input);
count, with describe and tables behind it and catalogue beside it; and, when asked for, symbolic and
derivations, which need SymPy.
"""

from nnlib.activations import GELU, LeakyReLU, ReLU, Sigmoid, Tanh
from nnlib.count import count_parameters
from nnlib.data import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    moons,
    spirals,
    standardise,
    train_test_split,
    twenty_features,
    xor,
)
from nnlib.functions import logsumexp, one_hot, sigmoid, softmax, softplus
from nnlib.gradcheck import (
    GradientCheck,
    directional_check,
    gradient_check,
    numerical_gradient,
)
from nnlib.init import (
    constant,
    he_normal,
    he_uniform,
    normal,
    xavier_normal,
    xavier_uniform,
    zeros,
)
from nnlib.layers import Buffer, Dense, Dropout, Layer, Param, Residual
from nnlib.losses import L1, L2, MAE, MSE, CrossEntropy, Huber, LogLoss, Loss
from nnlib.network import Network
from nnlib.norm import BatchNorm, LayerNorm
from nnlib.optim import (
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    Optimizer,
    RMSProp,
    clip_by_norm,
    clip_by_value,
    cosine,
    inverse_time,
    step_decay,
    warmup,
)
from nnlib.train import History, accuracy, batches, confusion_matrix, fit
from nnlib.value import Value

__all__ = [
    "GELU",
    "L1",
    "L2",
    "MAE",
    "MSE",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "BatchNorm",
    "Buffer",
    "CrossEntropy",
    "Dense",
    "Dropout",
    "GradientCheck",
    "History",
    "Huber",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "LogLoss",
    "Loss",
    "Network",
    "Optimizer",
    "Param",
    "RMSProp",
    "ReLU",
    "Residual",
    "Sigmoid",
    "Tanh",
    "Value",
    "accuracy",
    "batches",
    "clip_by_norm",
    "clip_by_value",
    "confusion_matrix",
    "constant",
    "cosine",
    "count_parameters",
    "directional_check",
    "fit",
    "gradient_check",
    "he_normal",
    "he_uniform",
    "inverse_time",
    "load_breast_cancer",
    "load_diabetes",
    "load_digits",
    "logsumexp",
    "moons",
    "normal",
    "numerical_gradient",
    "one_hot",
    "sigmoid",
    "softmax",
    "softplus",
    "spirals",
    "standardise",
    "step_decay",
    "train_test_split",
    "twenty_features",
    "warmup",
    "xavier_normal",
    "xavier_uniform",
    "xor",
    "zeros",
]
