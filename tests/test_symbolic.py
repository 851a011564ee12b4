"""The symbolic twin against backprop, against SymPy's own derivative, and against bad input."""

import itertools
import re

import numpy as np
import pytest
import sympy as sp

import nnlib as nn
from nnlib import symbolic
from nnlib.symbolic import agreement, twin
from nnlib.symbolic_rules import Names, Rule, entries, exact, relu, rule, step

# name: (what stands behind a dense layer of n units)
LAYERS = {
    "nothing": lambda n: [],
    "dense_without_bias": lambda n: [nn.Dense(n, n, bias=False)],
    "sigmoid": lambda n: [nn.Sigmoid()],
    "tanh": lambda n: [nn.Tanh()],
    "relu": lambda n: [nn.ReLU()],
    "leaky_relu": lambda n: [nn.LeakyReLU(0.1)],
    "gelu": lambda n: [nn.GELU()],
    "dropout": lambda n: [nn.Tanh(), nn.Dropout(0.4)],
    "batch_norm": lambda n: [nn.BatchNorm(n), nn.Tanh()],
    "layer_norm": lambda n: [nn.LayerNorm(n, eps=0.1), nn.Tanh()],  # of 2: nearly a jump
    "residual": lambda n: [nn.Residual(nn.Dense(n, n), nn.Tanh())],
}
LOSSES = {
    "mse": nn.MSE,
    "mae": nn.MAE,
    "huber": lambda: nn.Huber(0.7),
    "log_loss": nn.LogLoss,
    "log_loss_weighted": lambda: nn.LogLoss(2.5),
    "cross_entropy": nn.CrossEntropy,
    "cross_entropy_smoothed": lambda: nn.CrossEntropy(0.1),
    "cross_entropy_weighted": lambda: nn.CrossEntropy(0.2, np.array([0.5, 2.0])),
}
# each layer and each loss at least once, for what is slower than `agreement`
COVER = list(itertools.zip_longest(LAYERS, LOSSES))
COVER = [(layer, loss or list(LOSSES)[i % 3 + 4]) for i, (layer, loss) in enumerate(COVER)]


def make(layer, loss, widths=(2, 2, 2), penalty=None):
    """Build a network: the layer behind every dense layer but the last."""
    inner = [[nn.Dense(a, b), *LAYERS[layer](b)] for a, b in itertools.pairwise(widths[:-1])]
    last = nn.Dense(widths[-2], widths[-1])
    net = nn.Network([*itertools.chain(*inner), last], LOSSES[loss](), seed=1, penalty=penalty)
    net.theta += 0.1 * np.random.default_rng(2).normal(size=net.theta.size)
    return net


def data(net, rng, m=3):
    """Draw examples, and targets that the network's loss can have."""
    X, y = rng.normal(size=(m, net.n_in)), rng.normal(size=(m, net.n_out))
    if isinstance(net.loss, nn.LogLoss):
        return X, rng.random(size=y.shape)
    if isinstance(net.loss, nn.CrossEntropy):
        return X, rng.integers(0, net.n_out, m)
    return X, y


def settled(net, X, y):
    """Return backprop's value and gradient, with dropout's masks left for the twin to see."""
    with net.frozen():
        value, grad = net.value_and_grad(X, y)
    return value, grad.copy()


def run(equations, numbers):
    """Work through equations in order, with numbers; return {symbol: number}."""
    values = dict(numbers)
    for symbol, expr in equations.pairs.items():
        values[symbol] = float(expr.subs(values))
    return values


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("layer", LAYERS)
def test_twin_differences_and_backprop_agree_on_2_2_2(layer, loss, rng):
    """A wrong formula in any layer or loss, of the library or of the twin, would go unseen."""
    net = make(layer, loss)

    found = agreement(net, *data(net, rng))

    assert found.ok, str(found)


@pytest.mark.parametrize("loss", LOSSES)
def test_value_is_the_networks(loss, rng):
    """A wrong constant in a loss has no gradient, so it would show in no derivative."""
    net = make("tanh", loss, penalty=nn.L1(0.3))
    net.layers[-1].b = np.array([2.0, -1.0])  # far from the targets, beyond Huber's corner
    X, y = data(net, rng)

    values = [twin(net).value_and_grad(X, y, whole=whole)[0] for whole in (False, True)]

    np.testing.assert_allclose(values, settled(net, X, y)[0], rtol=1e-13, atol=0)


def test_whole_is_another_way_to_the_numbers(rng):
    """The judge would be the accused: SymPy's own derivative would not be asked."""
    net = make("tanh", "mse", (1, 1, 1))
    X, y = data(net, rng)
    t = twin(net)

    t.value_and_grad(X, y)
    asked_before = "_whole_program" in vars(t)
    t.value_and_grad(X, y, whole=True)

    assert not asked_before
    assert "_whole_program" in vars(t)


def test_the_numbers_don_t_rest_on_what_is_written_for_the_reader(rng):
    """A wrong slope in a rule's `known` would then be on the page and in its own judge."""

    class Double(nn.Layer):
        def forward(self, z):
            return 2 * z

        def backward(self, da):
            return 2 * da

    rule.register(Double, lambda layer, x, names: Rule(2 * x, known=lambda a: 7 * sp.eye(len(a))))
    net = nn.Network([nn.Dense(2, 2), Double(), nn.Dense(2, 1)], nn.MSE(), seed=0)
    X, y = data(net, rng)

    t = twin(net)

    np.testing.assert_allclose(t.value_and_grad(X, y)[1], settled(net, X, y)[1], rtol=1e-13)
    assert t.links("dense1.b").links[2].jacobian == 7 * sp.eye(2)


def test_a_layer_may_leave_an_input_out(rng):
    """What the loss doesn't depend on has the gradient 0, and no symbol in the equations."""

    class First(nn.Layer):
        def forward(self, z):
            return np.repeat(z[:, :1], 2, axis=1)

        def backward(self, da):
            return np.stack([da.sum(axis=1), np.zeros(len(da))], axis=1)

    rule.register(First, lambda layer, x, names: Rule(sp.Matrix([[x[0], x[0]]])))
    net = nn.Network([nn.Dense(2, 2), First(), nn.Dense(2, 1)], nn.MSE(), seed=0)

    found = agreement(net, *data(net, rng, m=1))

    assert found.ok, str(found)
    assert found.rows[1]["twin"] == 0


@pytest.mark.parametrize("m", [1, 2, 3])
def test_a_twin_for_one_takes_any_number_of_rows(m, rng):
    """Two examples are the first batch, and not two of one."""
    net = make("tanh", "cross_entropy")
    X, y = data(net, rng, m=m)

    _, found = twin(net).value_and_grad(X, y)

    np.testing.assert_allclose(found, settled(net, X, y)[1], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("symbol", "text"),
    [
        (r"\hat{x}_{12}^{(1)}", "x̂_12^(1)"),
        (r"\bar{\mu}_{1}^{(2)}", "μ̄_1^(2)"),
        (r"\bar{v}_{1}^{(2)}", "v̄_1^(2)"),
        (r"\gamma_{1}", "γ_1"),
        (r"\beta_{1}", "β_1"),
        (r"\delta_{1}", "δ_1"),
        (r"\mu_{1}", "μ_1"),
        (r"\sigma_{1}", "σ_1"),
    ],
)
def test_a_terminal_shows_letters_not_latex(symbol, text):
    """A printed equation would be full of backslashes."""
    assert symbolic.typed(sp.Symbol(symbol)) == text


@pytest.mark.parametrize(
    ("name", "bar"), [("z_{1}", r"\delta_{1}"), ("a_{1}", "da_{1}"), ("w_{1}", "dw_{1}")]
)
def test_a_bar_is_a_real_number_too(name, bar):
    """SymPy would not simplify |δ| and the like, nor find the symbol that a reader makes."""
    assert symbolic.bar_of(sp.Symbol(name, real=True)) == sp.Symbol(bar, real=True)


def test_blocks_are_nodes_with_a_number():
    """Two blocks in one network would have one name."""
    t = twin(make("residual", "mse", (1, 1, 1, 1)))

    assert [node.name for node in t.nodes] == [
        *["dense1", "dense2", "tanh1", "residual1"],
        *["dense3", "dense4", "tanh2", "residual2"],
        *["dense5", "loss"],
    ]


def test_a_twin_may_have_as_many_symbols_as_the_limit_says():
    """18·10 weights, 10 biases and 10 outputs are 200."""
    t = twin(nn.Network([nn.Dense(18, 10)], nn.MSE()))

    assert sum(map(len, t.parameters.values())) + len(t.logits) == symbolic.LIMIT == 200


def test_a_batch_in_one_twin_agrees(rng):
    """Masks differ from example to example, running statistics don't."""
    layers = [nn.Dense(2, 2), nn.BatchNorm(2), nn.Tanh(), nn.Dropout(0.4), nn.Dense(2, 1)]
    net = nn.Network(layers, nn.MSE(), seed=1)
    X, y = data(net, rng)

    assert agreement(net, X, y).ok

    net.eval()
    value, grad = settled(net, X, y)
    found = twin(net, m=3).value_and_grad(X, y)

    np.testing.assert_allclose(found[0], value, rtol=1e-13, atol=0)
    np.testing.assert_allclose(found[1], grad, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "log_loss"])
def test_2_2_1_agrees(loss, rng):
    """The network that the notebooks work by hand would be wrong."""
    net = make("sigmoid", loss, (2, 2, 1))

    assert agreement(net, *data(net, rng)).ok


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("layer", LAYERS)
def test_3_4_3_2_agrees(layer, loss, rng):
    """Two hidden layers of unequal widths would show a transposed or misplaced index."""
    net = make(layer, loss, (3, 4, 3, 2))

    found = agreement(net, *data(net, rng))

    assert found.ok, str(found)


@pytest.mark.parametrize(("layer", "loss"), [c for c in COVER if c[0] != "batch_norm"])
def test_derivative_of_the_whole_expression_is_backprops(layer, loss, rng):
    """The chain rule written here could share its mistake with backprop; SymPy's can't."""
    net = make(layer, loss, penalty=nn.L2(0.1))
    X, y = data(net, rng)

    assert agreement(net, X, y, whole=True).ok


def test_derivative_of_the_whole_expression_through_batch_norm(rng):
    """Nested means and variances over the batch are the expressions most easily got wrong."""
    net = nn.Network([nn.Dense(1, 1), nn.BatchNorm(1), nn.Dense(1, 1)], nn.MSE(), seed=3)

    assert agreement(net, *data(net, rng), whole=True).ok


@pytest.mark.parametrize("layer", ["batch_norm", "dropout"])
def test_evaluation_mode_agrees(layer, rng):
    """Running statistics and silent dropout are a network of their own."""
    net = make(layer, "mse")
    net.forward(rng.normal(size=(5, 2)))  # moves the running statistics off 0 and 1
    X, y = data(net.eval(), rng)

    assert agreement(net, X, y).ok
    assert agreement(net, X, y, whole=True).ok
    assert "mask" not in str(twin(net).given)


@pytest.mark.parametrize("penalty", [nn.L1(0.3), nn.L2(0.3)])
def test_penalties_reach_weights_and_no_biases(penalty, rng):
    """The objective's gradient would lack its penalty, or biases would be penalised."""
    net = make("tanh", "mse", penalty=penalty)
    X, y = data(net, rng)
    value, grad = settled(net, X, y)
    t = twin(net)

    by_links, by_whole = t.value_and_grad(X, y), t.value_and_grad(X, y, whole=True)

    assert agreement(net, X, y).ok
    for found in (by_links, by_whole):
        np.testing.assert_allclose(found[0], value, rtol=1e-12, atol=0)
        np.testing.assert_allclose(found[1], grad, rtol=1e-12, atol=1e-14)


# --- what agreement must reject ---


class FlippedTanh(nn.Tanh):
    """A backward pass with the wrong sign."""

    def backward(self, da):
        """Return minus what it should."""
        return -super().backward(da)


class WeightlessDense(nn.Dense):
    """A backward pass that forgets dW."""

    def backward(self, dz):
        """Leave dW at 0."""
        dx = super().backward(dz)
        self.dW = np.zeros_like(self.W)
        return dx


@pytest.mark.parametrize(
    ("layers", "wrong"),
    [
        (lambda: [nn.Dense(2, 2), FlippedTanh(), nn.Dense(2, 2)], "look at dense1.W, dense1.b ("),
        (
            lambda: [nn.Dense(2, 2), nn.Tanh(), WeightlessDense(2, 2)],
            "look at weightlessdense1.W (",
        ),
    ],
)
def test_agreement_names_the_parameter_with_a_wrong_gradient(layers, wrong, rng):
    """A checker that can't fail is a defect."""
    net = nn.Network(layers(), nn.MSE())
    X, y = data(net, rng)

    found = agreement(net, X, y)

    assert not found
    assert wrong in str(found)
    assert " !" in str(found)


def test_agreement_rejects_a_tiny_error(rng, monkeypatch):
    """A relative error of 1e-9 is no rounding, and differences alone can't see it."""
    net = make("tanh", "mse")
    backward = nn.Tanh.backward
    monkeypatch.setattr(nn.Tanh, "backward", lambda self, da: backward(self, da) * (1 + 1e-9))

    found = agreement(net, *data(net, rng))

    assert not found.ok
    assert nn.gradient_check(net, *data(net, rng)).ok


def test_agreement_rejects_an_objective_that_moved(rng, monkeypatch):
    """Twin and backprop may agree on the gradient of something that isn't the objective."""
    net = make("tanh", "mse")
    monkeypatch.setattr(net, "value", lambda X, y: 2 * nn.Network.value(net, X, y))

    assert not agreement(net, *data(net, rng)).ok


def test_agreement_prints_no_rounding_errors(rng):
    """Committed outputs would differ from machine to machine."""
    net = make("relu", "mse")
    net.theta[:] = 0.0  # all gradients but the last bias's vanish, up to their sign
    X, y = data(net, rng)

    found = agreement(net, X, y)

    assert "-0.000000" not in str(found)
    assert not re.search(r"\de-1[3-9]", str(found))
    assert "w_11^(1)" in str(found)
    assert 'scope="col"' in found._repr_html_()


def test_agreement_is_printed_with_its_tolerances():
    """A difference on the edge is none, one beyond it is marked, and nothing is minus zero."""
    rows = [
        (1.25, 1.25, 1.25, 1e-6, 1e-12),
        (-4e-7, 0.0, -4e-7, 1e-6, 1e-12),
        (0.75, 0.5, 0.25, 0.25, 0.1),
    ]
    keys = ("twin", "numeric", "backprop", "numeric_tol", "tol")
    entries_ = [
        {"entry": f"w_{i}", **dict(zip(keys, row, strict=True))} for i, row in enumerate(rows)
    ]

    found = symbolic.Agreement(entries_, "a title", False, ["a note"])

    assert str(found).splitlines() == [
        "a title",
        "entry  twin       differences  backprop   twin-differences  twin-backprop",
        "-------------------------------------------------------------------------",
        "w_0    +1.250000  +1.250000    +1.250000  < 1e-06           < 1e-12",
        "w_1    +0.000000  +0.000000    +0.000000  < 1e-06           < 1e-12",
        "w_2    +0.750000  +0.500000    +0.250000  < 2e-01           5e-01 !",
        "a note",
    ]


@pytest.mark.parametrize("size", [1e-3, 1e3])
def test_agreement_is_relative_to_large_gradients(size, rng):
    """Rounding grows with the numbers; a small gradient has 1e-12 in all."""
    net = make("nothing", "mse")
    net.theta *= min(1, size)
    X, y = data(net, rng)

    found = agreement(net, X, y * size)

    scales = {name: max(1, np.linalg.norm(net.grad[where])) for name, where in net.named.items()}
    assert (max(scales.values()) == 1) == (size < 1)
    for row in found.rows:
        scale = scales[row["parameter"]]
        np.testing.assert_allclose(row["tol"], 1e-12 * scale, rtol=1e-9, atol=0)
        np.testing.assert_allclose(row["numeric_tol"], 1e-6 * scale, rtol=1e-9, atol=0)
        np.testing.assert_allclose(row["numeric"], row["backprop"], rtol=1e-3, atol=1e-6 * scale)
    assert str(found).splitlines()[-1] == (
        "all three agree (twin and backprop to 1e-12, differences to 1e-06, of the norm)"
    )


def test_agreement_of_many_rows_needs_no_large_twin(rng):
    """A twin for 60 examples would be refused; only batch norm couples them."""
    net = make("tanh", "mse")

    found = agreement(net, *data(net, rng, m=60))

    assert found.ok
    assert "kink" not in str(found)


def test_agreement_goes_the_way_that_was_asked_for(rng, monkeypatch):
    """`whole` is the judge of the chain rule; the default stays quick."""
    net = make("tanh", "mse", (1, 1, 1))
    X, y = data(net, rng)
    asked, compute = [], symbolic.Twin.value_and_grad

    def spy(self, *args, **options):
        asked.append(options["whole"])
        return compute(self, *args, **options)

    monkeypatch.setattr(symbolic.Twin, "value_and_grad", spy)

    agreement(net, X, y)
    agreement(net, X, y, whole=True)

    assert asked == [False, True]


def test_agreement_puts_everything_back(rng):
    """A look at the gradient would change the training that follows."""
    net = make("batch_norm", "mse")
    before = net.theta.copy(), net.buffers.copy(), net.rng.bit_generator.state

    agreement(net, *data(net, rng))

    assert np.array_equal(net.theta, before[0])
    assert np.array_equal(net.buffers, before[1])
    assert net.rng.bit_generator.state == before[2]


# --- kinks ---


@pytest.mark.parametrize("layer", ["relu", "leaky_relu"])
@pytest.mark.parametrize("loss", ["mse", "mae"])
@pytest.mark.parametrize("whole", [False, True])
def test_conventions_at_kinks_are_the_librarys(layer, loss, whole):
    """ReLU'(0), LeakyReLU'(0) and |0|' would be another number than in training."""
    net = make(layer, loss)
    net.layers[0].W = np.eye(2)
    net.layers[0].b = np.zeros(2)
    X, y = np.zeros((1, 2)), net.forward(np.zeros((1, 2)))  # z = 0 behind, z - y = 0 in the loss
    y += np.array([[1.0, 0.0]])

    _, found = twin(net).value_and_grad(X, y, whole=whole)

    np.testing.assert_allclose(found, settled(net, X, y)[1], rtol=0, atol=1e-15)


def test_huber_at_its_corner_is_the_librarys():
    """Just at |r| = δ both pieces must give the same slope."""
    net = nn.Network([nn.Dense(1, 1)], nn.Huber(0.5))
    X, y = np.zeros((1, 1)), np.array([[0.5]])

    _, found = twin(net).value_and_grad(X, y)

    assert found.tolist() == settled(net, X, y)[1].tolist()


def test_agreement_tells_of_kinks():
    """A difference across a kink is no error of backprop."""
    net = nn.Network([nn.Dense(1, 2), nn.ReLU(), nn.Dense(2, 1)], nn.MSE(), seed=0)

    found = agreement(net, np.zeros((1, 1)), np.ones((1, 1)))

    assert "at a kink" in str(found)


def test_relu_and_step_are_sympys_piecewise():
    """The functions made for speed would mean something else than max(0, z)."""
    z = sp.Symbol("z", real=True)

    assert step(z).is_real
    assert relu(z).is_real
    assert relu(z).is_nonnegative
    assert relu(z).diff(z) == step(z)
    assert step(z).diff(z) == 0
    assert relu(z).rewrite(sp.Piecewise) == sp.Piecewise((z, z > 0), (0, True))
    assert step(z).rewrite(sp.Piecewise) == sp.Piecewise((1, z > 0), (0, True))
    assert [relu(v) for v in (-2, 0, 3)] == [0, 0, 3]
    assert [step(v) for v in (-2, 0, sp.Float(0.5), sp.sqrt(2))] == [0, 0, 1, 1]
    assert sp.latex(relu(z)) == r"\max\left(0, z\right)"
    assert sp.latex(step(z)) == r"\mathbf{1}_{z > 0}"
    assert sp.latex(relu(z) ** 2) == r"\max\left(0, z\right)^{2}"
    assert sp.latex(step(z) ** 2) == r"\mathbf{1}_{z > 0}^{2}"


# --- the forms: forward, gradient, links, reverse ---


def test_forward_expressions_are_the_networks_values(rng):
    """z[0], a[0], … would be another network's."""
    net = make("gelu", "mse", (2, 3, 1))
    X, y = data(net, rng, m=1)
    t = twin(net)

    z1, a1, z2 = (t.lambdify(e)(X) for e in (t.z[0], t.a[0], t.z[1]))

    np.testing.assert_allclose(z1, net.layers[0].forward(X), rtol=1e-14, atol=0)
    np.testing.assert_allclose(a1, net.layers[1].forward(z1), rtol=1e-14, atol=0)
    np.testing.assert_allclose(z2, net.forward(X), rtol=1e-14, atol=0)
    np.testing.assert_allclose(t.lambdify(t.loss)(X, y), net.value(X, y), rtol=1e-14, atol=0)


def test_substituting_numbers_gives_the_gradient(rng):
    """SymPy's subs and NumPy would disagree on the same expression."""
    net = make("tanh", "log_loss", (2, 2, 1))
    X, y = data(net, rng, m=1)
    settled(net, X, y)
    t = twin(net)

    entry = float(t.gradient("dense1.W", 1, 0).subs(t.numbers(X, y)))
    row = t.lambdify(t.gradient("dense1.b"))(X, y)

    np.testing.assert_allclose(entry, net.layers[0].dW[1, 0], rtol=1e-12, atol=0)
    np.testing.assert_allclose(row[0], net.layers[0].db, rtol=1e-12, atol=0)
    assert t.gradient("dense1.b", 1) == t.gradient("dense1.b")[0, 1]
    assert t.gradient("dense2.W", 1, 0) == t.gradient("dense2.W")[1, 0]
    assert t.gradient("dense1.b", 0, 1) == t.gradient("dense1.b")[0, 1]


def test_a_compiled_expression_takes_masks_and_gives_floats(rng):
    """A notebook that draws one mask would get the last one's, or an array without axes."""
    net = make("dropout", "mse")
    X, y = data(net, rng, m=1)
    t = twin(net)
    loss = t.lambdify(t.loss)

    kept, dropped = (loss(X, y, masks={"dropout1": np.full((1, 2), r)}) for r in (1, 0))

    assert isinstance(kept, float)
    assert kept != dropped == ((net.layers[-1].b - y) ** 2).mean()
    assert twin(make("tanh", "mse")).lambdify(sp.Matrix([[1, 2]]))(X).dtype == np.float64


def test_a_compiled_expression_overflows_in_silence():
    """A warning would stand in the notebook for a value that is right: 1/(1 + e^10000) is 0."""
    net = nn.Network([nn.Dense(1, 1), nn.Sigmoid()], nn.MSE())
    net.layers[0].W = np.array([[1.0]])
    t = twin(net)

    assert t.lambdify(t.a[0])(np.array([[-1e4]])) == 0


def test_numbers_of_another_theta(rng):
    """A loss slice would be drawn at the network's own parameters."""
    net = make("tanh", "mse")
    X, y = data(net, rng, m=1)
    other = rng.normal(size=net.theta.size)
    t = twin(net)

    found = t.lambdify(t.loss)(X, y, theta=other)

    net.theta[:] = other
    np.testing.assert_allclose(found, net.value(X, y), rtol=1e-13, atol=0)


@pytest.mark.parametrize(("layer", "loss"), COVER)
def test_links_multiply_to_the_gradient(layer, loss, rng):
    """The chain on the page would not be the chain rule."""
    net = make(layer, loss)
    m = 2 if layer == "batch_norm" else 1
    X, y = data(net, rng, m=m)
    _, grad = settled(net, X, y)
    t = twin(net, m=m)
    numbers = run(t.forward, t.numbers(X, y))

    for name, where in net.named.items():
        paths = t.paths(name)
        found = sum((chain.product for chain in paths), sp.zeros(*paths[0].shape))
        found = np.array(found.subs(numbers), dtype=float).ravel()

        np.testing.assert_allclose(found, grad[where], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(("layer", "loss"), COVER)
def test_reverse_form_is_the_gradient(layer, loss, rng):
    """Slopes written with a, t, x̂ and p for the reader would not be the derivatives."""
    net = make(layer, loss, penalty=nn.L1(0.2))
    m = 2 if layer == "batch_norm" else 1
    X, y = data(net, rng, m=m)
    _, grad = settled(net, X, y)
    t = twin(net, m=m)

    values = run(t.reverse, run(t.forward, t.numbers(X, y)))
    found = [values[symbolic.bar_of(w)] for name in net.named for w in t.parameters[name]]

    np.testing.assert_allclose(found, grad, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(
    ("layer", "reused"),
    [
        ("sigmoid", {"a_{1}^{(1)}"}),
        ("tanh", {"a_{1}^{(1)}"}),
        ("relu", {"a_{1}^{(1)}"}),
        ("leaky_relu", {"a_{1}^{(1)}", "z_{1}^{(1)}"}),
        ("gelu", {"a_{1}^{(1)}", "z_{1}^{(1)}", "t_{1}^{(1)}"}),
        ("dropout", {"a_{1}^{(1)}", "d_{1}^{(1)}", "r_{1}^{(1)}"}),
        ("batch_norm", {"a_{1}^{(1)}", r"\sigma_{1}^{(1)}", r"\hat{x}_{1}^{(1)}"}),
        ("nothing", {"z_{1}^{(1)}"}),
    ],
)
def test_reverse_form_shows_what_is_reused(layer, reused):
    """A reader would cache z for a sigmoid, or miss it for a GELU."""
    net = nn.Network([nn.Dense(1, 1), *LAYERS[layer](1), nn.Dense(1, 1)], nn.LogLoss())
    mode = "eval" if layer == "batch_norm" else "train"

    found = {str(s) for s in twin(net, mode=mode).reverse.reused}

    assert found == {"x_{1}", "p_{1}"} | reused


def test_links_read_as_on_a_whiteboard():
    """The LaTeX would show internal names, or the links in another order."""
    t = twin(make("tanh", "log_loss", (2, 2, 1)))
    chain = t.links("dense1.W")

    assert [(link.of, link.by) for link in chain] == [
        ("L", "z^{(2)}"),
        ("z^{(2)}", "a^{(1)}"),
        ("a^{(1)}", "z^{(1)}"),
        ("z^{(1)}", "w^{(1)}"),
    ]
    assert len(chain) == 4
    assert chain.latex() == (
        r"\frac{\partial L}{\partial w^{(1)}} = \frac{\partial L}{\partial z^{(2)}} \cdot "
        r"\frac{\partial z^{(2)}}{\partial a^{(1)}} \cdot \frac{\partial a^{(1)}}{\partial z^{(1)}}"
        r" \cdot \frac{\partial z^{(1)}}{\partial w^{(1)}}"
    )
    assert chain._repr_latex_() == rf"$\displaystyle {chain.latex()}$"
    assert chain.links[0]._repr_latex_() == (
        r"$\displaystyle \frac{\partial L}{\partial z^{(2)}} = "
        r"\left[\begin{matrix}p_{1} - y_{1}\end{matrix}\right]$"
    )
    assert sp.latex(t.parameters["dense1.W"][0, 1]) == "w_{12}^{(1)}"
    one = twin(nn.Network([nn.Dense(1, 1)], nn.MSE())).links("dense1.b")
    assert one.links[-1].by == "b^{(1)}"
    assert "1 - \\left(a_{1}^{(1)}\\right)^{2}" in chain.links[2].latex()


def test_equations_read_as_on_a_whiteboard():
    """The reverse form is a page of the course."""
    t = twin(make("sigmoid", "log_loss", (2, 2, 1)))

    assert str(t.reverse).splitlines()[:2] == ["δ_1^(2) = p_1 - y_1", "dw_11^(2) = δ_1^(2)*a_1^(1)"]
    assert [node.name for node in t.nodes] == ["dense1", "sigmoid1", "dense2", "loss"]
    assert list(t.forward.pairs)[-1] == sp.Symbol("L", real=True)
    assert str(t.reverse["da_{1}^{(1)}"]) == r"\delta_{1}^{(2)}*w_{11}^{(2)}"
    assert repr(t.reverse) == str(t.reverse)
    assert len(t.reverse) == 14
    assert r"\delta_{1}^{(2)} &= p_{1} - y_{1} \\" in t.reverse.latex()
    assert t.forward._repr_latex_() == rf"$\displaystyle {t.forward.latex()}$"
    assert t.forward.latex().startswith("\\begin{aligned}\nz_{1}^{(1)} &= ")
    assert t.forward.latex().endswith("\n\\end{aligned}")


def test_softmax_is_a_p_less_a_y():
    """The page on cross-entropy would show a sum of labels that is 1, or another letter."""
    t = twin(make("nothing", "cross_entropy", (2, 2, 2)))

    assert str(t.reverse).splitlines()[:2] == ["δ_1^(2) = p_1 - y_1", "δ_2^(2) = p_2 - y_2"]


def test_batch_shows_the_mean_and_the_examples_index():
    """(p - y)/m would lose its 1/m, or two examples would share a symbol."""
    t = twin(make("nothing", "log_loss", (1, 1, 1)), m=2)

    assert str(t.reverse).splitlines()[0] == "δ_11^(2) = (p_11 - y_11)/2"
    assert t.x.shape == (2, 1)


def test_a_norm_has_the_letters_of_its_paper():
    """γ, β, μ, σ and x̂ in training; in evaluation the running μ̄ and v̄, given like x."""
    net = nn.Network([nn.Dense(1, 1), nn.BatchNorm(1)], nn.MSE())

    train, evaluation = twin(net, m=2), twin(net, mode="eval")

    assert [str(s) for matrix in train.parameters.values() for s in matrix] == [
        *["w_{11}^{(1)}", "b_{1}^{(1)}", r"\gamma_{1}^{(1)}", r"\beta_{1}^{(1)}"]
    ]
    assert [symbolic.typed(s) for s in train.nodes[1].rule.also] == [
        *["μ_1^(1)", "σ_1^(1)", "x̂_11^(1)", "x̂_21^(1)"]
    ]
    assert {name: list(map(str, given)) for name, given in evaluation.given.items()} == {
        "batchnorm1.running_mean": [r"\bar{\mu}_{1}^{(1)}"],
        "batchnorm1.running_var": [r"\bar{v}_{1}^{(1)}"],
    }


def test_reverse_form_in_evaluation_is_the_gradient(rng):
    """With statistics that are given, nothing flows through the batch."""
    net = make("batch_norm", "mse")
    net.forward(rng.normal(size=(5, 2)))
    X, y = data(net.eval(), rng, m=1)
    _, grad = settled(net, X, y)
    t = twin(net)

    values = run(t.reverse, run(t.forward, t.numbers(X, y)))
    found = [values[symbolic.bar_of(w)] for name in net.named for w in t.parameters[name]]

    np.testing.assert_allclose(found, grad, rtol=1e-11, atol=1e-13)


def test_unfold_replaces_backward_names_too(rng):
    """δ in an expression would stay a letter without a value."""
    net = make("tanh", "mse", (2, 2, 1))
    X, y = data(net, rng, m=1)
    t = twin(net)
    delta = symbolic.bar_of(t.nodes[0].symbols[0])

    found = t.lambdify(delta)(X, y)

    np.testing.assert_allclose(
        found, settled(net, X, y)[1][net.named["dense1.b"]][0], rtol=1e-12, atol=0
    )


def test_paths_around_a_residual_block_add(rng):
    """One path alone is not the gradient, and `links` must not pretend so."""
    net = make("residual", "mse")
    t = twin(net)

    assert len(t.paths("dense1.W")) == 2
    assert len(t.paths("dense2.W")) == 1
    with pytest.raises(ValueError, match=r"dense1\.W reaches the loss by 2 paths, and paths add"):
        t.links("dense1.W")


@pytest.mark.parametrize(
    "layers",
    [
        lambda: [nn.Residual(nn.Dense(2, 2), nn.Tanh()), nn.Dense(2, 2)],
        lambda: [nn.Dense(2, 2), nn.Residual(nn.Residual(nn.Dense(2, 2)), nn.Tanh())],
        lambda: [nn.Tanh(), nn.LayerNorm(2)],
    ],
)
def test_unusual_networks_agree(layers, rng):
    """Blocks at the door or within each other have their own paths."""
    net = nn.Network(layers(), nn.MSE(), seed=1)

    assert agreement(net, *data(net, rng)).ok


def test_twin_of_a_float32_network_has_its_numbers(rng):
    """The twin computes in float64 with whatever parameters the network has."""
    net = nn.Network([nn.Dense(2, 1)], nn.MSE(), dtype=np.float32)
    X, y = data(net, rng)

    _, found = twin(net).value_and_grad(X, y)

    np.testing.assert_allclose(found, settled(net, X, y)[1], rtol=1e-5, atol=1e-6)


def test_masks_can_be_given(rng):
    """A notebook could not show one chosen mask."""
    net = make("dropout", "mse")
    X, y = data(net, rng)
    keep = np.ones((3, 2))
    t = twin(net)

    _, found = t.value_and_grad(X, y, masks={"dropout1": keep * 0})

    assert np.all(found[net.named["dense1.W"]] == 0)
    assert np.any(t.value_and_grad(X, y, masks={"dropout1": keep})[1][net.named["dense1.W"]] != 0)


# --- new layers ---


def test_a_new_layer_can_be_taught(rng):
    """The twin would serve nnlib's own layers only; and a value on the way needs no `known`."""

    class Square(nn.Layer):
        def forward(self, z):
            self.z = z
            return z * z

        def backward(self, da):
            return 2 * self.z * da

    def square(layer, x: sp.Matrix, names: Names) -> Rule:
        s = names.values("q", x.cols)
        out = x.multiply_elementwise(s)
        return Rule(out, dict(zip(s, x, strict=True)))

    net = nn.Network([nn.Dense(2, 2), Square(), nn.Dense(2, 1)], nn.MSE())
    X, y = data(net, rng, m=1)
    with pytest.raises(ValueError, match=r"no rule for the layer Square\(\) \(Square\)"):
        twin(net)
    rule.register(Square, square)

    assert agreement(net, X, y).ok
    t = twin(net)
    assert t.links("dense1.W").links[2].jacobian[0, 0] == 2 * t.nodes[0].symbols[0]


# --- the doors ---


class Unknown(nn.Loss):
    """A loss that nobody has registered."""


class Elastic(nn.L2):
    """A penalty that inherits L2's rule."""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda net: twin(nn.Network([nn.Dense(2, 1)], Unknown())),
            "the symbolic twin has no rule for the loss Unknown() (Unknown): "
            "teach it one with nnlib.symbolic.loss_rule.register",
        ),
        (
            lambda net: twin(nn.Network([nn.Tanh()], nn.MSE())),
            "twin got Network([Tanh()], MSE()): 0 parameters, wanted a layer with a width, "
            "such as Dense",
        ),
        (
            lambda net: twin(net, m=0),
            "twin got m = 0, wanted a whole number of examples, at least 1",
        ),
        (
            lambda net: twin(net, m=2.0),
            "twin got m = 2.0, wanted a whole number of examples, at least 1",
        ),
        (
            lambda net: twin(net, m=True),
            "twin got m = True, wanted a whole number of examples, at least 1",
        ),
        (
            lambda net: twin(net, mode="test"),
            """twin got mode 'test', wanted "train", "eval", or None for the net's""",
        ),
        (
            lambda net: twin(make("batch_norm", "mse")),
            "BatchNorm(2) in training mode got a twin for 1 example, wanted at least 2: "
            'one has no variance; use twin(net, m=3), or mode="eval"',
        ),
        (
            lambda net: twin(nn.Network([nn.Dense(20, 10)], nn.MSE())),
            "the twin of Network([Dense(20 -> 10)], MSE()): 210 parameters for 1 example(s) would "
            "have 210 symbols or more, wanted at most 200: "
            "check large networks with nn.directional_check",
        ),
        (
            lambda net: twin(net, m=60),
            "the twin of Network([Dense(2 -> 2), Tanh(), Dense(2 -> 2)], MSE()): 12 parameters for "
            "60 example(s) would have 252 symbols or more, wanted at most 200: "
            "check large networks with nn.directional_check",
        ),
        (
            lambda net: twin(net).gradient("dense9.W"),
            "no parameter 'dense9.W' in this twin: "
            "choose from dense1.W, dense1.b, dense2.W, dense2.b",
        ),
        (
            lambda net: twin(net).links("w"),
            "no parameter 'w' in this twin: choose from dense1.W, dense1.b, dense2.W, dense2.b",
        ),
        (
            lambda net: twin(make("residual", "mse")).links("dense1.b"),
            "dense1.b reaches the loss by 2 paths, and paths add: "
            "use twin.paths('dense1.b') and sum the products",
        ),
        (
            lambda net: twin(net).numbers(np.ones((2, 2))),
            "this twin is for a batch of 1, got 2: use twin(net, m=2)",
        ),
        (
            lambda net: twin(net, m=2).numbers(np.ones((3, 2))),
            "this twin is for a batch of 2, got 3: use twin(net, m=3)",
        ),
        (
            lambda net: twin(net).numbers(np.ones((1, 3))),
            "Dense(2 -> 2) expected x of shape (m, 2), got float64 of shape (1, 3): "
            "one row for each example",
        ),
        (
            lambda net: twin(net).numbers(np.ones((1, 2)), np.ones((1, 1))),
            "MSE() expected y of shape (1, 2), like the logits, got float64 of shape (1, 1): "
            "give y the logits' shape",
        ),
        (
            lambda net: twin(net).numbers(np.ones((1, 2)), theta=np.ones(3)),
            "theta has shape (3,), wanted (12,): give one flat vector, like net.theta",
        ),
        (
            lambda net: twin(net).lambdify(twin(net).loss)(np.ones((1, 2))),
            "this expression contains targets: call it with (X, y)",
        ),
        (
            lambda net: twin(make("dropout", "mse")).numbers(np.ones((1, 2))),
            "dropout1 in training needs a mask of shape (1, 2), got (0,): run net.forward(X) "
            "first, or give masks={'dropout1': zeros and ones}",
        ),
        (
            lambda net: twin(make("dropout", "mse")).numbers(
                np.ones((1, 2)), masks={"dropout1": np.ones((2, 2))}
            ),
            "dropout1 in training needs a mask of shape (1, 2), got (2, 2): run net.forward(X) "
            "first, or give masks={'dropout1': zeros and ones}",
        ),
        (
            lambda net: twin(make("gelu", "mse", (3, 4, 4, 4, 3))).loss,
            "z_{1}^{(4)} of Network([Dense(3 -> 4), GELU(), Dense(4 -> 4), GELU(), Dense(4 -> 4), "
            "GELU(), Dense(4 -> 3)], MSE()): 71 parameters as one expression has 12,881 symbols "
            "or more, wanted at most 5,000: use forward, links, reverse or value_and_grad, which "
            "keep z and a as names, or nn.directional_check",
        ),
        (
            lambda net: twin(make("nothing", "cross_entropy_weighted", (2, 2, 3))),
            "CrossEntropy() has 2 class_weights for 3 classes: give one for each",
        ),
        (
            lambda net: symbolic.penalty_rule(3, []),
            "the symbolic twin has no rule for the penalty 3 (int): "
            "teach it one with nnlib.symbolic.penalty_rule.register",
        ),
        (
            lambda net: rule(nn.Loss(), None, None),
            "the symbolic twin has no rule for the layer Loss() (Loss): teach it one with "
            "nnlib.symbolic.rule.register, or check it with nn.gradient_check",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_wrong_input_is_refused_with_a_sentence(call, message):
    """A reader would get a stack of SymPy's, or wait for minutes."""
    net = make("tanh", "mse")

    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call(net)


def test_overflow_is_refused_not_returned(rng):
    """Plain formulas give NaN where nnlib's stable ones don't."""
    net = make("sigmoid", "log_loss")
    net.theta *= 1e4
    X, y = data(net, rng)

    with pytest.raises(
        ValueError,
        match=r"^the twin's plain formulas overflowed, as e\^z does from \|z\| = 350 or so: "
        r"use smaller inputs or weights, or nn\.gradient_check$",
    ):
        twin(net).value_and_grad(X, y)


def test_an_unknown_penalty_is_refused():
    """A penalty left out in silence would be a wrong gradient."""
    net = make("tanh", "mse", penalty=Elastic(0.1))

    assert twin(net).penalty != 0
    with pytest.raises(ValueError, match=r"no rule for the penalty 3 \(int\)"):
        symbolic.penalty_rule(3, [])


def test_indices_beyond_nine_are_told_apart():
    """w_{112} could be from 1 to 12 or from 11 to 2."""
    assert str(entries("w", (1, 12), 1, rows=True)[11]) == "w_{1,12}^{(1)}"
    assert str(entries("w", (1, 10), 1, rows=True)[9]) == "w_{1,10}^{(1)}"
    assert str(entries("w", (1, 9), 1, rows=True)[8]) == "w_{19}^{(1)}"
    assert str(entries("b", (1, 12), 1, rows=False)[11]) == "b_{12}^{(1)}"


def test_numbers_keep_their_digits():
    """0.1 would print as a fraction of fifteen digits, or not be the double that nnlib uses."""
    assert exact(1e-5) == sp.Rational(1, 100_000)
    assert float(exact(0.044715)) == 0.044715
