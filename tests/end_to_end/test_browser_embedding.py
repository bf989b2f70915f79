"""Opens a report with an embedding in headless Chromium, and works it as a reader would."""

import base64
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from interplay.report import page, section_embedding, section_network

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def parts(make):
    network = make.network(n=14, s=8, density=0.5)
    measures = make.measures(network)
    result = make.embedding(n=14, s=8, bounds=network.snapshots.bounds, present=network.snapshots.present)
    return SimpleNamespace(network=network, measures=measures, result=result, units=make.recording(n=14).units)


@pytest.fixture(scope="module")
def pages(parts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    network = section_network(parts.network, units=parts.units, measures=parts.measures)
    network = replace(network, figures=network.figures[:1])
    embedding = section_embedding(parts.result, units=parts.units, measures=parts.measures)
    for name, sections in {"both": [network, embedding], "alone": [embedding]}.items():
        (folder / f"{name}.html").write_text(page(sections, title=name), encoding="utf-8", newline="\n")
    return folder


def visit(browser, path, **context):
    tab = browser.new_page(viewport={"width": 1100, "height": 800}, **context)
    seen = []
    tab.on("console", lambda m: seen.append(m.text) if m.type in ("error", "warning") else None)
    tab.on("pageerror", lambda e: seen.append(str(e)))
    tab.goto(path.as_uri())
    tab.wait_for_selector("html[data-ready=yes]")
    return tab, seen


@pytest.fixture(params=["both", "alone"])
def opened(browser, pages, request):
    tab, seen = visit(browser, pages / f"{request.param}.html", reduced_motion="reduce")
    yield tab
    tab.close()
    assert seen == []


@pytest.fixture
def together(browser, pages):
    tab, seen = visit(browser, pages / "both.html", reduced_motion="reduce")
    yield tab
    tab.close()
    assert seen == []


def picture(tab, name="ip-cloud"):
    return tab.evaluate(f"document.getElementById('{name}').toDataURL()")


def test_slider_and_keys_move_the_embedding(opened):
    first = picture(opened)
    bars = picture(opened, "ip-attention")
    assert opened.text_content("#ip-cloud-label").startswith("Window 1 of 8")
    opened.evaluate("document.activeElement.blur()")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowRight")
    assert opened.text_content("#ip-cloud-label").startswith("Window 3 of 8")
    assert opened.get_attribute("#ip-cloud", "data-moment") == "2"
    assert picture(opened) != first
    assert picture(opened, "ip-attention") != bars
    opened.fill("#ip-time", "0")
    assert picture(opened) == first


def test_dots_lie_where_the_embedding_puts_them(together, parts):
    together.fill("#ip-time", "6")
    spots = find_units(together)
    data = section_embedding(parts.result).figures[0].payload
    x = np.frombuffer(base64.b64decode(data["x"]), "<u2").reshape(8, 14)[6].astype(float)
    y = np.frombuffer(base64.b64decode(data["y"]), "<u2").reshape(8, 14)[6].astype(float)
    found = sorted(spots)
    assert len(found) >= 6
    got = np.array([spots[k] for k in found])
    rows = [parts.units.id.tolist().index(k) for k in found]
    # One scale for both axes, y upwards: so the places on the screen are a shift and a factor away.
    scale = np.ptp(got[:, 0]) / np.ptp(x[rows])
    np.testing.assert_allclose(got[:, 0] - got[:, 0].mean(), (x[rows] - x[rows].mean()) * scale, atol=6)
    np.testing.assert_allclose(got[:, 1] - got[:, 1].mean(), -(y[rows] - y[rows].mean()) * scale, atol=6)


def find_units(tab):
    """Point everywhere, and note at which places a unit gives its name."""
    tab.locator("#ip-cloud").scroll_into_view_if_needed()
    return {
        name: np.mean(places, axis=0)
        for name, places in group(
            tab.evaluate("""() => {
              const canvas = document.getElementById('ip-cloud');
              const box = canvas.getBoundingClientRect();
              const out = [];
              for (let x = 2; x < box.width; x += 4) for (let y = 2; y < box.height; y += 4) {
                const at = { clientX: box.left + x, clientY: box.top + y, bubbles: true };
                canvas.dispatchEvent(new PointerEvent('pointermove', at));
                const tip = document.getElementById('ip-tip');
                if (!tip.hidden) out.push([tip.textContent.split('\\n')[0].slice(5), x, y]);
              }
              canvas.dispatchEvent(new PointerEvent('pointerleave', {}));
              return out;
            }""")
        ).items()
    }


def group(rows):
    out = {}
    for name, x, y in rows:
        out.setdefault(name, []).append((x, y))
    return out


def test_a_unit_is_followed_in_both_views(together):
    network, cloud = picture(together, "ip-network"), picture(together)
    together.select_option("#ip-cloud-unit", "3")
    assert together.evaluate("document.getElementById('ip-unit').value") == "3"
    assert picture(together, "ip-network") != network
    assert picture(together) != cloud
    together.select_option("#ip-unit", "")
    assert together.evaluate("document.getElementById('ip-cloud-unit').value") == ""
    assert (picture(together, "ip-network"), picture(together)) == (network, cloud)


def test_colours_are_chosen_for_both_views(together):
    network, cloud = picture(together, "ip-network"), picture(together)
    together.select_option("#ip-cloud-colour", "group")
    assert together.evaluate("document.getElementById('ip-colour-by').value") == "group"
    assert picture(together, "ip-network") != network
    assert picture(together) != cloud
    assert "assembly 1" in together.text_content("#ip-cloud-legend")
    assert "history node" in together.text_content("#ip-cloud-legend")
    assert "history node" not in together.text_content("#ip-node-legend")


def test_trails_grow_and_vanish(opened):
    opened.fill("#ip-time", "6")
    some = picture(opened)
    opened.fill("#ip-trail", "0")
    none = picture(opened)
    opened.fill("#ip-trail", "12")
    assert len({some, none, picture(opened)}) == 3
    assert opened.text_content("#ip-trail-value") == "12 windows"


def test_farthest_moved_come_first(opened, parts):
    assert "this is the first" in opened.text_content("#ip-moved tbody")
    opened.fill("#ip-time", "2")
    moved = np.linalg.norm(parts.result.embedding[2] - parts.result.embedding[1], axis=1)
    names = opened.eval_on_selector_all("#ip-moved tbody tr", "rows => rows.map(r => r.cells[0].textContent)")
    assert names == parts.units.id[np.argsort(-moved)[:6]].tolist()


def test_attention_and_axes_take_the_reader_to_a_window(opened):
    opened.locator("#ip-attention").scroll_into_view_if_needed()
    box = opened.locator("#ip-attention").bounding_box()
    opened.mouse.click(box["x"] + 38 + (box["width"] - 46) * 0.7, box["y"] + 40)
    assert opened.text_content("#ip-cloud-label").startswith("Window 6 of 8")
    assert opened.text_content("#ip-attention-title").startswith("What window 6 draws on")
    assert opened.locator("#fig-attention .cursor.across").count() == 1


def test_dots_glide_to_the_next_window(browser, pages):
    tab, seen = visit(browser, pages / "alone.html", reduced_motion="no-preference")
    tab.keyboard.press("ArrowRight")
    tab.wait_for_selector("#ip-cloud[data-moment='1']", timeout=4000)
    tab.fill("#ip-time", "6")
    assert tab.get_attribute("#ip-cloud", "data-moment") == "6"  # a jump does not glide
    tab.click("#ip-play")
    tab.wait_for_selector("#ip-play[aria-pressed=false]", timeout=8000)
    tab.wait_for_selector("#ip-cloud[data-moment='7']", timeout=4000)
    assert seen == []
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_telephone(browser, pages, scheme):
    tab = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    tab.goto((pages / "both.html").as_uri())
    tab.wait_for_selector("html[data-ready=yes]")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    tab.close()


def test_without_script_the_pictures_remain(browser, pages):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((pages / "alone.html").as_uri())
    assert not tab.locator("#ip-cloud").is_visible()
    assert not tab.locator("#ip-dock").is_visible()
    assert tab.locator("#fig-attention svg").is_visible()
    assert tab.locator("figure[id^=fig-embedding-] svg").first.is_visible()
    context.close()
