"""A short interview in headless Chromium, by keyboard: JupyterLab and Notebook, both themes."""

import json

import pytest

from bench.browser import chromium, jupyter, missing, run_all, write_notebook
from nnlab.interview.items import catalogue

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(missing()), reason=missing() or "-")]

# A question with formulas, a numeric task, code: what an interview is made of.
CODE = """
from nnlab.interview import interview
from nnlab.interview.items import catalogue
from nnlab.interview.session import Session
from nnlab.interview.widget import Interview
cards = ["gradient-at-the-logits", "number-mlp-parameters", "code:dense_backward"]
items = [catalogue()[card].with_seed(5) for card in cards]
page = interview()
page.begin = lambda form: Session(items, 20)
page
"""
THEME = "jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {}'}})"
WIDTHS = (320, 768, 1200, 1600)
OUT = """() => {
  const face = document.querySelector(".interview");
  const right = face.getBoundingClientRect().right;
  const scrolled = (e) => e.closest("pre, textarea, .iv-report, .iv-math");
  const out = [...face.querySelectorAll("*")].filter((e) => !scrolled(e))
    .filter((e) => e.getBoundingClientRect().right > right + 1).map((e) => e.outerHTML);
  return [out, face.scrollWidth - face.clientWidth];
}"""
SPOKEN = """() => ({
  clock: document.querySelector(".iv-clock").getAttribute("aria-live"),
  said: document.querySelector(".iv-said").getAttribute("aria-live"),
  focus: document.activeElement.tagName.toLowerCase(),
})"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Return a function that opens the interview in "lab" or "notebook"."""
    folder = tmp_path_factory.mktemp("notebooks")
    write_notebook(folder / "a.ipynb", CODE)
    with jupyter(folder) as url, chromium() as browser:

        def open_page(kind):
            page = browser.new_page(viewport={"width": 1200, "height": 1000})
            page.set_default_timeout(20_000)
            run_all(page, url, kind, "a.ipynb", ".interview")
            page.evaluate(axe())
            return page

        yield open_page


def axe():
    """Return the source of axe-core."""
    return pytest.importorskip("axe_playwright_python.base").AXE_FILE_PATH.read_text("utf-8")


def violations(page):
    """Return what axe finds in the interview, in both themes."""
    found = []
    for theme in ("Dark", "Light"):
        page.evaluate(THEME.format(theme))
        page.wait_for_timeout(700)
        looked = page.evaluate("axe.run('.interview')")
        assert len(looked["passes"]) > 5
        found += [(theme, rule["id"], rule["nodes"][0]["html"]) for rule in looked["violations"]]
    return found


def tab_to(page, name):
    """Go on by Tab until a control of that name has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if name in page.evaluate(
            "() => { const e = document.activeElement;"
            "return e.labels?.[0]?.textContent || e.textContent; }"
        ):
            return
    raise AssertionError(f"Tab never came to {name}")


@pytest.mark.parametrize("kind", ["lab", "notebook"])
def test_a_short_interview_by_keyboard(opened, kind):
    """Who has no mouse, or doesn't see the screen, could not rehearse; or nobody could."""
    page = opened(kind)
    source = catalogue()["gradient-at-the-logits"].source
    total = catalogue()["number-mlp-parameters"].with_seed(5).task.right["total"]
    faults = violations(page)

    page.locator(".interview select").first.focus()
    tab_to(page, "Start")
    page.keyboard.press("Enter")

    page.locator(".interview textarea").wait_for()
    assert page.evaluate(SPOKEN) == {"clock": "off", "said": "polite", "focus": "textarea"}
    faults += violations(page)
    page.locator(".interview textarea").focus()
    page.keyboard.type("p minus <b>one</b>-hot, add dd bb")  # JupyterLab's shortcuts
    page.keyboard.press("Control+Enter")
    page.locator(".iv-marks").wait_for()
    assert page.evaluate(SPOKEN)["focus"] == "h4"
    assert "You wrote: p minus <b>one</b>-hot" in page.locator(".interview").inner_text()
    page.locator("mjx-container").first.wait_for()
    assert "\\" not in page.locator(".interview").inner_text()
    faults += violations(page)
    page.locator(".iv-body h4").first.focus()
    for _ in source.rubric:
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
    page.locator(".iv-marks input[value=easy]:checked").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    page.locator(".iv-marks input[value=good]:checked").wait_for()
    tab_to(page, "Next question")
    page.keyboard.press("Enter")

    page.locator(".iv-form input").first.wait_for()
    assert page.evaluate(SPOKEN)["focus"] == "input"
    tab_to(page, "total")
    page.keyboard.type(str(total + 1))
    page.keyboard.press("Enter")
    page.locator(".iv-said", has_text="not right").wait_for()
    faults += violations(page)
    page.locator(".iv-form input").last.fill(f"{total:,}")
    page.locator(".iv-form input").last.press("Enter")
    page.locator(".iv-said", has_text="total: right").wait_for()
    tab_to(page, "Next question")
    page.keyboard.press("Enter")

    page.locator("textarea.iv-code").wait_for()
    page.keyboard.press("Control+A")
    page.keyboard.type("def dense_backward(dz, x, W):\n")  # a colon: the next line is indented
    page.keyboard.type("return dz @ W.T, x.T @ dz, dz.sum(axis=0)")
    faults += violations(page)
    page.locator("textarea.iv-code").press("Control+Enter")
    page.locator(".iv-said", has_text="Right: it passes every case.").wait_for()
    tab_to(page, "To the report")
    page.keyboard.press("Enter")

    page.locator(".iv-report").wait_for()
    assert "3 questions answered, 2 of them well" in page.locator(".iv-report").inner_text()
    faults += violations(page)
    assert faults == []
    assert page.locator(".jp-Cell").count() == 1  # no letter was taken for a shortcut
    page.close()


def test_nothing_sticks_out_at_any_width(opened):
    """On a phone, half of the question would lie outside of the screen."""
    page = opened("notebook")
    found = {}
    steps = (
        "Start",
        "Show the answer",
        "Next question",
        "I don’t know",
        "Next question",
        "I don’t know",
        "To the report",
    )

    for step in steps:
        page.get_by_role("button", name=step, exact=True).click()
        page.wait_for_timeout(700)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 1000})
            page.wait_for_timeout(250)
            out, scroll = page.evaluate(OUT)
            if out or scroll > 0:
                found[step, width] = (out, scroll)
    page.close()

    assert json.dumps(list(found.items())) == "[]"


def test_who_does_not_know_is_not_asked_what_was_said(opened):
    """The page would ask for ticks on an answer that was never given."""
    page = opened("lab")

    for step in ("Start", "I don’t know"):
        page.get_by_role("button", name=step, exact=True).click()
    page.locator(".iv-marks").wait_for()
    said = page.locator(".interview").inner_text()
    page.close()

    assert "What is listened for" in said
    assert "Which of these did you say?" not in said


def test_axe_would_find_a_field_without_its_label(opened):
    """A check that can't fail proves nothing."""
    page = opened("lab")
    page.evaluate("document.querySelector('.interview label').remove()")

    assert "select-name" in {rule for _, rule, _ in violations(page)}
    page.close()
