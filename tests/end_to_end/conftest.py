"""A browser for the tests that open pages, and the makers of the report's tests, which serve the whole page too."""

import importlib.util
import shutil
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location(
    "report_makers", Path(__file__).resolve().parents[1] / "unit" / "report" / "conftest.py"
)
_makers = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_makers)
make = _makers.make

FLAGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window, or a reason why not. One per file: it must not outlive the tests that use it."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine; install Debian's package chromium to run this test")
    with api.sync_playwright() as play:
        engine = play.chromium.launch(executable_path=path, args=FLAGS)
        yield engine
        engine.close()
