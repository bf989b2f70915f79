"""Opens a page of influence in headless Chromium: wide, on a telephone, dark, without scripts, on paper."""

import importlib.util
from pathlib import Path

import pytest

from interplay.report import page, section_opinions, section_price, section_reach, section_seeds, section_spread

pytestmark = pytest.mark.browser

_spec = importlib.util.spec_from_file_location(
    "made_influence", Path(__file__).resolve().parents[1] / "unit" / "report" / "made_influence.py"
)
_made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_made)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    graph = _made.made_graph(80, groups=("majority", "minority", "a group with quite a long name"))
    groups = graph.groups("team")
    comparison = _made.made_comparison(graph, runs=60)
    sections = [
        section_reach(comparison),
        section_price(_made.made_price()),
        section_opinions({"no seeds": _made.made_opinions()}),
        section_spread(comparison.spreads[3], graph, groups, label="greedy"),
        section_seeds(comparison, graph, groups),
    ]
    path = tmp_path_factory.mktemp("page") / "influence.html"
    path.write_text(page(sections, title="Whom it reaches"), encoding="utf-8", newline="\n")
    return path


@pytest.fixture
def opened(browser, file):
    tabs, seen = [], []

    def show(width=1280, **settings):
        tab = browser.new_page(viewport={"width": width, "height": 900}, **settings)
        tab.on("console", lambda m: seen.append(m.text) if m.type in ("error", "warning") else None)
        tab.on("pageerror", lambda e: seen.append(str(e)))
        tab.on("request", lambda r: seen.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
        tab.goto(file.as_uri())
        tabs.append(tab)
        return tab

    yield show
    for tab in tabs:
        tab.close()
    assert seen == []


FIGURES = (
    "reach-groups",
    "reach-trade",
    "price-curve",
    "price-groups",
    "opinions-1",
    "spread-network",
    "spread-course",
)


def inside(tab, figure):
    """Texts of a picture that leave it, by more than a pixel."""
    return tab.evaluate(
        """(key) => {
          const drawn = [...document.querySelectorAll(`#fig-${key} .plot svg`)];
          const svg = drawn.find((s) => s.getBoundingClientRect().width);
          const box = svg.getBoundingClientRect();
          return [...svg.querySelectorAll('text')].filter((t) => {
            const b = t.getBoundingClientRect();
            return b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1 || b.bottom > box.bottom + 1;
          }).map((t) => t.textContent);
        }""",
        figure,
    )


@pytest.mark.parametrize("width", [1280, 390])
def test_every_picture_is_whole_and_the_page_never_scrolls_sideways(opened, width):
    tab = opened(width)
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for figure in FIGURES:
        assert tab.locator(f"#fig-{figure} .plot svg").first.is_visible() or width == 390
        assert inside(tab, figure) == [], figure


def overlaps(tab, figure):
    """Pairs of names beside points that lie on each other."""
    return tab.evaluate(
        """(key) => {
          const drawn = [...document.querySelectorAll(`#fig-${key} .plot svg`)];
          const svg = drawn.find((s) => s.getBoundingClientRect().width);
          const texts = [...svg.querySelectorAll('text')].map((t) => [t.textContent, t.getBoundingClientRect()]);
          const found = [];
          texts.forEach(([a, p], i) => texts.slice(i + 1).forEach(([b, q]) => {
            const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
            const tall = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
            if (wide > 2 && tall > 3) found.push(`${a} on ${b}`);
          }));
          return found;
        }""",
        figure,
    )


@pytest.mark.parametrize("width", [1280, 390])
def test_no_text_lies_on_another(opened, width):
    tab = opened(width)
    for figure in FIGURES:
        assert overlaps(tab, figure) == [], figure


def test_dark_pages_have_pale_ink_and_the_colours_of_the_dark_palette(opened):
    tab = opened(color_scheme="dark")
    colour = tab.evaluate("getComputedStyle([...document.querySelectorAll('#fig-reach-groups svg text')].at(-1)).fill")
    bright = [int(v) for v in colour[4:-1].split(",")]
    assert min(bright) > 120


def test_nothing_needs_a_script(opened):
    tab = opened(java_script_enabled=False)
    for key in ("reach", "price", "opinions", "spread", "seeds"):
        assert tab.locator(f"#{key} h2").is_visible()
    assert tab.locator("#fig-reach-groups svg").first.is_visible()
    assert tab.locator("#reach table").first.is_visible()


def test_folded_tables_open_and_download(opened):
    tab = opened()
    tab.wait_for_selector("html[data-ready=yes]")
    folded = tab.locator("#seeds details").first
    folded.locator("summary").click()
    assert folded.locator("table").is_visible()
    assert tab.locator("#reach a[download]").first.get_attribute("href").startswith("data:text/csv")


def test_paper_has_every_chapter(opened, tmp_path):
    tab = opened()
    tab.emulate_media(media="print")
    for key in ("reach", "price", "spread", "seeds"):
        assert tab.locator(f"#{key}").is_visible()
    tab.pdf(path=tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").stat().st_size > 20_000
