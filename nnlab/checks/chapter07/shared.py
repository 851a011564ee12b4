"""One weight in many places: embedding, tied weights, convolution."""

from __future__ import annotations

import cmath

import numpy as np

from nnlab.checks.oracles import dense, slopes, weighed
from nnlab.checks.spec import Exercise, draw

# embedding_backward


def token_cases(rng):
    """Words that come once, twice, three times and never; one word alone."""
    for tokens, n_words in (([2], 4), ([1, 3, 1, 0], 5), ([4, 2, 4, 4, 0, 2], 6)):
        yield draw(rng, len(tokens), 3), np.array(tokens), n_words


def embedding_by_loops(dx, tokens, n_words):
    """Add each row where it came from, number by number."""
    dE = np.zeros((n_words, dx.shape[1]))
    for row, token in zip(dx.tolist(), tokens.tolist(), strict=True):
        for j, number in enumerate(row):
            dE[token, j] += number
    return dE


def fancy_index_adds_repeats(dx, tokens, n_words):
    """A word that comes more than once has only its last row. E[tokens] += dx looks up first and
    writes each row once: np.add.at(dE, tokens, dx) adds every one.
    """
    dE = np.zeros((n_words, dx.shape[1]))
    dE[tokens] += dx
    return dE


def repeated_word_is_averaged(dx, tokens, n_words):
    """A word that comes more than once has the mean of its rows. Every use adds to the loss's
    slope: sum them.
    """
    counts = np.bincount(tokens, minlength=n_words)[:, None]
    return embedding_by_loops(dx, tokens, n_words) / np.maximum(counts, 1)


def only_words_in_use_have_rows(dx, tokens, n_words):
    """You returned rows for the words that came, and no others. dE has E's shape: the other rows
    are there, and 0.
    """
    return embedding_by_loops(dx, tokens, n_words)[np.unique(tokens)]


def gradient_goes_to_each_position(dx, tokens, n_words):
    """You returned dx: a row for each position. The rows of E are shared by all positions with
    that word; their gradients belong together in one row.
    """
    return dx.copy()


def first_use_is_enough(dx, tokens, n_words):
    """A word that comes more than once has only its first row. All its uses count: add them."""
    dE = np.zeros((n_words, dx.shape[1]))
    words, first = np.unique(tokens, return_index=True)
    dE[words] = dx[first]
    return dE


def lookup_is_averaged_over_the_batch(dx, tokens, n_words):
    """You divided by the number of tokens. Whatever mean the loss takes is in dx already."""
    return embedding_by_loops(dx, tokens, n_words) / len(tokens)


embedding_backward = Exercise(
    id="embedding_backward",
    kind="code",
    difficulty=2,
    minutes=5,
    cases=token_cases,
    oracle=embedding_by_loops,
    returns=("dE",),
    mistakes=(
        fancy_index_adds_repeats,
        repeated_word_is_averaged,
        only_words_in_use_have_rows,
        gradient_goes_to_each_position,
        first_use_is_enough,
        lookup_is_averaged_over_the_batch,
    ),
    hints=(
        "E[tokens] is one_hot(tokens) @ E. Which backward pass is that?",
        "dE = one_hot(tokens)ᵀ dx is right, and wasteful: n_words × m zeros. What does it do with "
        "a row of dx?",
        "Row i of dx is added to row tokens[i] of dE. For repeated words, dE[tokens] += dx is not "
        "enough; look at np.add.at.",
    ),
    insight="A lookup is a product with a one-hot matrix, so its backward pass is a scatter-add.\n"
    "Only words in the batch get a gradient, so the update may be sparse; repeated ones get the "
    "sum.",
)

# tied_backward


def tied_cases(rng):
    """Batches of 1 and more; W never square, so a missing transposition shows at once."""
    for m, n, h in ((1, 3, 2), (4, 2, 3), (3, 4, 2)):
        yield draw(rng, m, n), draw(rng, m, n), draw(rng, n, h) / 4


def tied_by_complex_step(dy, x, W):
    """Σ dy ∘ (tanh(x W) Wᵀ), by loops, and its slope by every entry of W."""

    def loss(W):
        h = [[cmath.tanh(t) for t in row] for row in dense(x, W, np.zeros(W.shape[1]))]
        return weighed(dy, dense(h, W.T, np.zeros(W.shape[0])))

    return slopes(loss, W)[0]


def both_uses(dy, x, W):
    """Return what W gets as the encoder's and as the decoder's."""
    h = np.tanh(x @ W)
    return x.T @ (dy @ W * (1 - h * h)), dy.T @ h


def decoder_only_borrows(dy, x, W):
    """You have the encoder's share only. W stands in the decoder too, y = h Wᵀ: add dyᵀ h."""
    return both_uses(dy, x, W)[0]


def encoder_only_borrows(dy, x, W):
    """You have the decoder's share only. The gradient goes on through h: dh = dy W, through the
    tanh, and xᵀ dz is the encoder's share.
    """
    return both_uses(dy, x, W)[1]


def shared_weight_gets_the_mean(dy, x, W):
    """You took the mean of the two shares. One W is used twice, and paths add: it is their sum."""
    first, second = both_uses(dy, x, W)
    return (first + second) / 2


def tanh_has_slope_one(dy, x, W):
    """The encoder's share lacks the slope of the tanh: dz = dh (1 - h²)."""
    h = np.tanh(x @ W)
    return x.T @ (dy @ W) + dy.T @ h


def decoder_saw_the_logits(dy, x, W):
    """The decoder's share is made of z = x W. What the decoder multiplied was h = tanh(z)."""
    z = x @ W
    return x.T @ (dy @ W * (1 - np.tanh(z) ** 2)) + dy.T @ z


tied_backward = Exercise(
    id="tied_backward",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=tied_cases,
    oracle=tied_by_complex_step,
    returns=("dW",),
    mistakes=(
        decoder_only_borrows,
        encoder_only_borrows,
        shared_weight_gets_the_mean,
        tanh_has_slope_one,
        decoder_saw_the_logits,
    ),
    hints=(
        "Pretend the two W's were different, V in the decoder: y = h Vᵀ. Find dW and dV.",
        "y = h Vᵀ: dVᵀ = hᵀ dy, so dV = dyᵀ h, and dh = dy V.",
        "Through the tanh: dz = dh (1 - h²); the encoder's share is xᵀ dz. Then set V = W and add.",
    ),
    insight="Shared weights: treat each use as its own parameter, then add the gradients.\n"
    "The same rule gives convolution (one kernel, all positions) and recurrence (all time steps).",
)

# conv_backward


def conv_cases(rng):
    """Kernels of 2 and 3, never symmetric; batches of 1 and more."""
    for m, n, k in ((1, 5, 2), (3, 6, 3), (2, 4, 3)):
        yield draw(rng, m, n - k + 1), draw(rng, m, n), draw(rng, k)


def conv_by_complex_step(dz, x, w):
    """Σ dz ∘ z with z_t = Σ_j w_j x_(t+j), by loops, and its slopes."""

    def loss(x, w):
        return sum(
            dz[i, t] * w[j] * x[i, t + j]
            for i in range(dz.shape[0])
            for t in range(dz.shape[1])
            for j in range(len(w))
        )

    return slopes(loss, x, w)


def both_of_the_convolution(dz, x, w):
    """Return dx and dw, for the wrong answers to spoil."""
    positions = dz.shape[1]
    windows = np.lib.stride_tricks.sliding_window_view(x, positions, axis=1)
    padded = np.pad(dz, ((0, 0), (len(w) - 1, len(w) - 1)))
    dx = np.lib.stride_tricks.sliding_window_view(padded, len(w), axis=1) @ w[::-1]
    return dx, np.einsum("it,ijt->j", dz, windows)


def kernel_is_turned_round(dz, x, w):
    """Your dw is back to front: that is the gradient of a convolution with a flipped kernel. Here
    z_t = Σ_j w_j x_(t+j), unflipped, as in all deep-learning libraries.
    """
    dx, dw = both_of_the_convolution(dz, x, w)
    return dx, dw[::-1].copy()


def backward_uses_the_kernel_as_it_is(dz, x, w):
    """In dx you slid the kernel the same way round as forwards. x_s meets w_j at t = s - j, so on
    the way back the kernel runs the other way.
    """
    return both_of_the_convolution(dz, x, w[::-1])[0], both_of_the_convolution(dz, x, w)[1]


def windows_do_not_overlap(dz, x, w):
    """In dx each offset overwrites the last one. The windows overlap: an input is seen by up to k
    outputs, and what they send back adds up.
    """
    dx = np.zeros(x.shape)
    for j in range(len(w)):
        dx[:, j : j + dz.shape[1]] = dz * w[j]
    return dx, both_of_the_convolution(dz, x, w)[1]


def kernel_gets_the_mean_of_its_positions(dz, x, w):
    """You took dw as a mean over the positions. One kernel serves them all, and paths add: sum."""
    dx, dw = both_of_the_convolution(dz, x, w)
    return dx, dw / dz.shape[1]


def every_example_has_its_own_kernel(dz, x, w):
    """Your dw has a row for each example. All examples share the kernel: sum over the batch too."""
    dx, _ = both_of_the_convolution(dz, x, w)
    windows = np.lib.stride_tricks.sliding_window_view(x, dz.shape[1], axis=1)
    return dx, np.einsum("it,ijt->ij", dz, windows)


conv_backward = Exercise(
    id="conv_backward",
    kind="code",
    difficulty=3,
    minutes=12,
    cases=conv_cases,
    oracle=conv_by_complex_step,
    returns=("dx", "dw"),
    mistakes=(
        kernel_is_turned_round,
        backward_uses_the_kernel_as_it_is,
        windows_do_not_overlap,
        kernel_gets_the_mean_of_its_positions,
        every_example_has_its_own_kernel,
    ),
    hints=(
        "Take one weight w_j. It multiplies x_(t+j) and helps z_t, for every t and every example.",
        "With T outputs, w_j meets the slice x[:, j:j+T]: dw_j is the sum of dz times that slice.",
        "The same slice of dx receives dz * w_j. Start with zeros and add, for j = 0 … k - 1.",
    ),
    insight="dw correlates the input with dz; dx is dz, slid over with the kernel turned round.\n"
    "Forward, dx and dw are three of the same kind: so a conv layer costs 2 forwards to go back.",
)
