"""A notebook in a real browser: start Jupyter, open a page, run its cells. For tests and benches.

Nothing here reaches the network: the server listens on this machine, and Chromium is told to look
for no updates. Playwright's own Chromium is taken if it is installed, else one on the PATH.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
]
OVERRIDES = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}

READY = """() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status
    === "idle" && document.querySelector(".jp-CodeCell") """


@functools.cache
def missing() -> str:
    """Return what is missing for a browser test, or "" if nothing is."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return "Playwright is not installed: pip install -r requirements/browser.txt"
    if executable():
        return ""
    with sync_playwright() as playwright:
        if Path(playwright.chromium.executable_path).exists():
            return ""
    return "no Chromium: python -m playwright install chromium"


def executable() -> str | None:
    """Return a Chromium on the PATH, if there is one."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextlib.contextmanager
def chromium() -> Iterator[Any]:
    """Yield a headless browser of Playwright."""
    from playwright.sync_api import sync_playwright

    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path).exists()
        browser = playwright.chromium.launch(
            executable_path=None if own else executable(),
            args=QUIET + (["--no-sandbox"] if root else []),
        )
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def jupyter(folder: Path) -> Iterator[str]:
    """Serve the folder with JupyterLab and Notebook; yield the server's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="jupyter-", ignore_cleanup_errors=True) as own:
        settings = Path(own) / "config" / "labconfig"
        settings.mkdir(parents=True)
        (settings / "default_setting_overrides.json").write_text(json.dumps(OVERRIDES), "utf-8")
        names = ("config", "data", "runtime")
        env = os.environ | {f"JUPYTER_{n.upper()}_DIR": str(Path(own) / n) for n in names}
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += [f"--port={port}", "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token="]
        command += ["--ServerApp.disable_check_xsrf=True", f"--ServerApp.root_dir={folder}"]
        command += ["--ServerApp.port_retries=0", "--LabApp.expose_app_in_browser=True"]
        command += ["--JupyterNotebookApp.expose_app_in_browser=True"]
        with open(Path(own) / "log", "wb") as log:
            server = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
            try:
                wait_for(f"http://127.0.0.1:{port}/api", server, Path(own) / "log")
                yield f"http://127.0.0.1:{port}"
            finally:
                server.terminate()
                server.wait(20)


def wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    """Return when the server answers; RuntimeError with its log if it ends or takes a minute."""
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        time.sleep(0.2)
    raise RuntimeError(f"Jupyter does not answer:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def write_notebook(path: Path, *cells: str) -> None:
    """Write a notebook of code cells, not run."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(source, id=f"c{i}") for i, source in enumerate(cells)
    ]
    notebook.metadata.kernelspec = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    nbformat.write(notebook, path)


def run_all(page: Any, url: str, kind: str, name: str, until: str = ".lab .lab-plot svg") -> None:
    """Open a notebook in "lab" or "notebook", run every cell, and wait for what it shows."""
    page.goto(f"{url}/lab/tree/{name}?reset" if kind == "lab" else f"{url}/notebooks/{name}")
    page.wait_for_function(READY, timeout=60_000)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.locator(until).first.wait_for(timeout=60_000)
