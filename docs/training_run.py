"""Draw docs/training_run.png, the picture in the README: python docs/training_run.py."""

from pathlib import Path

import numpy as np
from matplotlib.colors import ListedColormap

import nnlib as nn
from nnlab.plots import COLOURS, DPI, figure

X, y = nn.spirals(600, k=3, noise=0.03, seed=0)
layers = [nn.Dense(2, 32), nn.Tanh(), nn.Dense(32, 32), nn.Tanh(), nn.Dense(32, 3)]
net = nn.Network(layers, loss=nn.CrossEntropy(), seed=0)
optimizer = nn.Adam(lr=0.01)
rng = np.random.default_rng(0)
side = np.linspace(-1.15, 1.15, 300)
grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)

fig, axes = figure(1, 4, size=(11, 3.1), width_ratios=[1, 1, 1, 1.25])
losses: list[float] = []
for ax, epoch in zip(axes, (1, 5, 40), strict=False):
    losses += nn.fit(net, X, y, optimizer, epochs=epoch - len(losses), rng=rng).train_loss
    classes = net.predict(grid).reshape(300, 300)
    colours = ListedColormap(COLOURS[:3])
    ax.imshow(classes, extent=(-1.15, 1.15) * 2, origin="lower", cmap=colours, alpha=0.25)
    for k, marker in enumerate("o^s"):
        ax.scatter(*X[y == k].T, s=7, marker=marker, color=COLOURS[k], linewidths=0)
    share = nn.accuracy(net.predict(X), y)
    ax.set(title=f"epoch {epoch}: {share:.0%} right", xticks=[], yticks=[])
    ax.grid(visible=False)
axes[3].plot(range(1, 41), losses, color="black", linestyle="-")
for epoch in (1, 5, 40):
    axes[3].plot(epoch, losses[epoch - 1], "o", color="black")
axes[3].set(title="training loss", xlabel="epoch", yscale="log")
fig.savefig(Path(__file__).with_suffix(".png"), dpi=1.5 * DPI, metadata={"Software": None})
