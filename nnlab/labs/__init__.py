"""Labs: move a control, see what a network does, read it in words.

**How to write a lab.** Three things: a pure function from control values to numbers, panels whose
marks say how the numbers are drawn, and a sentence that says what there is to see.

    from nnlab.labs import Lab, Panel, line, number, points, slider

    def descend(lr):                                # pure: tested without a screen
        w = [2.0]
        for _ in range(20):
            w.append(w[-1] - lr * 2 * w[-1])        # the gradient of w² is 2w
        return {"path": w, "last": ([20], [w[-1]])}

    def say(numbers):
        return f"After 20 steps w is {number(numbers['path'][-1])}."

    lab = Lab(
        "Gradient descent on w²", descend,
        controls=[slider("lr", "learning rate η", 0.01, 1.2, 0.1)],
        panels=[Panel("The path", [line("path", "w"), points("last", "where it ends", 1)],
                      alt="The weight w against the step, from 2 towards 0.",
                      xlabel="step", ylabel="w", xlim=(0, 20))],
        say=say,
        predict="Above which learning rate does w no longer come to rest?",
    )

`lab` at the end of a cell shows it: live with a kernel, as a PNG with its description without.
`lab.show(lr=0.3)` gives picture and words where widgets don't work.

- Controls: `slider` (linear, whole numbers, or `log=True`), `stepper` (Previous and Next),
  `choice`, `button` (compute gets the number of presses, such as for a seed). Each is a trait.
- Marks: `line`, `points`, `arrows`, `bars`, `text`, `heatmap`; compute returns the numbers of each
  under its name. With `data=` a mark never changes (`contours` makes such a one).
- `Panel` holds marks on axes, or without (`axes=False`, for a graph); `Table` holds rows.
- Colour never stands alone: a line has its dashes, points a `shape`, everything a label.

Values that are infinite or NaN are left out of the picture and counted in the read-out; what they
mean (a learning rate above 2/λmax, say) is `say`'s to tell. An exception of `compute` is told too.
"""

from nnlab.labs.lab import Lab
from nnlab.labs.scene import (
    Control,
    Mark,
    Panel,
    Table,
    arrows,
    bars,
    button,
    choice,
    contours,
    heatmap,
    line,
    number,
    points,
    slider,
    stepper,
    text,
)

__all__ = [
    "Control",
    "Lab",
    "Mark",
    "Panel",
    "Table",
    "arrows",
    "bars",
    "button",
    "choice",
    "contours",
    "heatmap",
    "line",
    "number",
    "points",
    "slider",
    "stepper",
    "text",
]
