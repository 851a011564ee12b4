"""The shipped files are what their page says, and split and scaling can't leak."""

import copy
import csv
import hashlib
import pickle
import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from nnlib import data

LOADERS = {
    "breast_cancer.csv": data.load_breast_cancer,
    "digits.csv": data.load_digits,
    "diabetes.csv": data.load_diabetes,
}
GENERATORS = {
    "moons": data.moons,
    "spirals": data.spirals,
    "xor": lambda m, seed: data.xor(m, noise=0.1, seed=seed),
    "twenty_features": data.twenty_features,
}


# the files


def test_sums_in_the_readme_are_those_of_the_files():
    """A data file that was edited, or converted by git, would no longer be the cited source."""
    page = (Path(data.FOLDER) / "README.md").read_text(encoding="utf-8")

    stated = dict(re.findall(r"\| `(\w+\.csv)` .*`([0-9a-f]{64})` \|", page))

    files = {path.name: path.read_bytes() for path in Path(data.FOLDER).glob("*.csv")}
    assert set(stated) == set(LOADERS)
    assert stated == {name: hashlib.sha256(b).hexdigest() for name, b in files.items()}


@pytest.mark.parametrize("name", LOADERS)
def test_loader_gives_the_file_read_by_another_reader(name):
    """A skipped row, a shifted column or a lost digit would go unseen."""
    with (Path(data.FOLDER) / name).open(encoding="ascii", newline="") as file:
        header, *rows = csv.reader(file)

    loaded = LOADERS[name]()

    assert loaded.feature_names == tuple(header[:-1])
    assert loaded.X.tolist() == [[float(v) for v in row[:-1]] for row in rows]
    assert loaded.y.ravel().tolist() == [float(row[-1]) for row in rows]


@pytest.mark.parametrize(
    ("load", "X_shape", "y_shape", "y_dtype"),
    [
        (data.load_breast_cancer, (569, 30), (569, 1), np.float64),
        (data.load_digits, (1797, 64), (1797,), np.int64),
        (data.load_diabetes, (442, 10), (442, 1), np.float64),
    ],
)
def test_shapes_and_types_are_what_the_losses_demand(load, X_shape, y_shape, y_dtype):
    """Losses demand exact shapes, and class numbers that are ints."""
    X, y = load()

    assert (X.shape, X.dtype) == (X_shape, np.float64)
    assert (y.shape, y.dtype) == (y_shape, y_dtype)
    assert X.flags.c_contiguous
    assert y.flags.c_contiguous


def test_breast_cancer_is_the_published_table():
    """Rows, columns or classes swapped: literals from UCI's page and its 1995 description."""
    X, y = data.load_breast_cancer()

    assert (int(y.sum()), int((1 - y).sum())) == (212, 357)
    assert set(y.ravel()) == {0.0, 1.0}
    assert X[0, :5].tolist() == [17.99, 10.38, 122.8, 1001.0, 0.1184]
    assert X[-1, -5:].tolist() == [0.06444, 0.0, 0.0, 0.2871, 0.07039]
    assert (y[0, 0], y[19, 0], y[-1, 0]) == (1.0, 0.0, 0.0)
    # the published table of minima and maxima, to its three decimals
    assert X.min(axis=0)[:5].round(3).tolist() == [6.981, 9.71, 43.79, 143.5, 0.053]
    assert X.max(axis=0)[-5:].round(3).tolist() == [1.058, 1.252, 0.291, 0.664, 0.208]
    assert data.load_breast_cancer().feature_names[::10] == (
        "mean radius",
        "radius error",
        "worst radius",
    )


def test_malignant_masses_are_the_larger_ones_and_class_one():
    """Swapped classes would turn recall into specificity in every notebook."""
    X, y = data.load_breast_cancer()

    radius = [X[y[:, 0] == c, 0].mean() for c in (0, 1)]

    assert data.load_breast_cancer().target_names == ("benign", "malignant")
    assert np.round(radius, 2).tolist() == [12.15, 17.46]


def test_digits_are_the_published_test_part():
    """Literals: UCI's class counts of its test part, and its first image, pixel by pixel."""
    X, y = data.load_digits()

    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert data.load_digits().target_names == tuple("0123456789")
    assert set(X.ravel()) == set(range(17))
    assert np.flatnonzero((X == 0).all(axis=0)).tolist() == [0, 32, 39]
    assert y[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert X[0].reshape(8, 8).astype(int).tolist() == [
        [0, 0, 5, 13, 9, 1, 0, 0],
        [0, 0, 13, 15, 10, 15, 5, 0],
        [0, 3, 15, 2, 0, 11, 8, 0],
        [0, 4, 12, 0, 0, 8, 8, 0],
        [0, 5, 8, 0, 0, 9, 8, 0],
        [0, 4, 11, 0, 1, 12, 7, 0],
        [0, 2, 14, 5, 10, 12, 0, 0],
        [0, 0, 6, 13, 10, 0, 0, 0],
    ]


def test_digits_keep_a_writers_images_together():
    """Shuffled rows would hide the leakage that chapter 11 shows; 2.2 % is chance."""
    X, _ = data.load_digits()
    squares = (X**2).sum(axis=1)
    distance = squares[:, None] - 2 * X @ X.T + squares
    np.fill_diagonal(distance, np.inf)

    gap = np.abs(distance.argmin(axis=1) - np.arange(1797))

    assert round(100 * (gap <= 20).mean(), 1) == 17.6


def test_diabetes_is_the_published_table_in_raw_units():
    """Literals: rows, means and extremes of the original table as others publish it."""
    X, y = data.load_diabetes()

    assert X[:2].tolist() == [
        [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87],
        [48, 1, 21.6, 87, 183, 103.2, 70, 3, 3.8918, 69],
    ]
    assert y[:6, 0].tolist() == [151, 75, 141, 206, 135, 97]
    assert X.mean(axis=0)[:4].round(2).tolist() == [48.52, 1.47, 26.38, 94.65]
    assert X.min(axis=0)[:8].tolist() == [19, 1, 18, 62, 97, 41.6, 22, 2]
    assert X.max(axis=0)[:8].tolist() == [79, 2, 42.2, 133, 301, 242.4, 99, 9.09]
    assert (y.min(), y.max(), y.mean().round(2), y.var().round(2)) == (25, 346, 152.13, 5929.88)
    assert data.load_diabetes().target_names == ("progression",)


@pytest.mark.parametrize("load", LOADERS.values())
def test_every_call_hands_out_fresh_arrays(load):
    """Scaling in place in one cell would change the data of the next."""
    first, expected = load(), load()

    first.X[:] = -1
    first.y[:] = -1

    assert_array_equal(load().X, expected.X)
    assert_array_equal(load().y, expected.y)


@pytest.mark.parametrize("again", [copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))])
def test_copied_data_set_keeps_its_names(again):
    """A pair that loses its names on its way to another process gives plots without labels."""
    loaded = data.load_diabetes()

    copied = again(loaded)

    assert copied.feature_names == loaded.feature_names
    assert copied.target_names == loaded.target_names
    assert_array_equal(copied.X, loaded.X)


@pytest.mark.parametrize(
    "damage",
    {
        "missing": lambda path: path.unlink(),
        "empty": lambda path: path.write_bytes(b""),
        "header only": lambda path: path.write_bytes(path.read_bytes().split(b"\n")[0]),
        "cut off": lambda path: path.write_bytes(path.read_bytes()[:-3]),
        "rows lost": lambda path: path.write_bytes(path.read_bytes()[:9017]),
        "entry lost": lambda path: path.write_bytes(path.read_bytes().replace(b"\n59,2", b"\n59")),
        "column lost": lambda path: path.write_bytes(
            b"\n".join(row.partition(b",")[2] for row in path.read_bytes().splitlines())
        ),
        "not numbers": lambda path: path.write_bytes(b"version https://git-lfs\noid sha256:1f\n"),
        "not text": lambda path: path.write_bytes(b"\x89PNG\r\n\xff"),
    }.items(),
    ids=lambda item: item[0],
)
def test_damaged_file_is_refused_in_one_sentence(tmp_path, monkeypatch, damage):
    """A damaged installation would train on fewer rows, or fail far from its cause."""
    path = tmp_path / "diabetes.csv"
    path.write_bytes((Path(data.FOLDER) / "diabetes.csv").read_bytes())
    monkeypatch.setattr(data, "FOLDER", str(tmp_path))
    data.load_diabetes()

    damage[1](path)

    with pytest.raises(ValueError, match=r"diabetes\.csv, a data .*442, 11.* install nnlib again$"):
        data.load_diabetes()


def test_a_table_of_another_size_is_named_with_its_size(tmp_path, monkeypatch):
    """Whether rows or columns are lost is what one wants to know."""
    whole = (Path(data.FOLDER) / "diabetes.csv").read_text(encoding="ascii")
    (tmp_path / "diabetes.csv").write_text("\n".join(whole.splitlines()[:41]), encoding="ascii")
    monkeypatch.setattr(data, "FOLDER", str(tmp_path))

    with pytest.raises(ValueError, match=r"can't be read as .*\(its table is \(40, 11\)\)"):
        data.load_diabetes()


# the generators


@pytest.mark.parametrize("make", GENERATORS.values(), ids=GENERATORS)
def test_same_seed_same_data(make, rng):
    """A figure that changes from run to run can't be compared; a passed generator must go on."""
    X, y = make(60, seed=7)

    assert_array_equal(make(60, seed=7)[0], X)
    assert_array_equal(make(60, seed=np.random.default_rng(7))[0], X)
    assert_array_equal(make(60, seed=7)[1], y)
    assert not np.array_equal(make(60, seed=8)[0], X)
    assert not np.array_equal(make(60, seed=rng)[0], make(60, seed=rng)[0])


@pytest.mark.parametrize(
    ("make", "n", "y_shape", "y_dtype"),
    [
        (data.moons, 2, (61, 1), np.float64),
        (data.spirals, 2, (61,), np.int64),
        (data.xor, 2, (61, 1), np.float64),
        (data.twenty_features, 20, (61, 1), np.float64),
    ],
)
def test_generated_shapes_and_types(make, n, y_shape, y_dtype):
    """Losses demand exact shapes: (m, 1) for two classes, ints (m,) for several."""
    X, y = make(np.int64(61))

    assert (X.shape, X.dtype) == ((61, n), np.float64)
    assert (y.shape, y.dtype) == (y_shape, y_dtype)


def test_moons_without_noise_lie_on_their_half_circles():
    """A wrong sign or offset would give moons that don't interlock."""
    X, y = data.moons(400, noise=0)
    upper, lower = X[y[:, 0] == 0], X[y[:, 0] == 1]

    assert len(upper) == len(lower) == 200
    assert_allclose(np.hypot(*upper.T), 1, rtol=1e-14)
    assert_allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1, rtol=1e-14)
    assert upper[:, 1].min() >= 0
    assert lower[:, 1].max() <= 0.5
    # the whole half circle is used, and evenly: the mean height is 2/π
    assert upper[:, 0].min() < -0.99
    assert upper[:, 0].max() > 0.99
    assert_allclose(upper[:, 1].mean(), 2 / np.pi, rtol=0, atol=0.07)
    # an end of the lower moon stands inside the upper one: no straight line separates them
    assert (np.abs(lower - [0, 0.5]).max(axis=1) < 0.1).any()


def test_spirals_without_noise_lie_on_their_arms():
    """Arms at wrong angles would overlap, and no network could learn them."""
    X, y = data.spirals(400, k=4, noise=0)
    r = np.hypot(*X.T)

    turned = np.angle((X @ [1, 1j]) * np.exp(-4j * r)) % (2 * np.pi)

    assert np.bincount(y).tolist() == [100] * 4
    assert y[:6].tolist() == [0, 1, 2, 3, 0, 1]
    assert 0.1 <= r.min() < 0.12
    assert 0.98 < r.max() <= 1
    assert_allclose(np.exp(1j * turned), 1j**y, rtol=0, atol=1e-12)


def test_xor_is_the_truth_table_and_goes_round():
    """The four rows are the textbook's; more rows repeat them."""
    X, y = data.xor()

    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert y.tolist() == [[0], [1], [1], [0]]
    assert_array_equal(data.xor(10)[0], np.vstack([X, X, X[:2]]))
    assert_array_equal(data.xor(10)[1], np.vstack([y, y, y[:2]]))


@pytest.mark.parametrize("make", [data.moons, data.spirals, data.xor])
@pytest.mark.parametrize("noise", [0.3, 2, np.float32(1)])
def test_noise_is_a_standard_deviation_and_leaves_labels(make, noise):
    """Variance in place of standard deviation, or noise on one coordinate, would go unseen."""
    m = 40_000
    clean, y = make(m, noise=0)

    noisy, y_noisy = make(m, noise=noise)

    # the standard deviation of an estimated standard deviation is noise/√(2m), here 0.35 %
    assert_allclose((noisy - clean).std(axis=0), noise, rtol=0.015)
    assert abs(np.corrcoef((noisy - clean).T)[0, 1]) < 0.02
    assert_array_equal(y_noisy, y)


def test_defaults_are_the_documented_ones():
    """A changed default would move every decision boundary in the notebooks."""
    m = 10_000

    spread = [(f(m)[0] - f(m, noise=0)[0]).std() for f in (data.moons, data.spirals, data.xor)]

    assert_allclose(spread, [0.1, 0.05, 0], rtol=0.03)
    assert set(data.spirals(m)[1]) == {0, 1, 2}
    assert len(data.xor()[0]) == 4
    assert len(data.twenty_features()[0]) == 1000


@pytest.mark.parametrize(
    ("make", "points", "labels"),
    [
        (
            lambda **seed: data.moons(3, **seed),
            [[-0.4066, 0.8553], [0.3743, -0.1193], [1.0864, 0.058]],
            [0, 1, 0],
        ),
        (
            lambda **seed: data.spirals(3, **seed),
            [[-0.6014, 0.2652], [-0.3069, -0.0439], [0.0506, -0.172]],
            [0, 1, 2],
        ),
        (
            lambda **seed: data.xor(noise=0.1, **seed),
            [[0.0126, -0.0132], [0.064, 1.0105], [0.9464, 0.0362], [1.1304, 1.0947]],
            [0, 1, 1, 0],
        ),
        (
            lambda **seed: data.twenty_features(12, **seed),
            [[0.1257, -0.1321], [-0.1285, 1.3665], [-1.2591, 1.5139]],
            [1, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1],
        ),
    ],
    ids=["moons", "spirals", "xor", "twenty_features"],
)
def test_a_seed_means_the_same_points_for_good(make, points, labels):
    """Every picture and number in the notebooks comes from seeds, and from 0 where none is given.

    The numbers were written down from the first version; the formulas are tested above.
    """
    X, y = make()

    assert_allclose(X[: len(points), :2], points, rtol=0, atol=5e-5)
    assert y.ravel().tolist() == labels
    assert_array_equal(X, make(seed=0)[0])


def test_a_plain_data_set_has_no_names():
    """What a learner makes of arrays of their own."""
    X, y = pair = data.Dataset(np.ones((2, 1)), np.zeros(2))

    assert (pair.feature_names, pair.target_names) == ((), ())
    assert (X.shape, y.shape) == ((2, 1), (2,))


def test_twenty_features_follow_their_documented_odds():
    """Labels that don't follow σ(z) would make the Bayes accuracy that notebooks quote wrong."""
    m = 200_000
    X, y = data.twenty_features(m, seed=1)
    z = 3 * X[:, 0] - 3 * X[:, 1] + 6 * X[:, 2] * X[:, 3]
    p = 1 / (1 + np.exp(-z))

    edges = np.linspace(0, 1, 11)
    group = np.digitize(p, edges[1:-1])

    for g in range(10):
        ours = group == g
        sigma = np.sqrt((p * (1 - p))[ours].sum()) / ours.sum()
        assert abs(y[ours, 0].mean() - p[ours].mean()) < 4 * sigma
    assert_allclose(X.mean(axis=0), 0, rtol=0, atol=0.012)
    assert_allclose(np.cov(X.T), np.eye(20), rtol=0, atol=0.02)
    # the other sixteen say nothing about y, neither by themselves nor by their squares
    assert np.abs(np.cov(np.column_stack([y, X[:, 4:], X[:, 4:] ** 2]).T)[0, 1:]).max() < 0.01


def test_accuracies_in_the_docstring_are_those_of_the_odds():
    """Chapters say how close a network comes to the best rule: the number must be the true one."""
    grid = np.arange(-7.95, 8, 0.1)
    weight = np.exp(-(grid**2) / 2) / np.exp(-(grid**2) / 2).sum()
    # 3(x₁ - x₂) is 3√2 times a standard normal
    u, v, w = np.meshgrid(grid, grid, grid, indexing="ij", sparse=True)
    p = 1 / (1 + np.exp(-(3 * np.sqrt(2) * u + 6 * v * w)))

    bayes, cut = (
        100 * np.einsum("ijk,i,j,k", right, weight, weight, weight)
        for right in (np.maximum(p, 1 - p), np.where(u > 0, p, 1 - p))
    )

    stated = re.findall(r"right\s+for (\d\d\.\d) %", data.twenty_features.__doc__)
    assert stated == [f"{bayes:.1f}", f"{cut:.1f}"]


# the split


@settings(deadline=None)
@given(
    m=st.integers(2, 60),
    test=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32),
    column=st.booleans(),
)
def test_split_is_a_partition_with_the_documented_sizes(m, test, seed, column):
    """A row in both parts is leakage, a lost row is lost data, a shuffled y is nonsense."""
    n_test = round(test * m)
    X = np.arange(2 * m).reshape(m, 2)
    y = 10 * np.arange(m)[:, None] if column else 10 * np.arange(m)
    if not 0 < n_test < m:
        with pytest.raises(ValueError, match="leave one part empty"):
            data.train_test_split(X, y, test=test, seed=seed)
        return

    X_train, X_test, y_train, y_test = data.train_test_split(X, y, test=test, seed=seed)

    assert (len(X_train), len(X_test)) == (m - n_test, n_test)
    assert sorted(np.vstack([X_train, X_test]).tolist()) == X.tolist()
    assert_array_equal(y_train.ravel(), 5 * X_train[:, 0])
    assert_array_equal(y_test.ravel(), 5 * X_test[:, 0])
    assert y_train.shape == (m - n_test, *y.shape[1:])


@settings(deadline=None)
@given(
    counts=st.lists(st.integers(1, 30), min_size=1, max_size=6),
    test=st.floats(0.05, 0.95),
    seed=st.integers(0, 2**32),
)
def test_stratified_split_gives_each_class_its_share(counts, test, seed):
    """Shares off by a row or more would not be stratified; absent classes can't be measured."""
    y = np.repeat(np.arange(len(counts)) + 3, counts)
    y = np.random.default_rng(seed).permutation(y)
    m, n_test = len(y), round(test * len(y))
    X = np.arange(m)[:, None]
    exact = [Fraction(c * n_test, m) for c in counts]
    refusal = None
    try:
        X_train, X_test, y_train, y_test = data.train_test_split(X, y, test, seed, stratify=True)
    except ValueError as error:
        refusal = str(error)
    if refusal:
        # only where some class has less than one row's share on one side, or a part is empty
        assert re.search("out of one part|leave one part empty", refusal)
        assert any(q < 1 or c - q < 1 for q, c in zip(exact, counts, strict=True))
        return

    shares = [int((y_test == c + 3).sum()) for c in range(len(counts))]

    assert len(y_test) == n_test
    assert sorted([*X_train[:, 0], *X_test[:, 0]]) == list(range(m))
    assert_array_equal(np.concatenate([y_train, y_test]), y[np.vstack([X_train, X_test])[:, 0]])
    assert all(abs(s - q) < 1 for s, q in zip(shares, exact, strict=True))
    assert all(0 < s < c for s, c in zip(shares, counts, strict=True))
    # largest remainders first: nobody rounded down had a larger remainder than one rounded up
    rest = [q - int(q) for q in exact]
    up = [r for r, s, q in zip(rest, shares, exact, strict=True) if s > int(q)]
    down = [r for r, s, q in zip(rest, shares, exact, strict=True) if s == int(q)]
    assert not up or not down or min(up) >= max(down)


def test_stratified_digits_by_hand():
    """354 of 359 rows come out whole; the remainders .96 .76 .76 .56 .56 get the other five."""
    X, y = data.load_digits()

    *_, y_test = data.train_test_split(X, y, test=0.2, seed=3, stratify=True)

    counts = np.array([178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    exact = counts * 359 / 1797
    assert len(y_test) == 359
    assert np.bincount(y_test).tolist() == [36, 36, 35, 37, 36, 36, 36, 36, 35, 36]
    assert np.abs(np.bincount(y_test) - exact).max() < 1


def test_stratified_ties_go_to_the_first_classes():
    """Equal remainders sorted in no set order would give another split on another processor."""
    y = np.repeat(np.arange(80), np.tile([5, 6], 40))

    *_, y_test = data.train_test_split(np.ones((440, 1)), y, test=0.5, stratify=True)

    # halves of 5 and 6 rows: 40 classes tie for 20 more rows
    assert np.bincount(y_test).tolist() == [3] * 40 + [2, 3] * 20


@pytest.mark.parametrize("stratify", [False, True])
def test_split_shuffles_both_parts_and_favours_no_row(stratify):
    """Rows in file order come in blocks of one class; a biased draw would favour some rows."""
    m, draws = 40, 1500
    X, y = np.arange(m)[:, None], np.arange(m) // 20
    places = np.zeros((2, m))

    for seed in range(draws):
        X_train, X_test, *_ = data.train_test_split(X, y, 0.25, seed, stratify)
        places[0, X_test[:, 0]] += 1
        places[1, [X_train[0, 0], X_test[0, 0]]] += 1

    # binomial: four standard deviations around the expected count
    for seen, p in zip(places, (0.25, 2 / m), strict=True):
        assert np.abs(seen - draws * p).max() < 4 * np.sqrt(draws * p * (1 - p))


def test_split_follows_its_seed(rng):
    """Ten splits with seeds 0 to 9 must be ten different ones, and the same ones tomorrow."""
    X, y = data.twenty_features(50)

    first, again = (data.train_test_split(X, y, seed=4) for _ in range(2))

    for a, b in zip(first, again, strict=True):
        assert_array_equal(a, b)
    assert len({data.train_test_split(X, y, seed=s)[1].tobytes() for s in range(10)}) == 10
    assert len({data.train_test_split(X, y, seed=rng)[1].tobytes() for _ in range(10)}) == 10
    assert_array_equal(data.train_test_split(X, y, seed=np.random.default_rng(4))[1], first[1])
    assert_array_equal(data.train_test_split(X, y)[1], data.train_test_split(X, y, 0.2, 0)[1])


def test_split_copies_and_takes_lists_and_named_classes():
    """Scaling a part in place must not reach the whole; labels may be words."""
    X, y = [[1.0], [2.0], [3.0], [4.0]], ["cat", "dog", "cat", "dog"]

    *_, y_train, y_test = data.train_test_split(X, y, test=np.float32(0.5), stratify=True)
    array = np.array(X)
    data.train_test_split(array, y)[0][:] = 0

    assert sorted(y_train) == sorted(y_test) == ["cat", "dog"]
    assert array.tolist() == X


# the scaling

matrices = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.just(3)),
    elements=st.integers(-8000, 8000).map(lambda v: v / 8),
)


@settings(deadline=None)
@given(matrices, matrices)
def test_standardised_training_part_has_mean_0_and_deviation_1(train, other):
    """Columns of unequal scale make gradient descent zigzag: that is what scaling is for."""
    before = train.copy(), other.copy()

    scaled, moved = data.standardise(train, other)

    constant = np.ptp(train, axis=0) == 0
    assert_allclose(scaled.mean(axis=0), 0, rtol=0, atol=1e-12)
    assert_allclose(scaled.std(axis=0)[~constant], 1, rtol=1e-12)
    assert (scaled[:, constant] == 0).all()
    assert_allclose(moved[:, constant], other[:, constant] - train[0, constant], rtol=1e-14)
    assert_array_equal(train, before[0])
    assert_array_equal(other, before[1])


@settings(deadline=None)
@given(matrices, matrices, matrices)
def test_other_parts_never_touch_the_training_part_or_each_other(train, one, two):
    """Statistics of the test part in the training data are leakage."""
    (alone,) = data.standardise(train)

    together = data.standardise(train, one, two)

    assert_array_equal(together[0], alone)
    assert_array_equal(together[2], data.standardise(train, two)[1])
    # each row is moved by itself: a part may hold a single row
    assert_array_equal(together[1][:1], data.standardise(train, one[:1])[1])


def test_standardise_by_hand():
    """Mean 2 and standard deviation √2 (1/m, not 1/(m - 1)) of 1, 1, 4, 2, taken to a test row."""
    train, test = np.array([[1.0], [1.0], [4.0], [2.0]]), np.array([[5.0]])

    scaled, moved = data.standardise(train, test)

    assert_allclose(scaled[:, 0] * np.sqrt(1.5), [-1, -1, 2, 0], rtol=1e-15)
    assert_allclose(moved, [[3 / np.sqrt(1.5)]], rtol=1e-15)


def test_constant_column_becomes_exactly_zero():
    """0.1 is not a binary number: the rounded mean and deviation are not quite 0.1 and 0."""
    train = np.full((1000, 1), 0.1)
    assert train.std() != 0

    scaled, moved = data.standardise(train, np.array([[0.6]]))

    assert (scaled == 0).all()
    assert moved.tolist() == [[0.5]]


def test_digits_with_dead_pixels_are_scaled_without_nan():
    """Three pixels are always 0; dividing by their deviation would give NaN in every image."""
    X, y = data.load_digits()
    X_train, X_test, *_ = data.train_test_split(X, y, seed=0)

    train, test = data.standardise(X_train, X_test)

    assert np.isfinite(train).all()
    assert np.isfinite(test).all()
    assert (train[:, [0, 32, 39]] == 0).all()


@pytest.mark.parametrize(
    ("given_dtype", "wanted"),
    [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (int, np.float64),
        (bool, np.float64),
        (np.uint8, np.float64),
    ],
)
def test_standardise_keeps_float32_and_lifts_whole_numbers(given_dtype, wanted):
    """float32 must not silently become float64, nor whole numbers be cut off."""
    X = np.array([[0, 1], [1, 0], [1, 0]], dtype=given_dtype)

    train, other = data.standardise(X, X)

    assert train.dtype == other.dtype == wanted
    assert_allclose(train[:, 0], np.array([-2, 1, 1]) / np.sqrt(2), rtol=1e-6)


# bad calls

X4, y4 = np.eye(4), np.array([0, 1, 0, 1])
NAN = np.array([[0.0, 1.0], [2.0, np.nan]])
INF = np.zeros((4, 4))
INF[2, 3] = np.inf
SPLIT = data.train_test_split
BAD = {
    "moons of one": (lambda: data.moons(1), "moons .* m .* at least 2, got 1: "),
    "moons of a fraction": (lambda: data.moons(10.0), "moons .* whole number .*got 10.0: "),
    "moons of True": (lambda: data.moons(True), "moons .* whole number .*got True: "),
    "noise below 0": (
        lambda: data.moons(9, noise=-0.1),
        r"moons .* noise .*got -0.1: pass for example noise=0\.1$",
    ),
    "noise nan": (lambda: data.spirals(9, noise=np.nan), "spirals .* noise .*got nan: "),
    "noise infinite": (lambda: data.xor(9, noise=np.inf), "xor .* noise .*got inf: "),
    "noise a word": (lambda: data.xor(9, noise="much"), "xor .* noise .*got 'much': "),
    "spirals of one class": (lambda: data.spirals(9, k=1), "spirals .* k .* at least 2, got 1: "),
    "fewer points than classes": (lambda: data.spirals(3, k=4), "spirals .* m .* 4, got 3: "),
    "xor without a corner": (lambda: data.xor(3), "xor .* m .* at least 4, got 3: "),
    "no rows": (lambda: data.twenty_features(0), "twenty_features .* m .* least 1, got 0: "),
    "seed None": (lambda: data.moons(9, seed=None), "moons.* seed .*Generator, got None: "),
    "seed True": (lambda: data.moons(9, seed=True), "moons.* seed .*Generator, got True: "),
    "seed below 0": (lambda: data.xor(seed=-1), "xor.* seed .*Generator, got -1: "),
    "seed a word": (lambda: data.twenty_features(seed="0"), "twenty.* seed .*Generator, got '0': "),
    "seed a float": (lambda: SPLIT(X4, y4, 0.5, 1.0), "split.* seed .*Generator, got 1.0: "),
    "old generator": (
        lambda: data.spirals(9, seed=np.random.RandomState(0)),
        r"spirals.* seed .*Generator, got RandomState",
    ),
    "split of a vector": (lambda: SPLIT(y4, y4), r"split expected X of .*got shape \(4,\): "),
    "split of images": (lambda: SPLIT(np.ones((4, 2, 2)), y4), r"X of .*shape \(4, 2, 2\): "),
    "split of nothing": (lambda: SPLIT(np.ones((0, 3)), []), r"at least one row .*\(0, 3\): "),
    "no features": (lambda: SPLIT(np.ones((4, 0)), y4), r"one column, got shape \(4, 0\): "),
    "lengths differ": (lambda: SPLIT(X4, y4[:3]), r"y with one row .* 4 rows, got shape \(3,\): "),
    "y longer": (lambda: SPLIT(X4[:3], y4), r"y with one row .* 3 rows, got shape \(4,\): "),
    "y a number": (lambda: SPLIT(X4, 1), r"y with one row .* got shape \(\): "),
    "y of three axes": (lambda: SPLIT(X4, np.ones((4, 1, 1))), r"y with .*shape \(4, 1, 1\): "),
    "test 0": (
        lambda: SPLIT(X4, y4, test=0.0),
        r"test as a fraction .*got 0.0: pass for example test=0\.2$",
    ),
    "test 1": (lambda: SPLIT(X4, y4, test=1.0), "test as a fraction .*got 1.0: "),
    "test in rows": (lambda: SPLIT(X4, y4, test=2), "test as a fraction .*got 2: "),
    "test nan": (lambda: SPLIT(X4, y4, test=np.nan), "test as a fraction .*got nan: "),
    "no test rows": (lambda: SPLIT(X4, y4, test=0.1), "part empty, with 0 of 4 rows .*: pass"),
    "no training rows": (lambda: SPLIT(X4, y4, test=0.9), "part empty, with 4 of 4 rows .*: pass"),
    "class of one": (
        lambda: SPLIT(X4, [0, 0, 0, 7], test=0.5, stratify=True),
        r"class 7 \(1 of 4 rows\) out of one part with 2 test rows: "
        r"change test, collect more rows or pass stratify=False$",
    ),
    "more classes than test rows": (
        lambda: SPLIT(np.eye(6), [0, 0, 1, 1, 2, 2], test=0.3, stratify=True),
        r"class 2 \(2 of 6 rows\) out of one part with 2 test rows: ",
    ),
    "fewer training rows than classes": (
        lambda: SPLIT(np.eye(6), [0, 0, 1, 1, 2, 2], test=0.7, stratify=True),
        r"class 0 \(2 of 6 rows\) out of one part with 4 test rows: ",
    ),
    "strata of real numbers": (
        lambda: SPLIT(*data.load_diabetes(), stratify=True),
        r"class \d+.0 \(\d+ of 442 rows\) out of one part with 88 test rows: ",
    ),
    "strata of one-hot rows": (
        lambda: SPLIT(X4, X4, test=0.5, stratify=True),
        r"one label a row, got y of shape \(4, 4\): pass y of shape \(m,\) or \(m, 1\)$",
    ),
    "scaling a vector": (lambda: data.standardise(y4), r"expected X_train of .*shape \(4,\): "),
    "scaling nothing": (lambda: data.standardise(X4, X4[:0]), r"others\[0\] .*shape \(0, 4\): "),
    "features differ": (
        lambda: data.standardise(X4, X4, X4[:, :3]),
        r"others\[1\] with the 4 columns of X_train, got 3: ",
    ),
    "nan": (lambda: data.standardise(NAN), "X_train, got nan in row 1, column 1: "),
    "infinity": (
        lambda: data.standardise(X4, X4 - INF),
        r"others\[0\], got -inf in row 2, column 3: ",
    ),
    "words": (
        lambda: data.standardise([["a"], ["b"]]),
        "numbers in X_train, got dtype <U1: turn categories into numbers first$",
    ),
    "complex": (lambda: data.standardise(X4 * 1j), "numbers in X_train, got dtype complex128: "),
}


@pytest.mark.parametrize(("call", "sentence"), BAD.values(), ids=BAD)
def test_bad_call_is_refused_in_one_sentence(call, sentence):
    """A bad call must say what came, what was wanted and what to do, not fail far away."""
    with pytest.raises(ValueError, match=sentence) as caught:
        call()

    assert "\n" not in str(caught.value)


def test_refused_call_leaves_the_generator_where_it_was(rng):
    """A typing mistake in a notebook must not change the results of the cells after it."""
    before = rng.bit_generator.state

    for bad in (
        lambda: data.moons(1, seed=rng),
        lambda: data.moons(9, noise=-1, seed=rng),
        lambda: data.spirals(3, k=4, seed=rng),
        lambda: data.spirals(9, noise=-1, seed=rng),
        lambda: data.xor(3, noise=0.1, seed=rng),
        lambda: data.xor(noise=-1, seed=rng),
        lambda: data.twenty_features(0, seed=rng),
        lambda: SPLIT(X4, y4, test=0.1, seed=rng),
        lambda: SPLIT(X4, [0, 0, 0, 7], test=0.5, seed=rng, stratify=True),
    ):
        with pytest.raises(ValueError, match=": "):
            bad()

    assert rng.bit_generator.state == before
