"""Chapter 08's lab: its numbers, and what it says on each side of 2/λmax."""

import numpy as np
import pytest

import nnlib as nn
from nnlab.labs.chapter08 import (
    BOWL,
    CURVATURES,
    RAVINE,
    REAL,
    SADDLE,
    STEPS,
    SURFACES,
    descend,
    gradient,
    learning_rate,
    patients,
    say_descent,
    sharpness,
    surface,
    walk,
)

POINTS = [(1.0, 0.5), (-2.3, 1.7), (0.2, 3.8)]


@pytest.mark.parametrize("kind", SURFACES)
@pytest.mark.parametrize("point", POINTS)
def test_the_gradient_is_that_of_the_surface(kind, point):
    """The path would not be one of gradient descent."""
    height = lambda w: float(surface(kind, w[:, None])[0])  # noqa: E731

    numeric = nn.numerical_gradient(height, np.array(point))

    found = gradient(kind, np.array(point)[:, None])[:, 0]
    np.testing.assert_allclose(found, numeric, rtol=0, atol=1e-8)


def test_the_real_loss_is_the_library_s():
    """The lab would show another loss than the one it names."""
    x, y = patients()
    layers = [nn.Dense(1, 1, bias=False), nn.Tanh(), nn.Dense(1, 1, bias=False)]
    net = nn.Network(layers, loss=nn.MSE())
    net.theta[:] = [1.3, -0.4]
    w = np.array([[1.3], [-0.4]])

    loss, grad = net.value_and_grad(x, y)

    np.testing.assert_allclose(surface(REAL, w)[0], loss, rtol=1e-12)
    np.testing.assert_allclose(gradient(REAL, w)[:, 0], grad, rtol=1e-12)


@pytest.mark.parametrize("kind", CURVATURES)
def test_sharpness_is_the_largest_curvature(kind):
    """The mark on the learning rates would stand at the wrong place."""
    found = sharpness(kind, np.array(POINTS).T)

    np.testing.assert_allclose(found, max(CURVATURES[kind]), rtol=1e-6)


def test_sharpness_of_the_real_loss_is_the_largest_eigenvalue():
    """The moving limit would be a wrong one."""
    w, h = np.array([[0.2], [3.8]]), 1e-5
    moves = [np.array([[h], [0.0]]), np.array([[0.0], [h]])]
    columns = [(gradient(REAL, w + d) - gradient(REAL, w - d)) / (2 * h) for d in moves]

    largest = np.linalg.eigvalsh(np.hstack(columns))[-1]

    np.testing.assert_allclose(sharpness(REAL, w)[0], largest, rtol=1e-6)


@pytest.mark.parametrize("kind", [BOWL, RAVINE])
@pytest.mark.parametrize(("share", "settles"), [(0.98, True), (1.02, False)])
def test_the_limit_is_where_the_path_begins_to_grow(kind, share, settles):
    """The bound would be contradicted by the picture."""
    limit = 2 / max(CURVATURES[kind])

    path = descend(kind, share * limit, (1.0, 1.0))[:, 1, 0]

    assert (abs(path[-1]) < abs(path[0])) == settles


def test_the_path_is_what_the_optimizer_of_the_library_does():
    """The lab would show another algorithm."""
    theta = np.array([-2.0, 3.5])
    optimizer = nn.SGD(lr=0.3)
    for _ in range(STEPS):
        optimizer.step(theta, gradient(REAL, theta[:, None])[:, 0])

    np.testing.assert_allclose(descend(REAL, 0.3, (-2.0, 3.5))[-1, :, 0], theta, rtol=1e-10)


@pytest.mark.parametrize(
    ("kind", "lr", "start", "said"),
    [
        (BOWL, 0.1, (-2.0, 3.5), "Both shrink smoothly"),
        (BOWL, 0.7, (-2.0, 3.5), "zigzags, and converges"),
        (BOWL, 1.0, (-2.0, 3.5), "Exactly at the limit"),
        (BOWL, 1.1, (-2.0, 3.5), "diverges"),
        (RAVINE, 0.6, (-2.0, 3.5), "diverges"),
        (SADDLE, 0.1, (-2.0, 0.0), "exactly 0 and stays there"),
        (SADDLE, 0.1, (-2.0, 0.1), "no minimum"),
        (REAL, 0.01, (0.2, 3.8), "fell at every step"),
        (REAL, 0.1, (0.2, 3.8), "above the limit of the start, and yet"),
        (REAL, 0.1, (-0.5, 3.5), "crossed places"),
        (REAL, 2.0, (0.2, 3.8), "It diverges"),
    ],
)
def test_each_regime_is_named(kind, lr, start, said):
    """A reader would see a curve and no reason."""
    assert said in say_descent(walk(kind, lr, start))


@pytest.mark.parametrize("kind", SURFACES)
def test_no_learning_rate_breaks_the_lab(kind):
    """The slider would end in an error, or in a warning, where it diverges."""
    lab = learning_rate()
    lab.surface = kind

    for lr in (0.01, 0.1, 1.0, 3.16):
        lab.lr = lr
        assert lab.error is None
        assert "can't be drawn" not in lab.reading
    assert lab.picture().startswith(b"\x89PNG")


def test_moving_the_learning_rate_changes_picture_and_reading():
    """The control could be without effect."""
    lab = learning_rate()
    before, path = lab.reading, lab.numbers["path"].copy()

    lab.lr = 0.7

    assert lab.reading != before
    assert not np.array_equal(lab.numbers["path"], path)
