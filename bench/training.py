"""Real training: nnlib on three real data sets, beside a linear model and scikit-learn's MLP.

    python -m bench.training             # ten splits of each, test scores; two minutes
    python -m bench.training --search    # how the hyper-parameters were chosen; a few minutes

Ten 80/20 splits with seeds 0 to 9, stratified by class (diabetes: random). `--search` never sees
a test part: it splits each training part again, 80/20, and ranks the settings by the mean score
on those validation parts. The winners stand in `CHOSEN`; scikit-learn's MLP gets the same widths.
Needs scikit-learn: `pip install -r requirements/bench.txt`.
"""

from __future__ import annotations

import argparse
import itertools
import math
import warnings

import numpy as np
from tqdm import tqdm

import nnlib as nn

try:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import LogisticRegressionCV, RidgeCV
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import StandardScaler
except ImportError:
    raise SystemExit(
        "This compares with scikit-learn, which is not here: pip install -r requirements/bench.txt"
    ) from None

GRID = {
    "digits": {"hidden": [64, 128, 256], "lam": [1e-4, 1e-3, 1e-2], "lr": [1e-3, 3e-3, 1e-2]},
    "breast cancer": {
        "hidden": [8, 16, 32],
        "lam": [1e-3, 1e-2, 3e-2, 1e-1],
        "lr": [1e-3, 3e-3, 1e-2],
    },
    "diabetes": {"hidden": [8, 16, 32], "lam": [1e-2, 3e-2, 1e-1, 3e-1], "lr": [1e-3, 3e-3, 1e-2]},
}
CHOSEN = {
    "digits": {"hidden": 256, "lam": 1e-3, "lr": 1e-2},
    "breast cancer": {"hidden": 8, "lam": 1e-2, "lr": 3e-3},
    "diabetes": {"hidden": 16, "lam": 1e-1, "lr": 1e-2},
}
LOAD = {
    "digits": nn.load_digits,
    "breast cancer": nn.load_breast_cancer,
    "diabetes": nn.load_diabetes,
}
EPOCHS, BATCH = 60, 32


def split(name: str, X: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, ...]:
    """Return X_train, X_test, y_train, y_test, standardised by the training part."""
    X, X_test, y, y_test = nn.train_test_split(X, y, seed=seed, stratify=name != "diabetes")
    return *nn.standardise(X, X_test), y, y_test


def nnlib_score(
    name: str, parts: tuple[np.ndarray, ...], hidden: int, lam: float, lr: float
) -> float:
    """Train one hidden layer with Adam, cosine schedule and L2 penalty; return the test score."""
    X, X_test, y, y_test = parts
    k = {"digits": 10}.get(name, 1)
    losses = {"digits": nn.CrossEntropy(), "breast cancer": nn.LogLoss(), "diabetes": nn.MSE()}
    layers = [nn.Dense(X.shape[1], hidden), nn.ReLU(), nn.Dense(hidden, k)]
    net = nn.Network(layers, losses[name], seed=0, penalty=nn.L2(lam))
    steps = EPOCHS * math.ceil(len(X) / BATCH)
    mean, std = (y.mean(), y.std()) if name == "diabetes" else (0.0, 1.0)
    target = (y - mean) / std if name == "diabetes" else y
    nn.fit(net, X, target, nn.Adam(nn.cosine(lr, steps)), batch_size=BATCH, epochs=EPOCHS, rng=0)
    predicted = net.predict(X_test)
    return score(name, predicted * std + mean if name == "diabetes" else predicted, y_test)


def score(name: str, predicted: np.ndarray, y: np.ndarray) -> float:
    """Return the accuracy, or for diabetes the mean squared error."""
    predicted = predicted.reshape(y.shape)
    return float(((predicted - y) ** 2).mean()) if name == "diabetes" else nn.accuracy(predicted, y)


def chosen_score(name: str, parts: tuple[np.ndarray, ...]) -> float:
    """nnlib with the settings that won on validation data."""
    return nnlib_score(name, parts, **CHOSEN[name])


def linear_score(name: str, parts: tuple[np.ndarray, ...]) -> float:
    """Cross-validated ridge, or cross-validated L2 logistic regression."""
    X, X_test, y, y_test = parts
    if name == "diabetes":
        model = RidgeCV(alphas=np.logspace(-3, 3, 25))
    else:
        model = LogisticRegressionCV(Cs=np.logspace(-4, 2, 13), cv=5, max_iter=2000)
    return score(name, model.fit(X, y.ravel()).predict(X_test), y_test)


def sklearn_score(name: str, parts: tuple[np.ndarray, ...]) -> float:
    """scikit-learn's MLP with the chosen width, its other settings as they come."""
    X, X_test, y, y_test = parts
    kind = MLPRegressor if name == "diabetes" else MLPClassifier
    width = (CHOSEN[name]["hidden"],)
    model = kind(hidden_layer_sizes=width, max_iter=1000, random_state=0)
    if name == "diabetes":  # a target in its own units would cost it most of its iterations
        model = TransformedTargetRegressor(model, transformer=StandardScaler())
    return score(name, model.fit(X, y.ravel()).predict(X_test), y_test)


def search() -> None:
    """Print every setting's mean validation score over the ten training parts, best first."""
    for name, grid in GRID.items():
        X, y = LOAD[name]()
        rows = []
        for values in tqdm(list(itertools.product(*grid.values())), name, leave=False):
            setting = dict(zip(grid, values, strict=True))
            scores = []
            for seed in range(10):
                stratify = name != "diabetes"
                X_train, _, y_train, _ = nn.train_test_split(X, y, seed=seed, stratify=stratify)
                parts = split(name, X_train, y_train, 100 + seed)  # the test part is gone
                scores.append(nnlib_score(name, parts, **setting))
            rows.append((np.mean(scores), setting))
        rows.sort(key=lambda row: row[0], reverse=name != "diabetes")
        print(f"\n{name}")
        for mean, setting in rows[:8]:
            print(f"  {mean:10.4f}  {setting}")


def compare() -> None:
    """Print the test scores of the ten splits: mean, lowest and highest of each model."""
    print("| data | model | mean | lowest | highest |\n|---|---|---:|---:|---:|")
    for name, load in LOAD.items():
        X, y = load()
        splits = [split(name, X, y, seed) for seed in range(10)]
        models = {
            f"nnlib, {CHOSEN[name]['hidden']} hidden": chosen_score,
            "linear, cross-validated": linear_score,
            "scikit-learn MLP": sklearn_score,
        }
        means = []
        for model, scored in models.items():
            bar = tqdm(splits, f"{name}, {model}", leave=False)
            scores = [scored(name, parts) for parts in bar]
            means.append(np.mean(scores))
            cells = [np.mean(scores), min(scores), max(scores)]
            form = "{:,.0f}" if name == "diabetes" else "{:.1%}"
            what = "MSE" if name == "diabetes" else "accuracy"
            print(f"| {name}, {what} | {model} | " + " | ".join(map(form.format, cells)) + " |")
        if name == "diabetes":
            print(f"\nnnlib's mean MSE on diabetes is {means[0] / means[1]:.3f} × ridge's.")


def main() -> None:
    """Search or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--search", action="store_true", help="rank settings on validation data")
    warnings.filterwarnings("ignore", category=FutureWarning)  # of scikit-learn's defaults
    search() if parser.parse_args().search else compare()


if __name__ == "__main__":
    main()
