"""Small real data sets, toy generators, a split and a scaling that can't leak.

The files, their sources and licences: datasets/README.md. Everything is handed out raw: scaling
is `standardise`'s work, on the training part. Binary and real targets have shape (m, 1), as a
network's single output has; class numbers are ints of shape (m,).
"""

from __future__ import annotations  # np.random stays unloaded until it is used

import os.path  # pathlib alone would take a fifth of nnlib's import
from collections import namedtuple

import numpy as np

from nnlib.doors import generator

FOLDER = os.path.join(os.path.dirname(__file__), "datasets")


class Dataset(namedtuple("Dataset", ["X", "y"])):
    """The pair (X, y), with the names of its columns and classes as attributes.

    >>> X, y = load_digits()
    >>> load_diabetes().feature_names[:4]
    ('age', 'sex', 'bmi', 'bp')
    """

    feature_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()


def load_breast_cancer() -> Dataset:
    """30 measurements of the cells in 569 breast masses, X (569, 30); y (569, 1), malignant = 1.

    212 malignant (1.0), 357 benign (0.0): the class one must not miss is the positive one.
    scikit-learn has it the other way round, benign = 1. The scales differ by a factor of 10^5.

    >>> load_breast_cancer().y.sum()
    np.float64(212.0)

    Source: Wolberg, Mangasarian, Street, Street (1993), UCI; CC BY 4.0.
    """
    return _load("breast_cancer.csv", (569, 31), ("benign", "malignant"))


def load_digits() -> Dataset:
    """Handwritten digits as 8 x 8 pixels from 0 to 16, X (1797, 64); y (1797,) ints from 0 to 9.

    The rows stand in the source's order, which keeps a writer's digits together: a shuffled split
    puts the same hands on both sides and flatters the test. Three pixels are always 0.

    >>> np.bincount(load_digits().y).tolist()
    [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]

    Source: Alpaydin, Kaynak (1998), UCI, only its test part, as in scikit-learn; CC BY 4.0.
    """
    return _load("digits.csv", (1797, 65), tuple("0123456789"), class_numbers=True)


def load_diabetes() -> Dataset:
    """10 measurements of 442 patients, X (442, 10); y (442, 1): progression, from 25 to 346.

    Raw units (scikit-learn's default is scaled over all rows, which leaks the test part's
    statistics). Predicting the mean has a mean squared error of 5930; linear models reach
    about half of it.

    >>> load_diabetes().y.mean().round(1)
    np.float64(152.1)

    Source: Efron, Hastie, Johnstone, Tibshirani (2004); no licence is stated.
    """
    return _load("diabetes.csv", (442, 11), ("progression",))


def moons(
    m: int, noise: float = 0.1, seed: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles that interlock: X (m, 2), y (m, 1); no straight line separates them.

    y = 0: (cos t, sin t); y = 1: (1 - cos t, 1/2 - sin t); t uniform on [0, π]. `noise` is the
    standard deviation of the Gaussian noise on both coordinates. Labels alternate 0, 1, 0, 1.

    >>> X, y = moons(200)
    >>> X.shape, y[:4, 0].tolist()
    ((200, 2), [0.0, 1.0, 0.0, 1.0])
    """
    rng, noise = generator("moons seed", seed), _spread("moons", noise)
    y = np.arange(_whole("moons", "m", m, least=2)) % 2
    t = rng.uniform(0, np.pi, m)
    x1 = np.where(y == 0, np.cos(t), 1 - np.cos(t))
    x2 = np.where(y == 0, np.sin(t), 0.5 - np.sin(t))
    X = np.column_stack([x1, x2]) + noise * rng.standard_normal((m, 2))
    return X, y[:, None].astype(np.float64)


def spirals(
    m: int, k: int = 3, noise: float = 0.05, seed: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """k arms that wind around the origin: X (m, 2), y (m,) ints from 0 to k - 1.

    A point of class y at radius r, uniform on [0.1, 1], stands at the angle 4r + 2πy/k. `noise`
    is the standard deviation of the Gaussian noise on both coordinates. Labels go round 0, 1, ….

    >>> X, y = spirals(300)
    >>> X.shape, y[:4].tolist()
    ((300, 2), [0, 1, 2, 0])

    Source: after the toy data of Stanford's CS231n.
    """
    rng, noise = generator("spirals seed", seed), _spread("spirals", noise)
    _whole("spirals", "k", k, least=2)
    y = np.arange(_whole("spirals", "m", m, least=k)) % k
    r = rng.uniform(0.1, 1, m)
    angle = 4 * r + 2 * np.pi * y / k
    X = np.column_stack([r * np.cos(angle), r * np.sin(angle)])
    return X + noise * rng.standard_normal((m, 2)), y


def xor(
    m: int = 4, noise: float = 0.0, seed: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The corners of the unit square with y = x₁ XOR x₂: X (m, 2), y (m, 1).

    The four corners come in turn, m of them in all; `noise` is the standard deviation of the
    Gaussian noise on both coordinates, and the label stays that of the corner.

    >>> X, y = xor()
    >>> np.hstack([X, y]).astype(int).tolist()
    [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
    """
    rng, noise = generator("xor seed", seed), _spread("xor", noise)
    corner = np.arange(_whole("xor", "m", m, least=4)) % 4
    x1, x2 = corner // 2, corner % 2
    X = np.column_stack([x1, x2]) + noise * rng.standard_normal((m, 2))
    return X, (x1 != x2)[:, None].astype(np.float64)


def twenty_features(
    m: int = 1000, seed: int | np.random.Generator = 0
) -> tuple[np.ndarray, np.ndarray]:
    """A binary task with known odds, z = 3(x₁ - x₂) + 6x₃x₄: X (m, 20), y (m, 1).

    x ~ N(0, I) in 20 dimensions, P(y = 1 | x) = σ(z); features 5 to 20 are pure noise. So the
    best possible rule (Bayes) is z > 0, right for 91.2 % of the rows; the straight cut x₁ > x₂ is
    right for 74.5 %.

    >>> X, y = twenty_features()
    >>> z = 3 * (X[:, 0] - X[:, 1]) + 6 * X[:, 2] * X[:, 3]
    >>> bool(0.89 < ((z > 0) == y[:, 0]).mean() < 0.93)
    True
    """
    rng = generator("twenty_features seed", seed)
    X = rng.standard_normal((_whole("twenty_features", "m", m, least=1), 20))
    z = 3 * (X[:, :1] - X[:, 1:2]) + 6 * X[:, 2:3] * X[:, 3:4]
    # logistic noise L has P(L > -z) = σ(z)
    return X, (z + rng.logistic(size=(m, 1)) > 0).astype(np.float64)


def train_test_split(
    X: np.ndarray,
    y: np.ndarray,
    test: float = 0.2,
    seed: int | np.random.Generator = 0,
    stratify: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """X_train, X_test, y_train, y_test: shuffled rows, round(test · m) of them in the test part.

    With `stratify` each class has its share of the test part, off by less than one row (largest
    remainders are rounded up). The same seed gives the same split; a generator goes on. For
    validation data, split the training part again. Refuses a part, or a class in a part, without
    rows.

    >>> X_train, X_test, y_train, y_test = train_test_split(*load_digits(), stratify=True)
    >>> len(X_train), len(X_test)
    (1438, 359)
    """
    X, y = _matrix("train_test_split", "X", X), np.asarray(y)
    if y.ndim not in (1, 2) or len(y) != len(X):
        raise ValueError(
            f"train_test_split expected y with one row for each of X's {len(X)} rows, got shape "
            f"{y.shape}: pass y of shape ({len(X)},) or ({len(X)}, k)"
        )
    n_test = _test_rows(len(X), test)
    # without strata all rows are one class
    label, shares = _shares(y, n_test) if stratify else (np.zeros(len(X)), [n_test])
    order = generator("train_test_split seed", seed).permutation(len(X))
    in_test = np.zeros(len(X), dtype=bool)
    for c, share in enumerate(shares):
        in_test[order[label[order] == c][:share]] = True
    i_train, i_test = order[~in_test[order]], order[in_test[order]]
    return X[i_train], X[i_test], y[i_train], y[i_test]


def standardise(X_train: np.ndarray, *others: np.ndarray) -> tuple[np.ndarray, ...]:
    """(X - μ) / s, column by column, for every part, with μ and s of the training part alone.

    Parts of shape (m, n) with the same n, returned as new arrays in a tuple. s is the standard
    deviation with 1/m; a column that is constant in the training part becomes 0 there (s = 1).
    Refuses NaN and infinity.

    >>> train, test = standardise(np.array([[1.0, 5.0], [3.0, 5.0]]), np.array([[5.0, 6.0]]))
    >>> train.tolist(), test.tolist()
    ([[-1.0, 0.0], [1.0, 0.0]], [[3.0, 1.0]])
    """
    train = _numbers("X_train", X_train)
    parts = [train, *(_numbers(f"others[{i}]", part) for i, part in enumerate(others))]
    for i, part in enumerate(parts[1:]):
        if part.shape[1] != train.shape[1]:
            raise ValueError(
                f"standardise expected others[{i}] with the {train.shape[1]} columns of X_train, "
                f"got {part.shape[1]}: pass the same features, in the same order"
            )
    mean, std = train.mean(axis=0), train.std(axis=0)
    # the mean of equal numbers may be off by a rounding error, and 0/1e-17 would be noise
    constant = (train == train[0]).all(axis=0)
    mean[constant], std[constant] = train[0, constant], 1
    return tuple((part - mean) / std for part in parts)


def _load(
    file: str, shape: tuple[int, int], target_names: tuple[str, ...], class_numbers: bool = False
) -> Dataset:
    """Read one csv file: a line of names, then rows with the target last."""
    try:
        with open(os.path.join(FOLDER, file), encoding="ascii") as text:
            header, *rows = text.read().splitlines()
        table = np.array([row.split(",") for row in rows], dtype=np.float64)
        if table.shape != shape:
            raise ValueError(f"its table is {table.shape}")
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{file}, a data file of nnlib, can't be read as a table of {shape} ({error}): "
            "the installation is damaged, so install nnlib again"
        ) from error
    y = table[:, -1].astype(np.int64) if class_numbers else table[:, -1:].copy()
    data = Dataset(table[:, :-1].copy(), y)
    data.feature_names, data.target_names = tuple(header.split(",")[:-1]), target_names
    return data


def _shares(y: np.ndarray, n_test: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's class number and each class's number of test rows."""
    if y.size != len(y):
        raise ValueError(
            f"train_test_split with stratify=True needs one label a row, got y of shape {y.shape}: "
            "pass y of shape (m,) or (m, 1)"
        )
    classes, label, counts = np.unique(y.ravel(), return_inverse=True, return_counts=True)
    shares, rest = np.divmod(counts * n_test, len(y))
    shares[np.argsort(-rest, kind="stable")[: n_test - shares.sum()]] += 1
    for c, count, share in zip(classes, counts, shares, strict=True):
        if not 0 < share < count:
            raise ValueError(
                f"train_test_split with stratify=True would leave class {c} ({count} of {len(y)} "
                f"rows) out of one part with {n_test} test rows: change test, collect more rows "
                "or pass stratify=False"
            )
    return label, shares


def _test_rows(m: int, test: float) -> int:
    """Return round(test · m), refusing what leaves a part empty."""
    if not isinstance(test, float | np.floating) or not 0 < test < 1:
        raise ValueError(
            f"train_test_split expected test as a fraction between 0 and 1, got {test!r}: "
            "pass for example test=0.2"
        )
    n_test = round(float(test) * m)
    if not 0 < n_test < m:
        raise ValueError(
            f"train_test_split would leave one part empty, with {n_test} of {m} rows for testing: "
            "pass more rows or another fraction"
        )
    return n_test


def _whole(where: str, name: str, value: int, least: int) -> int:
    """Return a whole number that is large enough."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(
            f"{where} expected {name} to be a whole number of at least {least}, got "
            f"{value!r}: pass for example {name}={least}"
        )
    return int(value)


def _spread(where: str, noise: float) -> float:
    """Return a standard deviation that is finite and not negative."""
    if not isinstance(noise, int | float | np.number) or not 0 <= noise < np.inf:
        raise ValueError(
            f"{where} expected noise as a standard deviation of at least 0, got {noise!r}: "
            "pass for example noise=0.1"
        )
    return float(noise)


def _matrix(where: str, name: str, X: np.ndarray) -> np.ndarray:
    """Return X as an array with rows and columns."""
    X = np.asarray(X)
    if X.ndim != 2 or X.size == 0:
        raise ValueError(
            f"{where} expected {name} of shape (m, n) with at least one row and one column, got "
            f"shape {X.shape}: put one example in each row"
        )
    return X


def _numbers(name: str, X: np.ndarray) -> np.ndarray:
    """Return X as a matrix of finite numbers."""
    X = _matrix("standardise", name, X)
    if X.dtype.kind not in "biuf":
        raise ValueError(
            f"standardise expected numbers in {name}, got dtype {X.dtype}: turn categories into "
            "numbers first"
        )
    if not np.isfinite(X).all():
        row, column = np.argwhere(~np.isfinite(X))[0]
        raise ValueError(
            f"standardise expected finite numbers in {name}, got {X[row, column]} in row {row}, "
            f"column {column}: drop or fill such entries first"
        )
    return X
