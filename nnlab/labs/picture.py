"""A lab's static picture, by Matplotlib: for repository pages, exports and closed notebooks."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure

from nnlab.labs.scene import Mark, Panel, Table
from nnlab.plots import COLOURS, DPI, LINES

MARKERS = {"circle": "o", "square": "s", "diamond": "D", "cross": "x"}
SHARP = 1.5  # pixels of the file for each on the page
PIXEL = 72 / DPI  # a pixel, in Matplotlib's points


def png(panels: Sequence[Panel | Table], numbers: dict[str, Any]) -> bytes:
    """Draw the panels, at most two in a row, at the size that a wide screen gives them."""
    rows = rows_of(panels)
    width = width_of(panels)
    heights = [max(panel.size[1] for panel in row) for row in rows]
    fig = Figure(figsize=(width / DPI, sum(heights) / DPI), dpi=DPI, layout="constrained")
    for part, row in zip(
        np.atleast_1d(fig.subfigures(len(rows), 1, height_ratios=heights)), rows, strict=True
    ):
        ratios = [panel.size[0] for panel in row]
        axes = part.subplots(1, len(row), squeeze=False, width_ratios=ratios)[0]
        for ax, panel in zip(axes, row, strict=True):
            ax.set_title(panel.title)
            if isinstance(panel, Table):
                draw_table(ax, panel, numbers[panel.name])
            else:
                draw_panel(ax, panel, numbers)
    file = io.BytesIO()
    fig.savefig(file, format="png", dpi=SHARP * DPI, metadata={"Software": None})
    return file.getvalue()


def rows_of(panels: Sequence[Panel | Table]) -> list[Sequence[Panel | Table]]:
    """Return the panels two by two."""
    return [panels[i : i + 2] for i in range(0, len(panels), 2)]


def width_of(panels: Sequence[Panel | Table]) -> int:
    """Return the picture's width on a page, in pixels."""
    return max(sum(panel.size[0] for panel in row) for row in rows_of(panels))


def draw_table(ax: Axes, table: Table, rows: Any) -> None:
    """Draw the cells, without frame."""
    ax.axis("off")
    cells = table.cells(rows) or [[""] * len(table.columns)]
    drawn = ax.table(cells, colLabels=list(table.columns), bbox=(0, 0, 1, 1), cellLoc="left")
    drawn.auto_set_font_size(False)
    drawn.set_fontsize(9)
    for cell in drawn.get_celld().values():
        cell.set_linewidth(0.3)


def draw_panel(ax: Axes, panel: Panel, numbers: dict[str, Any]) -> None:
    """Set the axes up as the front end does, and draw every mark."""
    x0, x1, y0, y1 = panel.limits(numbers)
    ax.set(xlim=(x0, x1), ylim=(y0, y1), xlabel=panel.xlabel, ylabel=panel.ylabel)
    ax.set(xscale="log" if panel.xlog else "linear", yscale="log" if panel.ylog else "linear")
    if panel.ticks is not None:
        ax.set_xticks(range(len(panel.ticks)), panel.ticks)
    if panel.rows is not None:
        ax.set_yticks(range(len(panel.rows)), panel.rows)
    if not panel.axes:
        ax.axis("off")
    for order, mark in enumerate(panel.marks):
        draw_mark(ax, mark, numbers[mark.name], order)
    labels = ax.get_legend_handles_labels()
    if labels[1]:
        ax.legend(*labels, fontsize=9, framealpha=0.8, frameon=True)


def draw_mark(ax: Axes, mark: Mark, data: Any, order: int) -> None:
    """Draw one mark above those before it."""
    look, array = mark.look, mark.array(data)
    index = look.get("colour")
    colour = "#333333" if index is None else COLOURS[index]
    named = {"label": mark.label or None, "zorder": 2 + order / 10}
    if mark.kind == "line":
        style = "-" if index is None else LINES[index]
        width = look["stroke"] * PIXEL
        ax.plot(*array, color=colour, linestyle=style, linewidth=width, **named)
    elif mark.kind == "points":
        fill = "white" if look["hollow"] else colour
        marker, size = MARKERS[look["shape"]], look["size"] * PIXEL
        edge = colour if look["hollow"] or look["shape"] == "cross" else "white"
        line = {"linestyle": "", "markeredgecolor": edge, "markeredgewidth": 1.5}
        ax.plot(*array, marker=marker, markersize=size, markerfacecolor=fill, **line, **named)
    elif mark.kind == "bars":
        ax.bar(*array, width=look["width"], color=colour, **named)
    elif mark.kind == "arrows":
        shrink = look["shrink"] * PIXEL
        if mark.label:
            ax.plot([], [], color=colour, marker=">", **named)
        style = {"arrowstyle": "->", "color": colour, "shrinkA": shrink, "shrinkB": shrink}
        style["linewidth"] = look["stroke"] * PIXEL
        for x, y, x_end, y_end in array.T[np.isfinite(array).all(axis=0)]:
            ax.annotate("", (x_end, y_end), (x, y), arrowprops=style, zorder=named["zorder"])
    elif mark.kind == "heatmap":
        box = (*ax.get_xlim(), *ax.get_ylim())
        rgb = np.frombuffer(look["colours"], np.uint8).reshape(-1, 3) / 255
        options = {"vmin": look["low"], "vmax": look["high"], "cmap": ListedColormap(rgb)}
        smooth = "bilinear" if look["smooth"] else "nearest"
        options |= {"origin": "lower", "aspect": "auto", "interpolation": smooth, "extent": box}
        image = ax.imshow(array, **options, zorder=1)
        ax.figure.colorbar(image, ax=ax, label=mark.label, shrink=0.8)
    else:
        halo = {"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85}
        weight = "bold" if look["bold"] else "normal"
        for x, y, string in data:
            ax.annotate(
                string,
                (x, y),
                xytext=(0, -look["dy"] * PIXEL),
                textcoords="offset points",
                color=np.multiply(to_rgb(colour), 0.75),  # small print wants more contrast
                fontsize=9,
                weight=weight,
                ha="center",
                va="center",
                bbox=halo,
                zorder=named["zorder"],
            )
