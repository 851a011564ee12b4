"""Answers to chapter 11 that are right and written otherwise than the course's."""

import numpy as np


def train_with_a_bias_column(X, y, W1, b1, W2, b2, lr, batch_size, epochs):
    """Put each bias under its weights, and let an input of ones carry it."""
    V1, V2 = np.vstack([W1, b1]), np.vstack([W2, b2])
    ones = np.ones((len(X), 1))
    data = np.hstack([X, ones])
    for _ in range(epochs):
        for part in np.array_split(np.arange(len(X)), range(batch_size, len(X), batch_size)):
            x, m = data[part], len(part)
            z = x @ V1
            a = np.hstack([np.where(z > 0, z, 0), ones[:m]])
            error = np.exp(-np.logaddexp(0, -a @ V2)) - y[part]
            d1, d2 = x.T @ ((error @ V2[:-1].T) * np.sign(a[:, :-1])) / m, a.T @ error / m
            V1, V2 = V1 - lr * d1, V2 - lr * d2
    return V1[:-1], V1[-1], V2[:-1], V2[-1]


def count_the_bad_epochs(val_losses, patience):
    """Keep a count that a new best sets back to zero."""
    best, bad, last = 0, 0, 0
    for last, loss in enumerate(val_losses):
        if last == 0 or loss < val_losses[best]:
            best, bad = last, 0
        else:
            bad += 1
        if bad == patience:
            break
    return best + 1, last + 1


def split_and_then_scale(table, labels, order, n_val):
    """Cut the parts out first, and scale each with the training part's numbers."""
    parts = np.split(table[order], [n_val])
    centre, spread = np.mean(parts[1], axis=0), np.sqrt(np.var(parts[1], axis=0))
    X_val, X_train = ((part - centre) / spread for part in parts)
    return X_train, labels[order][n_val:], X_val, labels[order][:n_val]


ALTERNATIVES = {
    "train_network": [train_with_a_bias_column],
    "kept_epoch": [count_the_bad_epochs],
    "interval_by_hand": [
        {"half_width": 0.0214, "examples": 1825},
        {"half_width": np.float64(0.021358), "examples": 1824.76},
    ],
    "repair_leak": [split_and_then_scale],
    "report_by_hand": [
        {"precision": 0.946, "recall": 0.833, "accuracy": 0.921, "always_benign": 0.632}
    ],
    "order_of_calls": [
        {"zero_last": "right", "zero_between": "stuck", "never_zero": "sums", "step_first": "late "}
    ],
}
