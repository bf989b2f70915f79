"""Opens the page of a tournament in headless Chromium, from a file."""

import importlib.util
from pathlib import Path

import pytest

from interplay.report import game_page

pytestmark = pytest.mark.browser

_spec = importlib.util.spec_from_file_location(
    "made_tournaments", Path(__file__).resolve().parents[1] / "unit" / "report" / "made_tournaments.py"
)
_made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_made)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "tournament.html"
    path.write_text(game_page(_made.make_tournament(n_seeds=2)), encoding="utf-8", newline="\n")
    return path.as_uri()


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_opens_in_silence_and_fits(browser, address, scheme, width):
    tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    problems, requests = [], []
    tab.on("console", lambda m: problems.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda e: problems.append(str(e)))
    tab.on("request", lambda r: requests.append(r.url))
    tab.goto(address)
    tab.wait_for_timeout(150)
    assert problems == []
    assert [u for u in requests if not u.startswith("data:")] == [address]
    assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert tab.inner_text("#answer-title").endswith("Who was better than chance?")
    tab.close()


def test_a_table_can_be_sorted_by_difference(browser, address):
    tab = browser.new_page()
    tab.goto(address)
    tab.click("summary:has-text('Every comparison')")
    tab.click("#cells th:has-text('difference') button")
    column = tab.eval_on_selector_all("#cells td.n:nth-child(4)", "cells => cells.map(c => Number(c.dataset.v))")
    assert column == sorted(column)
    tab.close()
