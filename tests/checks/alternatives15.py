"""Answers to chapter 15 that are right and written otherwise than the course's."""

import copy

import numpy as np
import sympy as sp

import nnlib as nn

RATE, EPOCHS, SIZE, STEPS, LR, ADAM = 0.5, 12, 32, 250, 0.3, 0.05


def digits_network(seed):
    """64-24-10, as the exercises have it."""
    layers = [nn.Dense(64, 24), nn.ReLU(), nn.Dense(24, 10)]
    return nn.Network(layers, nn.CrossEntropy(), seed=seed)


def fitted_by_the_library(X_train, y_train, seed):
    """Let fit do everything, with another optimizer."""
    net = digits_network(seed)
    nn.fit(net, X_train, y_train, nn.SGD(lr=0.1, momentum=0.9), batch_size=16, epochs=EPOCHS)
    return net


def shuffled_together(X_train, y_train, seed):
    """Glue the labels to their rows, and shuffle the whole."""
    net, rng = digits_network(seed), np.random.default_rng(seed)
    both = np.column_stack([X_train, y_train])
    for _ in range(EPOCHS):
        rng.shuffle(both)
        for part in np.array_split(both, len(both) // SIZE):
            net.value_and_grad(part[:, :-1], part[:, -1].astype(int))
            net.theta -= RATE * net.grad
    return net


def logarithm_of_softmax(X_train, y_train, seed):
    """Keep the softmax and take its logarithm: log p are logits of p."""
    net, rng = digits_network(seed), np.random.default_rng(seed)
    for _ in range(EPOCHS):
        for part in nn.batches(len(X_train), SIZE, rng):
            z = net.forward(X_train[part])
            d = nn.CrossEntropy().grad(np.log(nn.softmax(z)), y_train[part])
            net.backward(d - nn.softmax(z) * d.sum(axis=1, keepdims=True))
            net.theta -= RATE * net.grad
    return net


def written_by_hand(X_train, y_train, size, seed):
    """One-hot targets, the mean taken in the update."""
    net, rng = digits_network(seed), np.random.default_rng(seed)
    for _ in range(STEPS):
        part = rng.integers(0, len(X_train), size)
        net.backward(nn.softmax(net.forward(X_train[part])) - np.eye(10)[y_train[part]])
        net.theta -= LR * net.grad / len(part)
    return net


def zeroed_after_the_step(X_train, y_train, seed):
    """Zero at the end of each pass of the loop."""
    net, rng = digits_network(seed), np.random.default_rng(seed)
    total = np.zeros_like(net.theta)
    for _ in range(EPOCHS):
        for part in nn.batches(len(X_train), SIZE, rng):
            total += net.value_and_grad(X_train[part], y_train[part])[1]
            net.theta -= RATE * total
            total = np.zeros_like(total)
    return net


def diagonal_of_the_table(X_train, y_train, seed):
    """Keep the table of all pairs, and use its diagonal."""
    layers = [nn.Dense(10, 12), nn.ReLU(), nn.Dense(12, 1, init=nn.normal(0.1))]
    net = nn.Network(layers, nn.MSE(), seed=seed)
    for _ in range(60):
        table = net.forward(X_train) - y_train
        net.backward(2 / len(y_train) * np.diag(table).reshape(-1, 1))
        net.theta -= 0.1 * net.grad
    return net


def xavier(rng, n_in, n_out):
    """Uniform, of the other usual size."""
    return rng.uniform(-1, 1, (n_in, n_out)) * np.sqrt(6 / (n_in + n_out)) * 1.4


def scaled_to_unit_range(X_train, y_train, seed):
    """Put the training part between -1 and 1, column by column, and train with Adam."""
    low, high = X_train.min(axis=0), X_train.max(axis=0)

    def scaled(X):
        return 2 * (X - low) / (high - low) - 1

    net = nn.Network([nn.Dense(30, 8), nn.Tanh(), nn.Dense(8, 1)], nn.LogLoss(), seed=seed)
    nn.fit(net, scaled(X_train), y_train, nn.Adam(lr=0.02), epochs=20)
    return net, scaled


def split_by_origin(table, labels, seed):
    """Enlarge first, and split by the row that a copy comes from."""
    origin = np.repeat(np.arange(len(table)), 3)
    chosen = np.random.default_rng(seed + 50).permutation(len(table))[: len(table) // 4]
    held = np.isin(origin, chosen)
    net = nn.Network([nn.Dense(64, 64), nn.ReLU(), nn.Dense(64, 10)], nn.CrossEntropy(), seed=seed)
    nn.fit(net, table[origin[~held]], labels[origin[~held]], nn.Adam(lr=0.003), epochs=10)
    return net, float((net.predict(table[origin[held]]) == labels[origin[held]]).mean())


def predicted_by_the_library(X_train, y_train, seed):
    """predict_proba turns to evaluation mode by itself."""
    layers = [nn.Dense(64, 24), nn.BatchNorm(24), nn.ReLU(), nn.Dropout(0.3), nn.Dense(24, 10)]
    net = nn.Network(layers, nn.CrossEntropy(), seed=seed)
    nn.fit(net, X_train, y_train, nn.SGD(lr=RATE), epochs=EPOCHS)
    return net, lambda X: net.predict_proba(X).argmax(axis=1)


def library_s_adam(X_train, y_train, seed):
    """One optimizer, made before the loop."""
    net, rng = digits_network(seed), np.random.default_rng(seed)
    optimizer = nn.Adam(lr=ADAM)
    for _ in range(EPOCHS):
        for part in nn.batches(len(X_train), SIZE, rng):
            optimizer.step(net.theta, net.value_and_grad(X_train[part], y_train[part])[1])
    return net


def whole_network_copied(X_train, y_train, X_val, y_val, seed):
    """Keep a deep copy of the network."""
    layers = [nn.Dense(10, 48), nn.ReLU(), nn.Dense(48, 1, init=nn.normal(0.1))]
    net = nn.Network(layers, nn.MSE(), seed=seed)
    optimizer, found = nn.SGD(lr=0.03, momentum=0.8), []
    for epoch in range(40):
        nn.fit(net, X_train, y_train, optimizer, epochs=1, rng=epoch)
        found.append((net.evaluate(X_val, y_val), epoch, copy.deepcopy(net)))
    lowest, _, best = min(found, key=lambda entry: entry[:2])
    return best, lowest


def by_remainders(values):
    """Split off the lower half of the bits and compare it with its middle."""
    bits = np.float32(values).view(np.uint32).astype(np.int64)
    upper, lower = np.divmod(bits, 65536)
    upper += (lower > 32768) | ((lower == 32768) & (upper % 2 == 1))
    return (upper * 65536).astype(np.uint32).view(np.float32).astype(float)


k = sp.Symbol("k", positive=True)

ALTERNATIVES = {
    "first_losses": [
        {
            "ten_classes": 2.303,
            "softmax_twice": 2.303,
            "summed": 73.68,
            "rare": 0.056,
            "rare_at_zero": 0.693,
            "regression": 1.0,
        }
    ],
    "repair_pairs": [shuffled_together, fitted_by_the_library],
    "repair_softmax": [logarithm_of_softmax, fitted_by_the_library],
    "softmax_floor": [sp.log(1 + (k - 1) * sp.exp(-1)), sp.log(sp.E + k - 1) - 1],
    "repair_mean": [written_by_hand],
    "repair_zeroing": [zeroed_after_the_step],
    "repair_broadcast": [diagonal_of_the_table],
    "repair_start": [xavier, nn.he_uniform],
    "repair_scaling": [scaled_to_unit_range],
    "symptoms": [
        {
            "a": "Softmax twice",
            "b": "labels off by one",
            "c": "never zeroed ",
            "d": "target in the features",
            "e": "rate too low",
            "f": "batch norm at test",
        }
    ],
    "repair_split": [split_by_origin],
    "repair_modes": [predicted_by_the_library],
    "repair_adam": [library_s_adam],
    "repair_best": [whole_network_copied],
    "round_to_bf16": [by_remainders],
}
