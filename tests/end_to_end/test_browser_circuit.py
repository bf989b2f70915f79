"""Opens a page of a circuit in headless Chromium, and works its phase plane as a reader would."""

import re

import numpy as np
import pytest

from interplay.circuits import WilsonCowan
from interplay.report import page, section_motif

pytestmark = pytest.mark.browser

PAIR = WilsonCowan(1.5, 2.0, 2.0, 0.5, phi="clip")
DRIVE = [0.6, 0.0]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    section = section_motif(PAIR.phase_plane(DRIVE), circuit=PAIR.circuit(), drive=DRIVE, regime=PAIR.regime(DRIVE))
    path = tmp_path_factory.mktemp("page") / "circuit.html"
    path.write_text(page([section], title="A pair"), encoding="utf-8", newline="\n")
    return path


@pytest.fixture
def tab(browser, file):
    tab = browser.new_page(viewport={"width": 1100, "height": 1000})
    seen = []
    tab.on("console", lambda m: seen.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda e: seen.append(str(e)))
    tab.goto(file.as_uri())
    tab.wait_for_selector("html[data-ready=yes]")
    tab.locator("#ip-plane").scroll_into_view_if_needed()
    yield tab
    tab.close()
    assert seen == []


def points(tab):
    return [tuple(map(float, p.split(","))) for p in tab.get_attribute("#ip-plane", "data-points").split()]


def move(tab, part, value):
    tab.evaluate(
        """([part, value]) => {
          const slider = document.querySelector(`input[data-part=${part}]`);
          slider.value = value;
          slider.dispatchEvent(new Event('input'));
          return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }""",
        [part, value],
    )


def place(tab, e, i):
    """Where a state lies on the screen, by the marks of the axes."""
    return tab.evaluate(
        """([e, i]) => {
          const svg = document.getElementById('ip-plane');
          const box = svg.getBoundingClientRect();
          const scale = box.width / svg.viewBox.baseVal.width;
          const [x0, x1, y0, y1] = [44, svg.viewBox.baseVal.width - 12, svg.viewBox.baseVal.height - 36, 10];
          return [box.left + scale * (x0 + e * (x1 - x0)), box.top + scale * (y0 + i * (y1 - y0))];
        }""",
        [e, i],
    )


def settle(tab):
    tab.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_plane_shows_what_the_library_found(tab):
    np.testing.assert_allclose(points(tab), PAIR.equilibrium(DRIVE).rates, atol=1e-5)
    assert tab.get_attribute("#ip-plane", "data-regime") == PAIR.regime(DRIVE).regime
    assert tab.text_content("#ip-plane-regime") == "Inhibition-stabilised."
    cells = tab.eval_on_selector_all("#ip-plane-points tbody td", "cells => cells.map(c => c.textContent)")
    assert cells[:4] == ["0.277", "0.369", "stable focus", "no"]
    assert not tab.locator("#fig-motif-plane .plot.still").first.is_visible()


@pytest.mark.parametrize("w_ee", [0.5, 2.8, 4.6])
def test_a_slider_solves_the_pair_anew(tab, w_ee):
    before = tab.get_attribute("#ip-nullcline-e", "d")
    move(tab, "w0", w_ee)
    changed = PAIR.with_parameter("w_ee", w_ee)
    np.testing.assert_allclose(points(tab), changed.equilibrium(DRIVE).rates, atol=1e-5)
    assert tab.get_attribute("#ip-plane", "data-regime") == changed.regime(DRIVE).regime
    assert tab.get_attribute("#ip-nullcline-e", "d") != before
    tab.click("#ip-plane-reset")
    settle(tab)
    assert tab.get_attribute("#ip-nullcline-e", "d") == before


def test_input_and_time_constants_count(tab):
    move(tab, "u1", 0.3)
    np.testing.assert_allclose(points(tab), PAIR.equilibrium([0.6, 0.3]).rates, atol=1e-5)
    move(tab, "tau", 1.0)  # tenfold: E is slow
    slow = WilsonCowan(1.5, 2.0, 2.0, 0.5, phi="clip", tau_e=10.0)
    assert tab.get_attribute("#ip-plane", "data-regime") == slow.regime([0.6, 0.3]).regime
    assert tab.locator("input[data-part=tau] + output").text_content() == "10"


def courses(tab):
    return tab.locator("#ip-plane path.course").count()


def test_a_click_starts_a_trajectory_that_ends_at_rest(tab):
    tab.click("#ip-plane-clear")
    settle(tab)
    assert courses(tab) == 0
    assert "Click in the plane" in tab.text_content("#ip-plane-course")
    tab.mouse.click(*place(tab, 0.3, 0.8))
    settle(tab)
    assert courses(tab) == 1
    path = tab.get_attribute("#ip-plane path.course", "d")
    pairs = np.array(re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path), dtype=float)
    box = tab.get_attribute("#ip-plane", "viewBox").split()
    scale = np.array([float(box[2]) - 56, -(float(box[3]) - 46)])
    states = (pairs - [44, float(box[3]) - 36]) / scale
    np.testing.assert_allclose(states[0], [0.3, 0.8], atol=0.01)
    np.testing.assert_allclose(states[-1], PAIR.equilibrium(DRIVE).rates[0], atol=0.005)
    assert tab.locator("#ip-plane-course path.curve").count() == 2


def test_the_start_can_be_dragged_and_the_keyboard_does_as_much(tab):
    first = tab.get_attribute("#ip-plane path.course", "d")
    tab.mouse.move(*place(tab, 0.2, 0.2))
    tab.mouse.down()
    tab.mouse.move(*place(tab, 0.6, 0.6), steps=4)
    tab.mouse.up()
    settle(tab)
    assert courses(tab) == 2
    last = tab.eval_on_selector_all("#ip-plane path.course", "list => list.at(-1).getAttribute('d')")
    assert last != first
    tab.focus("#ip-plane")
    tab.keyboard.press("ArrowLeft")
    settle(tab)
    assert tab.locator("#ip-plane .cross").count() == 1
    tab.keyboard.press("Enter")
    settle(tab)
    assert courses(tab) == 3
    tab.keyboard.press("Delete")
    settle(tab)
    assert courses(tab) == 0


def test_pointing_tells_costs_and_gains(tab):
    tab.mouse.move(*place(tab, 0.5, 0.1))
    said = tab.text_content("#ip-tip")
    assert said.startswith("E 0.5, I 0.1") or said.startswith("E 0.4")
    assert "cost of E" in said
    assert "would gain" in said


def test_costs_can_be_shaded(tab):
    assert tab.locator("#ip-plane image").count() == 0
    tab.select_option("#ip-plane-shade", "0")
    settle(tab)
    one = tab.get_attribute("#ip-plane image", "href")
    tab.select_option("#ip-plane-shade", "1")
    settle(tab)
    assert tab.get_attribute("#ip-plane image", "href") != one


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_telephone_in_both_themes(browser, file, scheme):
    tab = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    tab.goto(file.as_uri())
    tab.wait_for_selector("html[data-ready=yes]")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    ink = tab.evaluate("getComputedStyle(document.querySelector('#ip-plane .course')).stroke")
    assert ink == {"light": "rgb(27, 36, 48)", "dark": "rgb(230, 234, 238)"}[scheme]
    tab.close()


def test_without_script_a_picture_stands_in(browser, file):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(file.as_uri())
    assert not tab.locator("#ip-plane").is_visible()
    assert not tab.locator(".hint").is_visible()
    assert tab.locator("#fig-motif-plane .plot.still svg").first.is_visible()
    context.close()


def test_the_first_trajectory_stays_in_the_picture_and_large_cycles_are_shown(browser, tmp_path):
    open_pair = WilsonCowan(0.5, 2.0, 2.0, 0.5)
    plane = open_pair.phase_plane(DRIVE)
    file = tmp_path / "open.html"
    section = section_motif(plane, circuit=open_pair.circuit(), drive=DRIVE)
    file.write_text(page([section], title="An open pair"), encoding="utf-8", newline="\n")
    tab = browser.new_page(viewport={"width": 1100, "height": 1000})
    tab.goto(file.as_uri())
    tab.wait_for_selector("html[data-ready=yes]")
    for w_ee, regime in ((0.5, "self_regulating"), (3.4, "oscillatory"), (3.6, "runaway")):
        move(tab, "w0", w_ee)
        assert (
            tab.get_attribute("#ip-plane", "data-regime")
            == regime
            == open_pair.with_parameter("w_ee", w_ee).regime(DRIVE).regime
        )
        if regime != "runaway":
            path = tab.get_attribute("#ip-plane path.course", "d")
            states = np.array(re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path), dtype=float)
            width, height = map(float, tab.get_attribute("#ip-plane", "viewBox").split()[2:])
            assert (states >= [43.9, 9.9]).all()
            assert (states <= [width - 11.9, height - 35.9]).all()
    tab.close()


def test_on_paper_the_plane_is_there_and_its_controls_are_not(tab):
    tab.emulate_media(media="print")
    assert tab.locator("#ip-plane").is_visible()
    assert not tab.locator("#ip-pair").is_visible()
    assert not tab.locator(".hint").is_visible()
    assert "Click" not in tab.text_content("#fig-motif-plane figcaption")
    # Half of the page shows the drawing that is made for its width.
    assert tab.locator("#fig-motif-cost-e .plot.narrow").is_visible()
    assert not tab.locator("#fig-motif-cost-e .plot.wide").is_visible()
    wide = tab.get_attribute("#ip-plane", "viewBox")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert tab.get_attribute("#ip-plane", "viewBox").split()[2] == "400"
    tab.emulate_media(media="screen")
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert tab.get_attribute("#ip-plane", "viewBox") == wide
