"""Chapter 11's lab: train on real data, watch the two losses part, and see who is misjudged."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache

import numpy as np

import nnlib as nn
from nnlab.labs.lab import Lab, Numbers
from nnlab.labs.scene import Control, Panel, Table, heatmap, line, number, points, slider, text

EPOCHS = 100
BATCHES = [8, 16, 32, 64, 128, 364]
HIDDEN = [0, 1, 2, 4, 8, 16, 32, 64]
FLOOR, TOP = 1e-3, 10.0  # what is drawn of the losses
GUESS = float(np.log(2))
CLASSES = ("benign", "malignant")


@cache
def patients() -> tuple[np.ndarray, ...]:
    """X_train (364, 30), y_train, X_val (91, 30), y_val: chapter 11's split, scaled by training."""
    X, y = nn.load_breast_cancer()
    X, _, y, _ = nn.train_test_split(X, y, test=0.2, seed=0, stratify=True)
    X_train, X_val, y_train, y_val = nn.train_test_split(X, y, test=0.2, seed=1, stratify=True)
    X_train, X_val = nn.standardise(X_train, X_val)
    return X_train, y_train, X_val, y_val


def network(hidden: int) -> nn.Network:
    """30 inputs, `hidden` ReLU units, one logit; without hidden units, logistic regression."""
    layers = [nn.Dense(30, hidden), nn.ReLU(), nn.Dense(hidden, 1)] if hidden else [nn.Dense(30, 1)]
    return nn.Network(layers, loss=nn.LogLoss(), seed=0)


@lru_cache(maxsize=256)
def trained(lr: float, batch_size: int, hidden: int, patience: int) -> tuple:
    """Return the history, the confusion matrix of the validation part, and the parameter count."""
    X_train, y_train, X_val, y_val = patients()
    net = network(hidden)
    history = nn.fit(
        net,
        X_train,
        y_train,
        nn.SGD(lr=lr),
        batch_size=batch_size,
        epochs=EPOCHS,
        validation=(X_val, y_val),
        patience=patience,
    )
    with np.errstate(all="ignore"):
        predicted = net.predict(X_val)
    C = nn.confusion_matrix(predicted.ravel().astype(int), y_val.ravel().astype(int), 2)
    return history, C, net.theta.size


def drawn(losses: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return epochs and losses; what lies outside the picture is a gap."""
    loss = np.array(losses, dtype=np.float64)
    seen = (loss >= FLOOR) & (loss <= TOP)
    return np.arange(1, len(loss) + 1), np.where(seen, loss, np.nan)


def compute(lr: float, batch_size: int, hidden: int, patience: int) -> Numbers:
    """Both loss curves, the best epoch, and the confusion matrix of the weights that came back."""
    history, C, parameters = trained(lr, batch_size, hidden, patience)
    best = history.best_epoch
    low = history.val_loss[best - 1] if best else float("nan")
    right = int(np.trace(C))
    shares = C / C.sum(axis=1, keepdims=True)
    inside = [low] if FLOOR <= low <= TOP else [np.nan]
    return {
        "train": drawn(history.train_loss),
        "val": drawn(history.val_loss),
        "best": ([best], inside),
        "shares": shares[::-1],  # the lowest row first: malignant below
        "counts": [(j, 1 - i, str(C[i, j])) for i in range(2) for j in range(2)],
        "words": [
            (j, 1 - i, f"{CLASSES[i]},\ncalled {CLASSES[j]}") for i in range(2) for j in range(2)
        ],
        "table": [
            ["parameters", str(parameters)],
            ["updates an epoch", str(-(-len(patients()[0]) // batch_size))],
            ["epochs trained", str(len(history.val_loss))],
            ["best epoch", str(best) if best else "–"],
            ["best validation loss", number(low)],
            ["validation accuracy", f"{right} of {C.sum()}"],
        ],
        "C": C,
        "lr": lr,
        "patience": patience,
        "low": low,
        "best_epoch": best,
        "epochs": len(history.val_loss),
        "train_at_best": history.train_loss[best - 1] if best else float("nan"),
        "train_last": history.train_loss[-1] if history.train_loss else float("nan"),
        "first": history.val_loss[0] if history.val_loss else float("nan"),
        "last": history.val_loss[-1] if history.val_loss else float("inf"),
        "diverged": history.diverged,
    }


def say_run(n: Numbers) -> str:
    """Say whether it learned, when it stopped and why, and which mistakes are left."""
    C = n["C"]
    missed, alarms = int(C[1, 0]), int(C[0, 1])
    if n["diverged"] or not n["last"] <= TOP:
        return (
            f"η = {number(n['lr'])}: diverged. The loss leaves the picture, far above ln 2 = "
            f"{number(GUESS)}, which is what knowing nothing costs. Try a tenth of this η."
        )
    if n["low"] >= GUESS:
        said = (
            f"No better than knowing nothing: the lowest validation loss, {number(n['low'])}, is "
            f"not below ln 2 = {number(GUESS)}."
        )
        if n["best_epoch"] == EPOCHS:
            said += " It is still falling: η is far too small for 100 epochs."
    elif n["epochs"] - n["best_epoch"] >= n["patience"]:
        said = (
            f"Stopped after epoch {n['epochs']}: no new best for {n['patience']} "
            f"{'epoch' if n['patience'] == 1 else 'epochs'}. The weights of epoch "
            f"{n['best_epoch']} are back."
        )
        if n["train_last"] < n["train_at_best"]:
            moved = f"from {number(n['low'])} to {number(n['last'])}"
            said += " Since then the training loss has fallen on"
            if n["last"] > 1.1 * n["low"]:
                said += f" and the validation loss has risen, {moved}: over-fitting."
            else:
                said += f", while the validation loss went {moved}: nearly flat."
    else:
        said = (
            f"All {EPOCHS} epochs done; the best was epoch {n['best_epoch']}, validation loss "
            f"{number(n['low'])}."
        )
        if n["best_epoch"] == EPOCHS:
            said += " It was still falling: more epochs or a larger η would go on."
    if n["low"] < FLOOR:
        said += " That is below the picture."
    said += f" Of {C.sum()} validation patients {np.trace(C)} are judged rightly"
    said += f"; {missed} malignant missed, {alarms} false {'alarm' if alarms == 1 else 'alarms'}."
    return said


def training_run() -> Lab:
    """Sliders for η, batch size, hidden units and patience: two losses and a confusion matrix."""

    def stops(name: str, label: str, value: int, values: list[int], last: str = "") -> Control:
        shown = [str(v) for v in values]
        shown[0] += ", logistic regression" if name == "hidden" else ""
        return Control("slider", name, label, value, values, [*shown[:-1], shown[-1] + last])

    return Lab(
        "Train on real data",
        compute,
        controls=[
            slider("lr", "learning rate η", 0.001, 31.623, 0.1, log=True),
            stops("batch_size", "batch size", 32, BATCHES, ", the full batch"),
            stops("hidden", "hidden units", 16, HIDDEN),
            slider("patience", "patience, in epochs", 1, 30, 10),
        ],
        panels=[
            Panel(
                "The two losses",
                [
                    line("guess", "ln 2: knowing nothing", 5, 1, ([0, EPOCHS + 1], [GUESS] * 2)),
                    line("train", "training, mean during the epoch", 0, gaps=True),
                    line("val", "validation, after the epoch", 1, gaps=True),
                    replace(points("best", "best epoch", 2, "diamond", 12), gaps=True),
                ],
                alt="Training and validation loss against the epoch on a logarithmic scale, with "
                "a line at ln 2. The lowest validation loss is marked by a diamond.",
                xlabel="epoch",
                ylabel="log loss",
                xlim=(0, EPOCHS + 1),
                ylim=(FLOOR, TOP),
                ylog=True,
                size=(480, 340),
            ),
            Panel(
                "Who is judged how (validation)",
                [
                    heatmap("shares", "share of the row", smooth=False),
                    text("counts", bold=True),
                    text("words", dy=30),
                ],
                alt="Confusion matrix with a row for each true class, malignant below, and a "
                "column for what the network says: the number of patients in each of four fields.",
                axes=False,
                xlim=(-0.5, 1.5),
                ylim=(-0.5, 1.5),
                size=(400, 340),
            ),
            Table("The run", "table", ["what", "value"], (300, 280)),
        ],
        say=say_run,
        predict="Before you move η: at 0.001, is the training loss after 100 epochs nearer to 0 or "
        "to ln 2? At which η does the loss leave the picture? With no hidden unit at all, how "
        "many more patients are misjudged?",
    )
