"""The training loop against loops written out here; how it stops, and what it leaves behind."""

import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlib as nn

M = 23  # examples: a prime, so no batch size but 1 divides it


@pytest.fixture
def data(rng):
    """Noisy labels of two classes, as X (23, 4) and y (23, 1)."""
    X = rng.normal(size=(M, 4))
    return X, (X[:, :1] + X[:, 1:2] ** 2 + 0.3 * rng.normal(size=(M, 1)) > 0.5) * 1.0


def build(**settings):
    """Return a small network, the same each time."""
    layers = [nn.Dense(4, 5), nn.Tanh(), nn.Dense(5, 1)]
    return nn.Network(layers, nn.LogLoss(), **settings)


def build_fickle(p=0.3):
    """Return one with running statistics and a generator, which a forward moves."""
    layers = [nn.Dense(4, 5), nn.BatchNorm(5), nn.ReLU(), nn.Dropout(p), nn.Dense(5, 1)]
    return nn.Network(layers, nn.LogLoss())


class Seen(nn.Layer):
    """Pass x on, and keep a copy of each batch."""

    def __init__(self):
        """Start with none seen."""
        self.batches = []

    def forward(self, x):
        """Return x."""
        self.batches.append(x.copy())
        return x

    def backward(self, da):
        """Return da."""
        return da


def rows_seen(rng, batch_size, epochs=3):
    """Return, for each epoch, the batches of row numbers that a network was given."""
    seen = Seen()
    net = nn.Network([seen, nn.Dense(1, 1)], nn.MSE())
    nn.fit(
        net,
        np.arange(M * 1.0).reshape(-1, 1),
        np.zeros((M, 1)),
        nn.SGD(1e-9),
        batch_size,
        epochs,
        rng,
    )
    rows = [batch.ravel().astype(int).tolist() for batch in seen.batches]
    steps = len(rows) // epochs
    return [rows[i * steps : (i + 1) * steps] for i in range(epochs)]


# --- the steps -----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("batch_size", [None, 1, 4, 22, M, 50])
def test_fit_takes_the_steps_of_a_loop_written_out(batch_size, shuffled, dtype, data):
    """Full batch, single example and mini-batch are one loop; each number must be its own."""
    X, y = (a.astype(dtype) for a in data)
    net, by_hand, losses, epochs = build(dtype=dtype), build(dtype=dtype), [], []
    shuffler = np.random.default_rng(7)
    for _ in range(3):
        order, total = shuffler.permutation(M) if shuffled else np.arange(M), 0.0
        size = batch_size or M
        for start in range(0, M, size):
            rows = order[start : start + size]
            value, grad = by_hand.value_and_grad(X[rows], y[rows])
            by_hand.theta -= 0.5 * grad
            losses.append(value)
            total += value * len(rows)
        epochs.append(total / M)

    history = nn.fit(net, X, y, nn.SGD(0.5), batch_size, epochs=3, rng=7 if shuffled else None)

    np.testing.assert_array_equal(net.theta, by_hand.theta)
    assert net.theta.dtype == dtype
    assert history.step_loss == losses
    assert history.train_loss == epochs
    assert {type(value) for value in history.step_loss + history.train_loss} == {float}


def test_full_batch_descent_is_the_textbooks_line(rng):
    """Linear regression by hand, without nnlib: W and b, and two lines for their gradients."""
    X, y = rng.normal(size=(M, 3)), rng.normal(size=(M, 1))
    net = nn.Network([nn.Dense(3, 1)], nn.MSE())
    W, b = net.layers[0].W.copy(), net.layers[0].b.copy()
    for _ in range(20):
        r = X @ W + b - y
        W, b = W - 0.1 * 2 * X.T @ r / M, b - 0.1 * 2 * r.mean(axis=0)

    nn.fit(net, X, y, nn.SGD(0.1), batch_size=None, epochs=20)

    np.testing.assert_allclose(net.layers[0].W, W, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(net.layers[0].b, b, rtol=1e-12, atol=1e-14)


def test_one_epoch_of_a_full_batch_is_one_step(data):
    """Whoever asks for gradient descent gets one update an epoch, not one a row."""
    optimizer = nn.SGD(0.1)

    history = nn.fit(build(), *data, optimizer, batch_size=None, epochs=6)

    assert optimizer.t == len(history.step_loss) == len(history.train_loss) == 6


def test_data_may_be_lists_and_are_left_alone(data):
    """Shuffling must not reorder the caller's arrays; lists are arrays to be."""
    X, y = data[0].copy(), data[1].copy()

    with_arrays = nn.fit(build(), X, y, nn.SGD(0.1))
    with_lists = nn.fit(build(), X.tolist(), y.tolist(), nn.SGD(0.1))

    assert with_arrays.step_loss == with_lists.step_loss
    np.testing.assert_array_equal(X, data[0])
    np.testing.assert_array_equal(y, data[1])


def test_the_clip_sees_each_gradient_and_its_work_is_used(data):
    """A clip that is called on a copy, or after the step, changes nothing."""
    net, by_hand, norms = build(), build(), []
    for _ in range(5):
        grad = by_hand.value_and_grad(*data)[1].copy()
        norms.append(np.linalg.norm(grad))
        by_hand.theta -= 0.5 * grad * min(1, 0.2 / norms[-1])

    seen = []
    nn.fit(net, *data, nn.SGD(0.5), None, 5, clip=lambda g: seen.append(nn.clip_by_norm(g, 0.2)))

    np.testing.assert_allclose(seen, norms, rtol=1e-12, atol=0)
    assert min(norms) > 0.2
    np.testing.assert_allclose(net.theta, by_hand.theta, rtol=1e-12, atol=1e-14)


def test_a_schedule_counts_steps_and_not_epochs(data):
    """Each step asks the schedule anew; the history keeps the rate of each epoch's first step."""
    net, by_hand, t = build(), build(), 0
    rates = nn.inverse_time(0.5, decay=0.1)
    for _ in range(3):
        for start in range(0, M, 10):
            X, y = (a[start : start + 10] for a in data)
            by_hand.theta -= 0.5 / (1 + 0.1 * t) * by_hand.value_and_grad(X, y)[1]
            t += 1

    history = nn.fit(net, *data, nn.SGD(rates), batch_size=10, epochs=3, rng=None)

    np.testing.assert_allclose(net.theta, by_hand.theta, rtol=1e-12, atol=1e-14)
    assert history.lr == [rates(0), rates(3), rates(6)]


def test_the_penalty_is_in_the_training_loss_and_not_in_the_validations(data):
    """The objective is what descends; what is compared between models is the loss alone."""
    net, bare = build(penalty=nn.L2(0.5)), build()
    before = bare.value(*data) + 0.25 * sum((layer.W**2).sum() for layer in bare.layers[::2])

    history = nn.fit(net, *data, nn.SGD(0.1), None, 1, validation=data)

    bare.theta[:] = net.theta
    np.testing.assert_allclose(history.step_loss, [before], rtol=1e-12, atol=0)
    np.testing.assert_allclose(history.val_loss, [bare.value(*data)], rtol=1e-12, atol=0)


def test_a_network_without_a_fixed_width_is_checked_at_its_first_batch(rng):
    """Nothing says how wide its logits will be, so y can't be looked at before."""
    X = rng.normal(size=(M, 3))
    net = nn.Network([nn.ReLU()], nn.MSE())

    history = nn.fit(net, X, X, nn.SGD(0.1), epochs=2)

    np.testing.assert_allclose(
        history.train_loss, 2 * [(np.minimum(X, 0) ** 2).mean()], rtol=1e-12, atol=0
    )


# --- the order -----------------------------------------------------------------------------------


@settings(deadline=None)
@given(m=st.integers(1, 200), size=st.none() | st.integers(1, 250), seed=st.none() | st.integers(0))
def test_batches_are_a_partition(m, size, seed):
    """Every example once an epoch, in parts of the size asked for, but for the last."""
    rng = None if seed is None else np.random.default_rng(seed)

    parts = [part.tolist() for part in nn.batches(m, size, rng)]

    rows = [row for part in parts for row in part]
    assert sorted(rows) == list(range(m))
    assert seed is not None or rows == list(range(m))
    assert {len(part) for part in parts[:-1]} <= {size}
    assert 1 <= len(parts[-1]) <= (size or m)


@pytest.mark.parametrize("batch_size", [None, 1, 5])
def test_none_for_a_generator_means_in_order(batch_size):
    """Every epoch the same batches: what a lesson that counts along needs."""
    epochs = rows_seen(None, batch_size)

    assert [row for part in epochs[0] for row in part] == list(range(M))
    assert epochs[0] == epochs[1] == epochs[2]


@pytest.mark.parametrize("batch_size", [1, 5])
def test_every_epoch_is_shuffled_anew_and_without_replacement(batch_size):
    """One order for ever would repeat its noise; drawing with replacement would skip examples."""
    epochs = rows_seen(0, batch_size)

    orders = [[row for part in epoch for row in part] for epoch in epochs]
    assert all(sorted(order) == list(range(M)) for order in orders)
    assert len({tuple(order) for order in orders} | {tuple(range(M))}) == 4


def test_a_seed_and_a_generator_of_that_seed_give_the_same_order():
    """A run is reproducible by one number, and another number is another run."""
    assert rows_seen(3, 5) == rows_seen(3, 5) == rows_seen(np.random.default_rng(3), 5)
    assert rows_seen(3, 5) != rows_seen(4, 5)
    assert rows_seen(np.random.default_rng(0), 5) == rows_seen(0, 5)


def test_two_fits_with_one_generator_are_one_longer_fit(data):
    """The generator moves on, as the optimizer does; a seed would begin the same order again."""
    long, short = build_fickle(), build_fickle()
    rng, adam = np.random.default_rng(5), nn.Adam(0.01)

    once = nn.fit(long, *data, nn.Adam(0.01), 5, epochs=5, rng=5)
    first = nn.fit(short, *data, adam, 5, epochs=2, rng=rng)
    second = nn.fit(short, *data, adam, 5, epochs=3, rng=rng)

    assert first.step_loss + second.step_loss == once.step_loss
    np.testing.assert_array_equal(short.theta, long.theta)
    np.testing.assert_array_equal(short.buffers, long.buffers)


# --- validation and early stopping ---------------------------------------------------------------


def test_the_validation_is_what_evaluate_says_after_each_epoch(data, rng):
    """Without evaluation mode, dropout would make the validation loss noise."""
    net, seen = build_fickle(), []
    held_out = rng.normal(size=(9, 4)), rng.integers(2, size=(9, 1))

    def look(net, history):
        assert net.training
        seen.append((net.evaluate(*held_out), nn.accuracy(net.predict(held_out[0]), held_out[1])))

    history = nn.fit(
        net, *data, nn.SGD(0.3), epochs=4, validation=held_out, metric=nn.accuracy, callbacks=[look]
    )

    assert list(zip(history.val_loss, history.val_metric, strict=True)) == seen
    assert len({loss for loss, _ in seen}) == 4
    assert history.best_epoch == 1 + int(np.argmin(history.val_loss))


def test_validation_changes_nothing_in_the_training(data):
    """Looking must not draw a mask, move a statistic, or leave the network in another mode."""
    watched, alone = build_fickle(), build_fickle()

    one = nn.fit(watched, *data, nn.Adam(), 10, epochs=3, validation=data, metric=nn.accuracy)
    other = nn.fit(alone, *data, nn.Adam(), 10, epochs=3)

    assert one.step_loss == other.step_loss
    np.testing.assert_array_equal(watched.theta, alone.theta)
    np.testing.assert_array_equal(watched.buffers, alone.buffers)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("losses", "patience", "epochs", "best"),
    [
        ([5, 4, 3, 3.5, 3.2, 1], 2, 5, 3),
        ([5, 4, 3, 3.5, 2.9, 2.8], 2, 6, 6),
        ([5, 6, 1, 1, 1, 1], 1, 2, 1),
        ([5, 4, 4, 3, 3, 3], 2, 6, 4),
        ([5, 4, 4, 4, 3, 3], 2, 4, 2),
        ([NAN, 4, 5, 3, 9, 9], 2, 6, 4),
        ([NAN, NAN, NAN, 1, 1, 1], 3, 3, 0),
        ([INF, 4, NAN, 3, 9, 9], 2, 6, 4),
        ([3, 4, 5, 6, 7, 8], 6, 6, 1),
        ([3, 4, 5, 6, 7, 8], 5, 6, 1),
    ],
)
def test_training_stops_after_so_many_epochs_without_a_better_loss(
    losses, patience, epochs, best, data, monkeypatch
):
    """One epoch too late or too early, or the last weights for the best: the classic slips."""
    net, kept = build_fickle(), []
    kept.append((net.theta.copy(), net.buffers.copy()))
    told = iter(losses)
    monkeypatch.setattr(net, "evaluate", lambda X, y: next(told))

    def keep(net, history):
        kept.append((net.theta.copy(), net.buffers.copy()))

    history = nn.fit(
        net,
        *data,
        nn.Adam(0.1),
        10,
        len(losses),
        validation=data,
        patience=patience,
        callbacks=[keep],
    )

    assert len(history.val_loss) == len(history.train_loss) == epochs
    assert history.best_epoch == best
    at = best or epochs  # nothing better than nothing: the last weights stay
    np.testing.assert_array_equal(net.theta, kept[at][0])
    np.testing.assert_array_equal(net.buffers, kept[at][1])
    assert not np.array_equal(kept[at][1], kept[at - 1][1])
    assert ("no better validation loss" in history.stopped) == (epochs - best == patience)
    assert (f"the weights of epoch {best} are back" in history.stopped) == (best > 0)


def test_without_patience_the_last_weights_stay(data, monkeypatch):
    """Recording a validation loss is not asking for early stopping."""
    net, last = build(), []
    told = iter([1, 2, 3])
    monkeypatch.setattr(net, "evaluate", lambda X, y: next(told))

    history = nn.fit(
        net,
        *data,
        nn.SGD(0.1),
        epochs=3,
        validation=data,
        callbacks=[lambda net, history: last.append(net.theta.copy())],
    )

    np.testing.assert_array_equal(net.theta, last[-1])
    assert history.best_epoch == 1
    assert history.stopped == "all 3 epochs done"


# --- callbacks -----------------------------------------------------------------------------------


def test_callbacks_are_called_in_order_after_every_epoch(data):
    """They are given the network and the history with that epoch's numbers in it."""
    net, calls = build(), []

    history = nn.fit(
        net,
        *data,
        nn.SGD(0.1),
        epochs=3,
        validation=data,
        callbacks=(
            lambda *args: calls.append(("a", args[0], len(args[1].val_loss))),
            lambda *args: calls.append(("b", args[0], len(args[1].train_loss))),
        ),
    )

    assert calls == [(name, net, epoch) for epoch in (1, 2, 3) for name in "ab"]
    assert history.stopped == "all 3 epochs done"


@pytest.mark.parametrize("yes", [True, np.True_])
def test_a_callback_that_returns_true_stops(yes, data):
    """A comparison of NumPy numbers is np.True_, and means the same."""
    calls = []

    history = nn.fit(
        build(),
        *data,
        nn.SGD(0.1),
        epochs=9,
        callbacks=[
            lambda net, h: yes if len(h.train_loss) == 2 else False,
            lambda net, h: calls.append(len(h.train_loss)),
        ],
    )

    assert calls == [1, 2]
    assert history.stopped == "a callback asked for it after epoch 2"


@pytest.mark.parametrize("other", [None, False, np.False_, 1, 0.5, "yes", [1], np.ones(3)])
def test_a_callback_that_returns_something_else_does_not_stop(other, data):
    """A plot or a list's append hands back things that are not meant as an answer."""
    history = nn.fit(build(), *data, nn.SGD(0.1), epochs=3, callbacks=[lambda net, h: other])

    assert len(history.train_loss) == 3


# --- divergence ----------------------------------------------------------------------------------


def regression(rng, dtype=np.float64, *between):
    """Return a network and data on which a large rate diverges."""
    X, y = rng.normal(size=(M, 4)), rng.normal(size=(M, 1))
    return nn.Network([nn.Dense(4, 5), *between, nn.Dense(5, 1)], nn.MSE(), dtype=dtype), X, y


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_divergence_stops_before_the_step_and_says_where(dtype, rng):
    """The weights stay finite, no warning is printed, and the history so far comes back."""
    net, X, y = regression(rng, dtype)
    by_hand = regression(np.random.default_rng(0), dtype)[0]

    history = nn.fit(net, X, y, nn.SGD(5.0), 8, epochs=500, rng=None)

    assert history.diverged
    assert not np.isfinite(history.step_loss[-1])
    assert np.isfinite(history.step_loss[:-1]).all()
    step, epoch = len(history.step_loss), len(history.train_loss) + 1
    assert history.stopped.startswith(f"diverged: the loss was {history.step_loss[-1]} at ")
    assert f"at step {step} (epoch {epoch}) with lr 5; try a tenth of it" in history.stopped
    assert np.isfinite(net.theta).all()
    optimizer = nn.SGD(5.0)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(step - 1):
            rows = slice(t % 3 * 8, t % 3 * 8 + 8)
            optimizer.step(by_hand.theta, by_hand.value_and_grad(X[rows], y[rows])[1])
    np.testing.assert_array_equal(net.theta, by_hand.theta)


def test_divergence_leaves_the_running_statistics_finite(rng):
    """They move in the forward, before the loss is known; one infinity would stay for ever."""
    net, X, y = regression(rng, np.float64, nn.BatchNorm(5), nn.ReLU())
    net.layers[-1].W = net.layers[-1].W * 1e200

    history = nn.fit(net, X, y, nn.SGD(0.1), epochs=3)

    assert history.diverged
    assert len(history.step_loss) == 1
    np.testing.assert_array_equal(net.buffers, [0] * 5 + [1] * 5)


def test_a_gradient_that_is_not_finite_stops_too():
    """A finite loss with an infinite slope would put infinity into the weights."""

    class Cliff(nn.Loss):
        def formula(self, z, y):
            return 1.0, np.full_like(z, INF)

    net = nn.Network([nn.Dense(1, 1)], Cliff())
    before = net.theta.copy()

    history = nn.fit(net, np.ones((4, 1)), np.ones((4, 1)), nn.SGD(0.1), epochs=3)

    assert history.diverged
    assert history.step_loss == [1.0]
    assert history.stopped.startswith("diverged: the gradient was not finite at step 1 (epoch 1)")
    np.testing.assert_array_equal(net.theta, before)


def test_after_a_divergence_the_best_weights_are_back(rng):
    """Early stopping keeps its promise whatever ends the training."""
    net, X, y = regression(rng)
    kept = []
    rates = [1e-3, 1e-3, 1e-3, 1e3]

    history = nn.fit(
        net,
        X,
        y,
        nn.SGD(lambda t: rates[min(t // 3, 3)]),
        8,
        epochs=500,
        patience=400,
        validation=(X, y),
        callbacks=[lambda net, h: kept.append(net.theta.copy())],
    )

    assert history.diverged
    assert history.best_epoch == 3
    assert history.stopped.endswith("; the weights of epoch 3 are back")
    np.testing.assert_array_equal(net.theta, kept[2])


# --- Ctrl-C --------------------------------------------------------------------------------------


class Interrupting(nn.Layer):
    """Pass x on, but for one time, when Ctrl-C comes."""

    def __init__(self, at):
        """Take the number of the forward that is interrupted."""
        self.at, self.calls = at, 0

    def forward(self, x):
        """Return x, or don't."""
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt
        return x

    def backward(self, da):
        """Return da."""
        return da


def when(call, nth):
    """Return a function that raises KeyboardInterrupt at its nth call."""
    calls = []

    def function(*args):
        calls.append(None)
        if len(calls) == nth:
            raise KeyboardInterrupt
        return call(*args)

    return function


WHERE = {  # settings of fit, epoch, steps done, epochs with a training loss, with a validation loss
    "callback": (lambda: {"callbacks": [when(lambda *_: None, 2)]}, 2, 6, 2, 2),
    "clip": (lambda: {"clip": when(lambda g: None, 5)}, 2, 4, 1, 1),
    "metric": (lambda: {"metric": when(nn.accuracy, 2)}, 2, 6, 2, 2),
}


def check_usable(net, X, y, history):
    """Check that the network predicts and trains, and the history prints."""
    assert np.isfinite(net.theta).all()
    assert np.isfinite(net.buffers).all()
    assert np.isfinite(net.evaluate(X, y))
    assert net.training
    assert "interrupted" in str(history)
    assert len(nn.fit(net, X, y, nn.SGD(0.1), epochs=2).train_loss) == 2


@pytest.mark.parametrize("where", WHERE)
def test_ctrl_c_hands_back_a_network_and_a_history(where, data):
    """An hour of training must not be lost to an impatient moment."""
    settings, epoch, steps, trained, validated = WHERE[where]
    net, adam = build_fickle(), nn.Adam()
    nn.fit(net, *data, adam, None, epochs=1)  # one step, which the next fit must not count

    history = nn.fit(net, *data, adam, 8, epochs=4, validation=data, **settings())

    assert history.stopped == f"interrupted in epoch {epoch}, after {steps} steps"
    assert adam.t == steps + 1
    assert (len(history.train_loss), len(history.val_loss)) == (trained, validated)
    assert not history.diverged
    check_usable(net, *data, history)


@pytest.mark.parametrize("at", [1, 2, 5, 8])
def test_ctrl_c_in_the_middle_of_a_forward_undoes_it(at, data):
    """Statistics and generator go back to the last step that was taken."""
    layers = [nn.Dense(4, 5), nn.BatchNorm(5), nn.Dropout(0.3), Interrupting(at), nn.Dense(5, 1)]
    net = nn.Network(layers, nn.LogLoss())
    twin = nn.Network(
        [nn.Dense(4, 5), nn.BatchNorm(5), nn.Dropout(0.3), nn.Dense(5, 1)], nn.LogLoss()
    )
    optimizer = nn.SGD(0.1)
    for t in range(at - 1):
        rows = slice(t % 3 * 8, t % 3 * 8 + 8)
        optimizer.step(twin.theta, twin.value_and_grad(data[0][rows], data[1][rows])[1])

    history = nn.fit(net, *data, nn.SGD(0.1), 8, epochs=4, rng=None)

    assert history.stopped == f"interrupted in epoch {1 + (at - 1) // 3}, after {at - 1} steps"
    np.testing.assert_array_equal(net.theta, twin.theta)
    np.testing.assert_array_equal(net.buffers, twin.buffers)
    assert net.rng.bit_generator.state == twin.rng.bit_generator.state
    check_usable(net, *data, history)


def test_a_real_signal_is_caught(data, ctrl_c):
    """Ctrl-C is SIGINT, which Python turns into KeyboardInterrupt: no other handler is needed."""
    net = build()

    history = nn.fit(
        net,
        *data,
        nn.SGD(0.1),
        epochs=50,
        callbacks=[lambda net, h: ctrl_c() if len(h.lr) == 3 else None],
    )

    assert history.stopped == "interrupted in epoch 3, after 3 steps"
    check_usable(net, *data, history)


def test_after_ctrl_c_the_best_weights_are_back(data, monkeypatch):
    """Patience is a promise about what comes back."""
    net, kept = build_fickle(), []
    told = iter([3, 2, 4, 4])
    monkeypatch.setattr(net, "evaluate", lambda X, y: next(told))

    def keep(net, history):
        kept.append((net.theta.copy(), net.buffers.copy()))
        if len(kept) == 4:
            raise KeyboardInterrupt

    history = nn.fit(
        net, *data, nn.SGD(0.1), epochs=9, validation=data, patience=5, callbacks=[keep]
    )

    assert history.stopped.startswith("interrupted in epoch 4, after ")
    assert history.stopped.endswith("; the weights of epoch 2 are back")
    np.testing.assert_array_equal(net.theta, kept[1][0])
    np.testing.assert_array_equal(net.buffers, kept[1][1])


def test_ctrl_c_in_the_validation_leaves_a_history_that_prints(data, monkeypatch):
    """An epoch without its validation loss is a row with a gap, not an IndexError."""
    net = build()
    monkeypatch.setattr(net, "evaluate", when(lambda X, y: 0.25, 2))

    history = nn.fit(net, *data, nn.SGD(0.1), epochs=9, validation=data)

    assert (len(history.train_loss), len(history.val_loss)) == (2, 1)
    first, second = str(history).splitlines()[1:3]
    assert first.split()[-1] == "0.25"
    assert second.split()[-1] == "-"


def test_another_error_in_a_callback_is_not_swallowed(data):
    """A bug in the caller's code must be seen, not called an interruption."""

    def broken(net, history):
        raise RuntimeError("my own bug")

    with pytest.raises(RuntimeError, match="my own bug"):
        nn.fit(build(), *data, nn.SGD(0.1), callbacks=[broken])


# --- the history ---------------------------------------------------------------------------------


def test_the_history_is_a_table(data):
    """A learner reads it at once: a row for each epoch, and why it ended."""
    history = nn.fit(build(), *data, nn.SGD(0.1), epochs=2, validation=data, metric=nn.accuracy)

    head, *rows, end = str(history).splitlines()
    assert head.split() == ["epoch", "train", "loss", "lr", "val", "loss", "val", "metric"]
    for i, row in enumerate(rows):
        epoch, *numbers = map(float, row.split())
        series = (history.train_loss, history.lr, history.val_loss, history.val_metric)
        assert epoch == i + 1
        np.testing.assert_allclose(numbers, [s[i] for s in series], rtol=1e-3, atol=0)
    assert end == "stopped: all 2 epochs done"
    assert repr(history) == str(history)


@pytest.mark.parametrize(
    ("epochs", "shown"),
    [(1, [1]), (10, list(range(1, 11))), (11, [1, 2, 3, 4, 5, 7, 8, 9, 10, 11])],
)
def test_a_long_table_shows_ten_epochs_with_the_first_and_the_last(epochs, shown, data):
    """A thousand rows tell less than ten."""
    history = nn.fit(build(), *data, nn.SGD(0.1), None, epochs)

    head, *rows, _ = str(history).splitlines()
    assert [int(row.split()[0]) for row in rows] == shown
    assert head.split() == ["epoch", "train", "loss", "lr"]


def test_fits_defaults_are_the_documented_ones(rng):
    """Batches of 32, ten epochs, shuffled with seed 0: the help says so, and exercises count on."""
    X, y = rng.normal(size=(66, 4)), np.ones((66, 1))

    short = nn.fit(build(), X, y, nn.SGD(0.1))

    written_out = nn.fit(build(), X, y, nn.SGD(0.1), batch_size=32, epochs=10, rng=0)
    assert short.step_loss == written_out.step_loss
    assert len(short.step_loss) == 30
    assert short.diverged is False


def test_data_that_float32_cannot_hold_are_refused_before_anything(rng):
    """y = 1e300 would be infinite in the network's dtype: said at the door, not in a step."""
    net = nn.Network([nn.Dense(4, 1)], nn.MSE(), dtype=np.float32).eval()

    with pytest.raises(ValueError, match="NaN or infinity in y"):
        nn.fit(net, rng.normal(size=(5, 4)), np.full((5, 1), 1e300), nn.SGD(0.1))

    assert not net.training


def test_a_history_of_nothing_prints_too():
    """It is what a callback may meet, or a training that diverges at once."""
    assert str(nn.History()).splitlines()[-1] == "stopped: not started"


def test_seconds_count_from_the_start(data):
    """They are for the axis of a plot: one for each epoch, growing."""
    seconds = nn.fit(build(), *data, nn.SGD(0.1), epochs=4).seconds

    assert len(seconds) == 4
    assert 0 < seconds[0] < seconds[1] < seconds[2] < seconds[3] < 60


def test_training_happens_in_training_mode(data):
    """After an evaluation by hand, dropout and batch norm must be on again."""
    evaluated, fresh = build_fickle().eval(), build_fickle()

    one = nn.fit(evaluated, *data, nn.SGD(0.1))
    other = nn.fit(fresh, *data, nn.SGD(0.1))

    assert evaluated.training
    assert one.step_loss == other.step_loss


# --- the progress bar ----------------------------------------------------------------------------


@pytest.fixture
def bars(monkeypatch):
    """Put a bar that only counts in tqdm's place, and return the bars made."""
    made = []

    class Bar:
        def __init__(self, total, unit):
            self.total, self.unit, self.n, self.closed = total, unit, 0, False
            made.append(self)

        def update(self):
            self.n += 1

        def close(self):
            self.closed = True

    module = types.ModuleType("tqdm.auto")
    module.tqdm = Bar
    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", module)
    return made


@pytest.mark.parametrize("batch_size", [None, 8, 50])
def test_the_bar_counts_steps(batch_size, data, bars):
    """A bar that ends at 97 %, or that is left open, looks like a fault."""
    history = nn.fit(build(), *data, nn.SGD(0.1), batch_size, epochs=3, progress=True)

    (bar,) = bars
    assert bar.total == bar.n == len(history.step_loss)
    assert bar.unit == "step"
    assert bar.closed


def test_no_bar_is_drawn_unless_asked_for(data, bars):
    """Lines of progress in every notebook's output would be noise."""
    nn.fit(build(), *data, nn.SGD(0.1))

    assert not bars


def test_the_bar_is_closed_whatever_happens(data, bars):
    """An open bar goes on drawing over what comes after."""
    nn.fit(build(), *data, nn.SGD(0.1), progress=True, callbacks=[when(None, 1)])
    with pytest.raises(ZeroDivisionError):
        nn.fit(build(), *data, nn.SGD(0.1), progress=True, callbacks=[lambda net, h: 1 / 0])

    assert [bar.closed for bar in bars] == [True, True]


def test_without_tqdm_a_sentence_says_what_to_install(data, monkeypatch):
    """tqdm is no dependency of nnlib; whoever asks for a bar learns what it takes."""
    net = build().eval()
    before = net.theta.copy()
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)

    with pytest.raises(ImportError, match=r"^progress=True draws with tqdm: pip install tqdm$"):
        nn.fit(net, *data, nn.SGD(0.1), progress=True)

    np.testing.assert_array_equal(net.theta, before)
    assert not net.training


# --- what is counted -----------------------------------------------------------------------------


@st.composite
def two_labellings(draw):
    """Return k, and two vectors of labels below k of the same length."""
    k, m = draw(st.integers(1, 5)), draw(st.integers(1, 30))
    labels = st.lists(st.integers(0, k - 1), min_size=m, max_size=m)
    return k, draw(labels), draw(labels)


@settings(deadline=None)
@given(two_labellings())
def test_accuracy_and_the_confusion_matrix_count(labellings):
    """Rows are the true classes: the transposed matrix would swap recall and precision."""
    k, predicted, y = labellings

    counts = nn.confusion_matrix(np.array(predicted), np.array(y), k)

    pairs = list(zip(y, predicted, strict=True))
    assert counts.tolist() == [[pairs.count((i, j)) for j in range(k)] for i in range(k)]
    hits = sum(one == other for one, other in pairs)
    assert nn.accuracy(predicted, y) == hits / len(y)
    assert np.trace(counts) == hits


def test_accuracy_takes_columns_too(data):
    """Predictions of a network with log loss are (m, 1), as its y is."""
    net, (X, y) = build(), data

    assert nn.accuracy(net.predict(X), y) == float((net.predict(X) == y).sum() / M)
