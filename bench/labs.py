"""The lab engine in real JupyterLab and Notebook: from keydown to new pixels, in milliseconds.

    python -m bench.labs              # both pages, 60 key presses each; about a minute

Needs requirements/browser.txt and a Chromium (Playwright's own, or one on the PATH). The lab that
is measured trains a small network for 150 steps at every move, and draws a decision map of
60 × 60 numbers and the loss curve.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import nnlib as nn
from bench.browser import chromium, jupyter, missing, run_all, write_notebook
from nnlab.labs import Lab, Panel, choice, heatmap, line, number, points, slider

STEPS = 150
AXIS = np.linspace(-2.5, 2.5, 60)
GRID = np.stack(np.meshgrid(AXIS, AXIS), axis=-1).reshape(-1, 2)
X, Y = nn.moons(100, seed=0)
X = nn.standardise(X)[0]


def train(lr: float, activation: str) -> dict:
    """Train a 2-16-1 network with full batches; return its map, its curve and its loss."""
    layers = [nn.Dense(2, 16), {"tanh": nn.Tanh, "ReLU": nn.ReLU}[activation](), nn.Dense(16, 1)]
    net, opt, losses = nn.Network(layers, nn.LogLoss(), seed=1), nn.SGD(lr=lr, momentum=0.9), []
    for _ in range(STEPS):
        value, grad = net.value_and_grad(X, Y)
        losses.append(value)
        opt.step(net.theta, grad)
    return {"map": net.predict_proba(GRID).reshape(60, 60), "loss": losses}


def say(numbers: dict) -> str:
    """Return where the training ended."""
    return f"After {STEPS} steps the training loss is {number(numbers['loss'][-1])}."


def training_lab() -> Lab:
    """Return the lab that is measured."""
    side = (-2.5, 2.5)
    ones = Y.ravel() == 1
    return Lab(
        "Train a small network",
        train,
        controls=[
            slider("lr", "learning rate η", 0.001, 1.0, 0.1, log=True),
            choice("activation", "activation", ["tanh", "ReLU"]),
        ],
        panels=[
            Panel(
                "What it has learned",
                [
                    heatmap("map", "P(y = 1)"),
                    points("zeros", "y = 0", None, data=X[~ones].T),
                    points("ones", "y = 1", None, "diamond", hollow=True, data=X[ones].T),
                ],
                alt="Two half moons of points, and the probability that the network gives.",
                xlabel="x₁",
                ylabel="x₂",
                xlim=side,
                ylim=side,
            ),
            Panel(
                "Training loss",
                [line("loss", "loss")],
                alt="The training loss against the step.",
                xlabel="step",
                ylabel="loss, log scale",
                xlim=(0, STEPS),
                ylim=(0.001, 10),
                ylog=True,
            ),
        ],
        say=say,
        predict="Does ten times the learning rate learn ten times as fast?",
    )


WATCH = """() => {
  const times = (window.labTimes = []);
  const drawn = (window.labDrawn = []);
  let pressed = null;
  document.addEventListener("keydown", (event) => (pressed ??= event.timeStamp), true);
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {  // comes after the frame in which the curve was changed
    drawn.push(performance.now());
    if (pressed !== null) times.push(performance.now() - pressed);
    pressed = null;
  };
  const curve = document.querySelector(".lab-plot .lab-line path");
  new MutationObserver(() => channel.port2.postMessage(0)).observe(curve, { attributes: true });
  window.labBlank = 0;
  const look = () => {
    const canvas = document.querySelector(".lab canvas");
    const pixel = canvas.getContext("2d").getImageData(30, 30, 1, 1).data[3];
    if (!pixel || !curve.isConnected || !curve.getAttribute("d")) window.labBlank += 1;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def measure(page: Any, presses: int = 60, seconds: float = 4.0) -> dict[str, float]:
    """Return median and p95 from keydown to the new frame, and frames a second while held.

    The page shows `training_lab()`, and nothing else. A key that is held repeats every 30 ms.
    """
    page.evaluate(WATCH)
    page.locator(".lab input[type=range]").focus()
    for i in range(presses + 5):
        page.keyboard.press("ArrowLeft" if i % 20 < 10 else "ArrowRight")
        page.wait_for_timeout(150 + i % 7 * 9)  # at every phase of the screen's own rhythm
    times = page.evaluate("window.labTimes")[5:]
    page.evaluate("window.labDrawn.length = 0")
    end, i = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        page.keyboard.down("ArrowLeft" if i % 40 < 20 else "ArrowRight")
        page.wait_for_timeout(20)
        i += 1
    page.keyboard.up("ArrowLeft")
    page.keyboard.up("ArrowRight")
    drawn = page.evaluate("window.labDrawn")
    return {
        "presses": len(times),
        "median": statistics.median(times),
        "p95": statistics.quantiles(times, n=20)[-1],
        "worst": max(times),
        "fps": len(drawn) / seconds,
        "blank": page.evaluate("window.labBlank"),
    }


def main() -> None:
    """Print one line for each page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=60)
    args = parser.parse_args()
    if missing():
        sys.exit(missing())
    start = time.perf_counter()
    for i in range(20):
        train(0.1 + i / 1000, "tanh")
    print(f"compute alone: {(time.perf_counter() - start) / 20 * 1e3:.1f} ms")
    code = "from bench.labs import training_lab\ntraining_lab()"
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyter(Path(folder)) as url,
        chromium() as driven,
    ):
        for kind in ("lab", "notebook"):
            write_notebook(Path(folder) / f"{kind}.ipynb", code)
            page = driven.new_page(viewport={"width": 1200, "height": 1000})
            run_all(page, url, kind, f"{kind}.ipynb")
            found = measure(page, args.presses)
            print(
                f"{kind:8}: keydown to new frame, {found['presses']} presses: "
                f"median {found['median']:.0f} ms, p95 {found['p95']:.0f}, "
                f"worst {found['worst']:.0f}; {found['fps']:.0f} frames a second while held; "
                f"{found['blank']} blank frames"
            )
            page.close()


if __name__ == "__main__":
    main()
