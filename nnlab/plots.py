"""Figures that read well: one look, direct labels, an alternative text for every picture.

No pyplot, so no figure stays open and nothing depends on what was drawn before: `figure` makes
one, `show` displays it once, as a picture with its description for who can't see it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnlib import History

DPI = 100
# Okabe and Ito's colours, told apart by all; each has a line style of its own too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00"]
LINES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1))]
LOOK = {
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "axes.axisbelow": True,
    "lines.linewidth": 2,
    "legend.frameon": False,
    "axes.prop_cycle": mpl.cycler(color=COLOURS, linestyle=LINES),
}
mpl.rcParams.update(LOOK)


def figure(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (7.5, 3.6), **options: object
) -> tuple[Figure, np.ndarray | Axes]:
    """Return a figure of `size` inches and its axes: one, or an array of rows × columns."""
    fig = Figure(figsize=size, layout="constrained")
    return fig, fig.subplots(rows, columns, **options)


def show(fig: Figure, alt: str) -> None:
    """Display the figure as a PNG at twice the resolution, and below it `alt`, what is seen.

    The words stand on the page because JupyterLab gives its pictures no alternative text.
    Raises ValueError for words too few to say what is seen.
    """
    if len(alt.split()) < 5:
        raise ValueError(f"alt text {alt!r} is too short: say in a sentence what the figure shows")
    png = io.BytesIO()
    fig.savefig(png, format="png", dpi=2 * DPI, metadata={"Software": None})
    width, height = (round(DPI * inches) for inches in fig.get_size_inches())
    size = {"width": width, "height": height, "alt": alt}
    display(
        {"image/png": png.getvalue(), "text/plain": f"[Figure: {alt}]"},
        metadata={"image/png": size},
        raw=True,
    )
    display({"text/markdown": f"*{alt}*", "text/plain": alt}, raw=True)


def end_label(ax: Axes, x: Sequence[float], y: Sequence[float], text: str, index: int) -> None:
    """Draw the curve and write its name at its end, in its colour: no legend to look up."""
    ax.plot(x, y, color=COLOURS[index], linestyle=LINES[index])
    ax.annotate(
        text,
        (x[-1], y[-1]),
        xytext=(6, 0),
        textcoords="offset points",
        color=COLOURS[index],
        va="center",
        annotation_clip=False,
    )


def learning_curves(history: History, metric: str = "validation accuracy") -> Figure:
    """Training and validation loss by epoch; beside them the metric, where there is one."""
    panels = 1 + bool(history.val_metric)
    fig, axes = figure(1, panels, size=(4.4 * panels, 3.4), squeeze=False)
    epochs = np.arange(1, len(history.train_loss) + 1)
    loss_axes = axes[0, 0]
    end_label(loss_axes, epochs, history.train_loss, "training", 0)
    if history.val_loss:
        end_label(loss_axes, epochs, history.val_loss, "validation", 1)
    if history.best_epoch:
        best = history.best_epoch
        loss_axes.plot(best, history.val_loss[best - 1], "o", color="black", markersize=6)
        loss_axes.annotate(
            f"lowest, epoch {best}",
            (best, history.val_loss[best - 1]),
            xytext=(12, 60),
            textcoords="offset points",
            arrowprops={"arrowstyle": "-", "color": "grey", "shrinkB": 5},
        )
    loss_axes.set(title="Loss", xlabel="epoch", yscale="log")
    if history.val_metric:
        axes[0, 1].plot(epochs, history.val_metric, color=COLOURS[2])
        axes[0, 1].set(title=metric.capitalize(), xlabel="epoch")
    return fig


def confusion(C: np.ndarray, names: Sequence[str] | None = None) -> Figure:
    """The confusion matrix as numbers on a grid, rows the true class; mistakes stand out."""
    k = len(C)
    names = [str(i) for i in range(k)] if names is None else names
    fig, ax = figure(size=(1.6 + 0.45 * max(k, 4), 1.2 + 0.42 * max(k, 4)))
    wrong = np.where(np.eye(k, dtype=bool), 0, C)
    ax.imshow(wrong, cmap="Oranges", vmin=0, vmax=max(1, wrong.max()) * 1.5)
    for (i, j), count in np.ndenumerate(C):
        if count:
            ax.text(j, i, f"{count}", ha="center", va="center", weight="bold" if i == j else None)
    ax.grid(visible=False)
    ax.set(xlabel="predicted", ylabel="true class", title="Confusion matrix")
    ax.set_xticks(range(k), names)
    ax.set_yticks(range(k), names)
    return fig
