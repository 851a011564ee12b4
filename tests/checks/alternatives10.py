"""Answers to chapter 10 that are right and written otherwise than the course's."""

import numpy as np
import sympy as sp


def adam_in_one_line(theta, g, m, v, t, lr, beta1, beta2, eps):
    """Put both corrections into the rate, and move the averages by a share of the gap."""
    m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (np.square(g) - v)
    root = np.sqrt(1 - beta2**t)
    return theta - lr * root / (1 - beta1**t) * m / (v**0.5 + eps * root), m, v


def adamw_decays_first(theta, g, m, v, t, lr, decay):
    """Shrink theta, then take Adam's step: neither average looks at theta."""
    return adam_in_one_line(theta * (1 - lr * decay), g, m, v, t, lr, 0.9, 0.999, 1e-8)


def clip_one_vector(dW, db, limit):
    """Put all entries into one vector, and take its norm."""
    norm = np.linalg.norm(np.concatenate([dW.ravel(), db]))
    return [grad / max(1.0, norm / limit) for grad in (dW, db)]


b1, b2, t = sp.symbols("b1 b2 t", positive=True)
root = sp.sqrt(1 - b2**t)

ALTERNATIVES = {
    "momentum_by_hand": [{"v": np.float64(1), "momentum": -0.1, "nesterov": -0.15}],
    "adagrad_clock": [{"frequent": 0.06, "rare": 0.3, "loud": np.float64(0.06)}],
    "adam_step": [adam_in_one_line],
    "uncorrected_ratio": [
        {
            "ratio": root * (1 - b1**t) / (1 - b2**t),
            "first": (1 - b1) * (1 - b2) ** sp.Rational(-1, 2),
        }
    ],
    "adamw_step": [adamw_decays_first],
    "clip_together": [clip_one_vector],
    "which_paths_stay": [
        {
            "sgd_loss": "other",
            "adam_loss": " same",
            "momentum_turned": "same",
            "adam_turned": "other",
            "adam_inputs": "other",
        }
    ],
}
