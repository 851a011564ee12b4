"""What the checks take for the truth is itself held to peers."""

import autograd
import autograd.numpy as anp
import numpy as np
import scipy.special

from nnlab.checks.oracles import dense, relu, slopes, softplus, weighed


def test_slopes_agree_with_a_peer_to_the_last_digits(rng):
    """Every check of a gradient would be held to a wrong one."""
    x, W, b, up = (rng.normal(size=s) for s in ((3, 2), (2, 4), (4,), (3, 4)))

    found = slopes(
        lambda W, b: weighed(up, [[relu(z) ** 3 for z in r] for r in dense(x, W, b)]), W, b
    )

    loss = lambda W, b: anp.sum(up * anp.maximum(x @ W + b, 0) ** 3)  # noqa: E731
    for i, ours in enumerate(found):
        np.testing.assert_allclose(ours, autograd.grad(loss, i)(W, b), rtol=1e-13, atol=1e-14)


def test_slopes_see_each_entry_alone():
    """A slope that went to its neighbour would be found wherever all entries are alike."""
    first, second = slopes(lambda a, b: a[0, 1] * b[2] ** 2, np.full((1, 2), 5.0), np.arange(4.0))

    np.testing.assert_array_equal(first, [[0, 4]])
    np.testing.assert_array_equal(second, [0, 0, 20, 0])


def test_softplus_holds_in_both_tails():
    """Losses at extreme logits would overflow, or lose their slope."""
    z = np.array([-800.0, -40.0, -1.0, 0.0, 1.0, 40.0, 800.0])

    value = [softplus(complex(t)).real for t in z]
    slope = [slopes(lambda t: softplus(t[0]), np.array([t]))[0][0] for t in z]

    np.testing.assert_allclose(value, np.logaddexp(0, z), rtol=1e-15, atol=1e-16)
    np.testing.assert_allclose(slope, scipy.special.expit(z), rtol=1e-14, atol=0)
