"""The labs in headless Chromium, in JupyterLab and Notebook: moved by keys, seen, read, timed."""

import pytest

from bench.browser import chromium, jupyter, missing, run_all, write_notebook
from bench.labs import measure

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing() or "-")]

LABS = {
    "stepper": "from nnlab.labs.chapter07 import backprop_stepper\nbackprop_stepper()",
    "live": "from nnlab.labs.chapter07 import backprop_live\nlab = backprop_live()\nlab",
    "training": "from bench.labs import training_lab\ntraining_lab()",
    "slow": """
import time
from nnlab.labs import Lab, Panel, line, slider
calls = []
def compute(a):
    calls.append(a)
    time.sleep(0.3)
    return {"curve": [0, a], "calls": len(calls), "a": a}
Lab("Slow", compute, [slider("a", "a", 0, 100, 0)],
    [Panel("P", [line("curve")], alt="A line from zero to the value.")],
    lambda numbers: f"{numbers['calls']} calls, a = {numbers['a']}")
""",
    "mixed": """
from IPython.display import display
from ipywidgets import IntSlider, VBox, link
from nnlab.labs import Lab, Panel, button, choice, line, slider
def compute(a, kind, seed):
    if a == 9:
        raise ValueError("nine is too many")
    return {"curve": [0, a if kind == "up" else -a, float("nan")], "seed": seed}
lab = Lab("Mixed", compute,
    [slider("a", "height", 0, 9, 3), choice("kind", "way", ["up", "down"]), button("seed", "More")],
    [Panel("P", [line("curve", "curve")], alt="A line from zero to the value.")],
    lambda numbers: f"seed {numbers['seed']}")
other = IntSlider(3, 0, 9, description="other")
link((other, "value"), (lab, "a"))
VBox([other, lab])
""",
}
SCREEN = {"width": 1200, "height": 1000}
NAMELESS = """() => [...document.querySelectorAll(".lab :is(input, select, button, svg[role])")]
  .filter((e) => !(e.ariaLabel || e.getAttribute("aria-label") || e.labels?.[0]?.textContent
                   || e.textContent).trim()).map((e) => e.outerHTML)"""

ALONE = """() => {
  const copy = document.querySelector(".lab").cloneNode(true);
  const plain = Object.assign(document.createElement("div"), { id: "plain" });
  plain.append(copy);
  for (const child of document.body.children) child.style.display = "none";
  document.body.append(plain);
  document.body.style.overflow = "visible";
}"""
TOGETHER = """() => {
  document.querySelector("#plain").remove();
  for (const child of document.body.children) child.style.display = "";
  document.body.style.overflow = "";
}"""
CONTRASTS = """() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (colour) => {
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const lab = document.querySelector("#plain .lab");
  const paper = light(getComputedStyle(lab).backgroundColor);
  const against = (colour) => {
    const l = light(colour);
    return (Math.max(l, paper) + 0.05) / (Math.min(l, paper) + 0.05);
  };
  const words = [...lab.querySelectorAll("svg text")].map((e) => [getComputedStyle(e).fill, 4.5]);
  const marks = [...lab.querySelectorAll(".lab-plot :is(.lab-line, .lab-arrows) path")]
    .map((e) => [getComputedStyle(e).stroke, 3]);
  return [...words, ...marks].map(([colour, wanted]) => [colour, against(colour), wanted]);
}"""
SIZES = """() => {
  const lab = document.querySelector(".lab");
  const right = lab.getBoundingClientRect().right;
  const out = [...lab.querySelectorAll("*:not(svg *)")]
    .filter((e) => e.getBoundingClientRect().right > right + 1).map((e) => e.outerHTML);
  return { out, right, scroll: lab.scrollWidth - lab.clientWidth };
}"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Return a function that gives the page of a lab, as it was opened or as the last test left it.

    Starting a notebook takes seconds, so each is started once; Reset puts the controls back.
    """
    folder = tmp_path_factory.mktemp("notebooks")
    for name, code in LABS.items():
        write_notebook(folder / f"{name}.ipynb", code)
    pages = {}
    with jupyter(folder) as url, chromium() as browser:

        def open_page(name, kind="lab"):
            if (name, kind) not in pages:
                page = pages[name, kind] = browser.new_page(viewport=SCREEN)
                page.asked = []
                page.on("request", lambda request: page.asked.append(request.url))
                run_all(page, url, kind, f"{name}.ipynb")
                assert [where for where in page.asked if not local(where, url)] == []
            page = pages[name, kind]
            page.set_viewport_size(SCREEN)
            page.get_by_role("button", name="Reset").click()
            page.wait_for_timeout(500)
            return page

        yield open_page
        for page in pages.values():
            page.close()


def local(address, url):
    """Say whether a request stays on this machine."""
    return address.startswith((url, url.replace("http", "ws"), "data:", "blob:", "about:"))


def reading(page):
    """Return the read-out's text."""
    return page.locator(".lab-reading").inner_text()


def wait_for_reading(page, part):
    """Wait until the read-out says it."""
    page.locator(".lab-reading", has_text=part).wait_for(timeout=10_000)


@pytest.mark.parametrize("kind", ["lab", "notebook"])
def test_a_slider_moves_picture_and_read_out_by_keyboard(opened, kind):
    """JupyterLab would take the arrow keys, and the lab would be for mice only."""
    page = opened("training", kind)
    curve = page.locator(".lab-plot .lab-line path")
    slider = page.get_by_label("learning rate η")
    before = reading(page), curve.get_attribute("d"), pixels(page), slider.input_value()

    slider.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "d => document.querySelector('.lab-plot .lab-line path').getAttribute('d') !== d",
        arg=before[1],
    )
    page.wait_for_timeout(500)

    after = reading(page), curve.get_attribute("d"), pixels(page), slider.input_value()
    assert all(new != old for new, old in zip(after, before, strict=True))
    assert int(after[3]) == int(before[3]) + 2
    assert slider.get_attribute("aria-valuetext") == page.locator(".lab output").inner_text()
    assert page.locator(".jp-Cell").count() == 1  # no shortcut has added or removed a cell


def pixels(page):
    """Return the heat map's pixels as a number that changes with them."""
    return page.evaluate("""() => { const c = document.querySelector(".lab canvas");
        return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.join().length; }""")


def test_steps_go_by_button_by_arrow_and_back(opened):
    """A reader could not go back to the step that was not understood."""
    page = opened("stepper")
    ahead = page.get_by_role("button", name="Next")

    ahead.focus()
    for _ in range(2):
        page.keyboard.press("Enter")
    wait_for_reading(page, "Forward: z1₂ =")
    page.get_by_role("button", name="Previous").click()
    wait_for_reading(page, "Forward: z1₁ =")
    page.get_by_role("slider", name="step").focus()
    page.keyboard.press("End")
    wait_for_reading(page, "Backward: db1₂ =")
    assert ahead.get_attribute("aria-disabled") == "true"
    page.keyboard.press("ArrowLeft")
    wait_for_reading(page, "Backward: db1₁ =")
    page.get_by_role("button", name="Reset").click()
    wait_for_reading(page, "Given: x =")

    assert page.locator(".lab output").inner_text() == "0 of 21"


@pytest.mark.parametrize("name", ["stepper", "live", "training", "mixed"])
def test_axe_finds_no_violation(opened, name):
    """Readers with a screen reader, or with poor sight, would be shut out."""
    page = opened(name)
    page.evaluate(axe())

    assert violations(page) == []
    assert page.evaluate(NAMELESS) == []
    assert page.locator(".lab-reading").get_attribute("aria-live") == "polite"


@pytest.mark.parametrize("name", ["stepper", "training", "mixed"])
def test_contrast_is_enough_in_both_themes(opened, name):
    """Words or marks would be lost in the dark theme. In place, axe can't tell: so alone."""
    page = opened(name)
    page.evaluate(axe())
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        page.evaluate(f"jupyterapp.commands.execute('apputils:change-theme', {{theme: '{theme}'}})")
        page.wait_for_timeout(1000)
        page.evaluate(ALONE)

        found = page.evaluate("axe.run('.lab', {runOnly: ['color-contrast']})")
        assert [node["html"] for rule in found["violations"] for node in rule["nodes"]] == []
        assert len(found["passes"][0]["nodes"]) >= 5
        assert [low for low in page.evaluate(CONTRASTS) if low[1] < low[2]] == []
        page.evaluate(TOGETHER)
    page.evaluate(
        "jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})"
    )


def violations(page):
    """Return what axe finds in the lab."""
    found = page.evaluate("axe.run('.lab')")
    assert len(found["passes"]) > 5
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]]


def axe():
    """Return the source of axe-core."""
    return pytest.importorskip("axe_playwright_python.base").AXE_FILE_PATH.read_text("utf-8")


def test_axe_would_find_a_slider_without_its_label(opened):
    """A check that can't fail proves nothing."""
    page = opened("live")
    page.evaluate(axe())
    page.evaluate("window.label = document.querySelector('.lab label'); window.label.remove()")

    assert "label" in dict(violations(page))
    page.evaluate("document.querySelector('.lab-control').prepend(window.label)")
    assert violations(page) == []


@pytest.mark.parametrize("name", ["stepper", "live", "training"])
def test_nothing_sticks_out_at_any_width(opened, name):
    """On a phone, half of the lab would lie outside of the screen."""
    page = opened(name, "notebook")

    for width in (320, 768, 1200, 1600):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(700)
        sizes = page.evaluate(SIZES)

        assert sizes["out"] == []
        assert sizes["scroll"] <= 0
        assert sizes["right"] <= width


def test_stale_work_is_never_queued(opened):
    """A slow lab would go on moving long after the reader has let go."""
    page = opened("slow")
    page.get_by_label("a", exact=True).focus()

    for _ in range(40):
        page.keyboard.press("ArrowRight")
    wait_for_reading(page, "a = 40")

    calls = int(reading(page).split()[0])
    assert calls <= 6  # one at the start, one under way, and the newest after each answer


def test_a_lab_among_ordinary_widgets(opened):
    """Linked widgets, a list and a button would be out of step; an error would end the lab."""
    page = opened("mixed")
    curve = page.locator(".lab-plot .lab-line path")

    assert "curve: 1 of 3 values are infinite or NaN" in reading(page)
    page.get_by_role("button", name="More").click()
    wait_for_reading(page, "seed 1")
    up = curve.get_attribute("d")
    page.get_by_label("way").focus()
    page.keyboard.press("ArrowDown")  # not for the notebook, whose next cell it would select
    page.wait_for_function(
        "d => document.querySelector('.lab-plot .lab-line path').getAttribute('d') !== d", arg=up
    )
    page.get_by_label("height").focus()
    page.keyboard.press("End")
    wait_for_reading(page, "No picture for this setting: nine is too many")
    page.keyboard.press("ArrowLeft")
    wait_for_reading(page, "seed 1")

    assert page.locator(".widget-readout").inner_text() == "8"


def test_many_moves_leave_the_page_as_it_was(opened):
    """Elements would pile up in the page, and the browser grow slow."""
    page = opened("live")
    slider = page.get_by_label("W1₁₁")
    slider.focus()
    count = "document.querySelectorAll('*').length"
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    before = page.evaluate(count)

    for i in range(200):
        page.keyboard.press("ArrowLeft" if i % 40 < 20 else "ArrowRight")
    page.wait_for_timeout(500)

    assert page.evaluate(count) == before


def test_new_pixels_come_soon_and_no_frame_is_blank(opened):
    """The reader would feel the lab lag. Far above what bench.labs finds: machines differ."""
    found = measure(opened("training"), presses=20, seconds=2)

    assert found["median"] < 250
    assert found["fps"] > 4
    assert found["blank"] == 0
