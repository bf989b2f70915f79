"""Opens a report in headless Chromium, from a file, and works it as a reader would."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from interplay.report import page, section_change, section_network, section_recording

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def network(make):
    return make.network(n=14, s=8, directed=True, density=0.5)


@pytest.fixture(scope="module")
def report(make, network, tmp_path_factory):
    recording, measures = make.recording(n=14), make.measures(network)
    # One measure is enough here: drawing takes most of the time.
    measures = replace(measures, graph={"density": measures.graph["density"]})
    sections = [
        section_recording(recording),
        section_network(network, units=recording.units, measures=measures),
        section_change(measures),
    ]
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page(sections, title="In a browser"), encoding="utf-8", newline="\n")
    return path


def visit(browser, path, **context):
    tab = browser.new_page(viewport={"width": 1100, "height": 800}, **context)
    seen = SimpleNamespace(problems=[], requests=[])
    tab.on("console", lambda m: seen.problems.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda e: seen.problems.append(str(e)))
    tab.on("request", lambda r: seen.requests.append(r.url))
    tab.goto(path.as_uri())
    return tab, seen


@pytest.fixture
def opened(browser, report):
    tab, seen = visit(browser, report)
    tab.wait_for_selector("html[data-ready=yes]")
    yield tab, seen
    tab.close()


def views(tab):
    return SimpleNamespace(
        label=tab.text_content("#ip-window-label"),
        dock=tab.text_content("#ip-dock-label"),
        edges=int(tab.get_attribute("#ip-network", "data-edges")),
        network=tab.evaluate("document.getElementById('ip-network').toDataURL()"),
        matrix=tab.evaluate("document.getElementById('ip-matrix').toDataURL()"),
        marks=tab.evaluate("[...document.querySelectorAll('.cursor')].map(c => c.style.cssText).join()"),
        table=tab.text_content("#ip-top-edges tbody"),
    )


def show_all_edges(tab):
    tab.evaluate("const c = document.getElementById('ip-cut'); c.value = 0; c.dispatchEvent(new Event('input'))")


def expected_edges(network, window):
    snaps = network.snapshots
    return int(snaps.pointer[window + 1] - snaps.pointer[window])


def test_page_opens_in_silence_and_asks_for_nothing(opened, report):
    tab, seen = opened
    tab.wait_for_timeout(150)
    assert seen.problems == []
    assert [u for u in seen.requests if not u.startswith("data:")] == [report.as_uri()]


def test_slider_moves_every_view(opened, network):
    tab, seen = opened
    show_all_edges(tab)
    before = views(tab)
    assert before.label.startswith("Window 1 of 8")
    assert before.edges == expected_edges(network, 0)
    tab.focus("#ip-time")
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    after = views(tab)
    assert after.label.startswith("Window 4 of 8")
    start, stop = network.snapshots.bounds[3]
    assert f"[{round(start, 3):g}, {round(stop, 3):g}) s" in after.dock
    assert after.edges == expected_edges(network, 3)
    for name in ("network", "matrix", "marks", "table"):
        assert getattr(before, name) != getattr(after, name), name
    assert tab.get_attribute("#ip-time", "aria-valuetext").startswith("window 4 of 8")
    tab.keyboard.press("ArrowLeft")
    assert views(tab).label.startswith("Window 3 of 8")
    assert seen.problems == []


def test_slider_answers_to_input_and_back(opened, network):
    tab, _ = opened
    show_all_edges(tab)
    first = views(tab)
    tab.fill("#ip-time", "7")
    last = views(tab)
    assert last.label.startswith("Window 8 of 8")
    assert last.edges == expected_edges(network, 7)
    assert last.matrix != first.matrix
    tab.fill("#ip-time", "0")
    again = views(tab)
    assert (again.network, again.matrix, again.marks) == (first.network, first.matrix, first.marks)


def test_arrow_keys_work_anywhere_on_the_page(opened):
    tab, _ = opened
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("ArrowRight")
    assert views(tab).label.startswith("Window 2 of 8")


def test_threshold_and_signs_choose_the_edges(opened, network):
    tab, _ = opened
    show_all_edges(tab)
    weight = network.snapshots.weight[: network.snapshots.pointer[1]]
    tab.uncheck("#ip-show-negative")
    assert views(tab).edges == int((weight > 0).sum())
    tab.uncheck("#ip-show-positive")
    tab.check("#ip-show-negative")
    assert views(tab).edges == int((weight < 0).sum())
    tab.check("#ip-show-positive")
    tab.fill("#ip-cut", "800")
    every = network.snapshots.weight
    expected = 0
    for sign in (1, -1):
        of_sign = np.sort(sign * every[sign * every > 0])
        expected += int((sign * weight >= of_sign[int(0.8 * len(of_sign))]).sum())
    # Weights travel quantised, so one edge at each bound may fall on either side.
    assert views(tab).edges == pytest.approx(expected, abs=2)
    assert 0 < expected < len(weight)


def test_play_runs_to_the_end_and_stops(opened):
    tab, _ = opened
    tab.fill("#ip-time", "5")
    tab.click("#ip-play")
    assert tab.get_attribute("#ip-play", "aria-pressed") == "true"
    # The page's own policy forbids evaluation of strings, so waiting goes through a selector.
    tab.wait_for_selector("#ip-play[aria-pressed=false]", timeout=8000)
    assert views(tab).label.startswith("Window 8 of 8")


def test_pointing_tells_units_and_pairs(opened, network):
    tab, _ = opened
    tab.locator("#ip-matrix").scroll_into_view_if_needed()
    box = tab.locator("#ip-matrix").bounding_box()
    tab.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    assert "→" in tab.text_content("#ip-tip")
    tab.select_option("#ip-unit", "2")
    assert tab.evaluate("document.getElementById('ip-unit').value") == "2"
    box = tab.locator("#ip-network").bounding_box()
    found = False
    for x in np.linspace(10, box["width"] - 10, 60):
        for y in np.linspace(10, box["height"] - 10, 12):
            tab.mouse.move(box["x"] + x, box["y"] + y)
            if "strength" in (tab.text_content("#ip-tip") or ""):
                found = True
                break
        if found:
            break
    assert found


def test_click_on_a_time_axis_jumps_there(opened):
    tab, _ = opened
    plot = tab.locator("#fig-overview .plot.wide")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    tab.mouse.click(box["x"] + 0.95 * box["width"], box["y"] + 0.4 * box["height"])
    assert views(tab).label.startswith("Window 8 of 8")


def test_tables_sort(opened):
    tab, _ = opened
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    head = tab.locator("details:has(a[download='units.csv']) th button").last
    read = "rows => rows.map(r => Number(r.cells[r.cells.length - 1].dataset.v))"
    head.click()
    up = tab.eval_on_selector_all("details:has(a[download='units.csv']) tbody tr", read)
    head.click()
    down = tab.eval_on_selector_all("details:has(a[download='units.csv']) tbody tr", read)
    assert up == sorted(up)
    assert down == up[::-1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_telephone(browser, report, scheme):
    tab = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    tab.goto(report.as_uri())
    tab.wait_for_selector("html[data-ready=yes]")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    tab.close()


def test_without_script_the_pictures_remain(browser, report):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(report.as_uri())
    assert tab.locator("#fig-overview .plot.wide svg").is_visible()
    assert tab.locator("#network noscript").count() == 1
    assert not tab.locator("#ip-dock").is_visible()
    assert not tab.locator("#ip-network").is_visible()
    assert tab.locator("#fig-still-1 svg").is_visible()
    context.close()
