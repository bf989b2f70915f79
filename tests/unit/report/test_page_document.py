import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.data import Events, Recording, Series, Units
from interplay.report import (
    Figure,
    Section,
    page,
    section_change,
    section_communities,
    section_embedding,
    section_methods,
    section_network,
    section_provenance,
    section_readout,
    section_recording,
    section_recovery,
    section_summary,
)

VOID = {"meta", "link", "br", "img", "input", "hr"}
HOSTILE = "<script>alert(1)</script>\"'&$x$"


class Checker(HTMLParser):
    """Collects tags, texts and addresses, and refuses badly nested elements."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.sources, self.text, self.scripts = [], [], [], [], 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.sources += [given[k] for k in ("src", "href", "srcset", "action", "data") if given.get(k)]
        self.scripts += tag == "script"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data):
        self.text.append(data)


def check(html):
    parser = Checker()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids)), "an id is used twice"
    for source in parser.sources:
        assert source.startswith(("#", "data:")), f"{source} would be loaded"
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?\s*(?:https?:)?//", html)
    assert not re.search(r"url\(\s*[\"']?\s*(?:https?:)?//", html)
    assert "@import" not in html
    wanted = set(re.findall(r"url\(#([^)]+)\)", html)) | {s[1:] for s in parser.sources if s.startswith("#")}
    assert wanted <= set(parser.ids), "a reference leads nowhere"
    for svg in re.findall(r"<svg.*?</svg>", html, flags=re.S):
        ET.fromstring(svg)
    return parser


def whole(make, n=12, s=9, seed=1, **network):
    recording = make.recording(n=n, seed=seed)
    net = make.network(n=n, s=s, **network)
    measures = make.measures(net)
    readout = make.readout(net)
    recovery = make.recovery(net)
    results = {"inference": net, "measures": measures, "read-out": readout}
    sections = [
        section_summary(recording, net, measures=measures, readouts=[readout], recovery=recovery),
        section_recording(recording),
        section_network(net, units=recording.units, measures=measures),
        section_change(measures, true_changes_s=recovery.true_changes_s),
        section_communities(measures, units=recording.units),
        section_readout(readout),
        section_recovery(recovery),
        section_methods(results, references=[("key2020", "A. Author (2020). Title.")], bibtex="@article{key2020,\n}"),
        section_provenance(results, recording=recording, plan="window_s = 60\n"),
    ]
    return page(sections, title="A recording", subtitle="of little", meta={"digest": recording.digest})


@pytest.fixture(scope="module")
def html(make):
    return whole(make)


def test_page_is_whole_well_formed_and_loads_nothing(html):
    parser = check(html)
    text = " ".join(parser.text)
    for words in ("Summary", "Network over time", "Provenance", "key2020", "window_s = 60", "rate ρ = 0.71"):
        assert words in text


@pytest.mark.slow  # the main job's tests compare whole reports in every run
def test_equal_input_gives_equal_bytes(make, html):
    assert whole(make) == html


def test_other_input_gives_other_bytes(make):
    one, two = (page([section_network(make.network(seed=k))], title="t") for k in (1, 2))
    assert one != two


def test_policy_lets_only_its_own_script_run(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    script = re.findall(r"<script>(.*?)</script>", html, flags=re.S)
    assert len(script) == 1
    seal = base64.b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{seal}'" in policy


def test_every_label_of_the_payload_stays_text(make):
    recording = make.recording(n=4)
    units = Units(
        n=4,
        id=np.array([f"{k}{HOSTILE}</script><img src=x>" for k in range(4)]),
        group=np.array([HOSTILE] * 4),
        position_um=recording.units.position_um,
    )
    odd = {HOSTILE: next(iter(recording.behavior.values()))}
    epochs = {HOSTILE: replace(recording.epochs["task"], label=np.array([HOSTILE] * 6))}
    recording = make.recording(n=4, units=units, behavior=odd, epochs=epochs, meta={HOSTILE: HOSTILE}, notes=(HOSTILE,))
    net = replace(make.network(n=4, s=6), quantity=HOSTILE, method=HOSTILE, notes=(HOSTILE,))
    measures = make.measures(net)
    measures = replace(
        measures,
        graph={HOSTILE: measures.graph["density"], "<b>": measures.graph["density"]},
        about={HOSTILE: HOSTILE},
        rate_correlation={},
    )
    readout = make.readout(net)
    rows = tuple(replace(r, name=f"{k}{HOSTILE}") for k, r in enumerate(readout.rows))
    readout = replace(readout, target=HOSTILE, rows=rows, verdict=HOSTILE, classes=(HOSTILE, "b"), metric=HOSTILE)
    results = {HOSTILE: net, "m": measures}
    sections = [
        section_summary(recording, net, measures=measures, readouts=[readout]),
        section_recording(recording),
        section_network(net, units=units, measures=measures),
        section_change(measures),
        section_communities(measures, units=units),
        section_readout(readout),
        section_methods(results, references=[(HOSTILE, HOSTILE)], bibtex=HOSTILE),
        section_provenance(results, recording=recording, plan=HOSTILE, environment={HOSTILE: HOSTILE}),
    ]
    html = page(sections, title=HOSTILE, subtitle=HOSTILE, meta={HOSTILE: HOSTILE})
    parser = check(html)
    assert parser.scripts == 2  # the page's own, and its data
    assert "<script>alert" not in html
    payload = re.search(r'id="ip-explorer-data">(.*?)</script>', html, flags=re.S)[1]
    assert not set("<>&") & set(payload)
    data = json.loads(payload)
    assert data["id"] == units.id.tolist()


def test_page_refuses_repeated_keys_and_two_views(make):
    with pytest.raises(DataError, match="unique keys"):
        page([Section(key="a", title="A"), Section(key="a", title="B")], title="t")
    payload = section_network(make.network()).figures[0].payload
    two = tuple(Figure(key=k, payload=payload) for k in "ab")
    with pytest.raises(DataError, match="one interactive view"):
        page([Section(key="a", title="A", figures=two)], title="t")


def test_page_holds_a_view_of_each_kind_of_the_same_windows(make):
    network = make.network()
    bounds = network.snapshots.bounds

    def views(*sections):
        return [replace(s, figures=s.figures[:1]) for s in sections]

    of_network = section_network(network)
    both = views(of_network, section_embedding(make.embedding(bounds=bounds)))
    assert check(page(both, title="t")).scripts == 3
    other = views(of_network, section_embedding(make.embedding(bounds=bounds + 1.0)))
    with pytest.raises(DataError, match="views of the same windows only, got 9 windows in one and 9 in the other"):
        page(other, title="t")


def test_labels_of_the_embedding_stay_text(make):
    units = Units(n=12, id=np.array([f"{k}{HOSTILE}</script>" for k in range(12)]), group=np.array([HOSTILE] * 12))
    result = make.embedding(method=HOSTILE, notes=(HOSTILE,), loss={HOSTILE: np.ones(3)})
    html = page([section_embedding(result, units=units)], title="t")
    assert check(html).scripts == 2
    assert "<script>alert" not in html
    payload = re.search(r'id="ip-cloud-data">(.*?)</script>', html, flags=re.S)[1]
    assert not set("<>&") & set(payload)
    assert json.loads(payload)["id"] == units.id.tolist()


def test_page_without_figures_is_legible():
    html = page([Section(key="a", title="Only words", text=("Nothing was drawn.",))], title="t")
    text = " ".join(check(html).text)
    assert "Nothing was drawn." in text
    assert 'id="ip-dock"' not in html


def test_without_script_every_chapter_has_still_pictures(html):
    for key in ("overview", "still-1", "course-density", "recurrence", "membership", "readout-forest"):
        assert re.search(rf'<figure id="fig-{key}".*?<svg', html, flags=re.S), key
    hidden = re.search(r'<div class="needs-script" hidden>', html)
    assert hidden


CASES = {
    "no edge": {"density": 0.0001},
    "one unit": {"n": 1},
    "two units": {"n": 2},
    "one window": {"s": 1},
    "two windows": {"s": 2},
    "all pairs": {"density": 1.0},
    "directed": {"directed": True},
    "no p-values": {"pvalues": False},
}


#: The rest run with the slow tests: each draws a whole page.
QUICK = ("no edge", "one unit")


@pytest.mark.parametrize("case", [c if c in QUICK else pytest.param(c, marks=pytest.mark.slow) for c in CASES])
def test_degenerate_networks_still_give_a_page(make, case):
    settings = {"n": 6, "s": 7} | CASES[case]
    net = make.network(**settings)
    measures = make.measures(net, broken=True, rate=case != "all pairs")
    sections = [
        section_summary(make.recording(n=settings["n"]), net, measures=measures),
        section_network(net, measures=measures),
        section_change(measures),
        section_communities(measures),
    ]
    check(page(sections, title=case))


def test_bare_recordings_still_give_a_page():
    silent = Recording(events=Events(time=np.empty(0), unit=np.empty(0, int), n_units=3, span=(0.0, 10.0)))
    traces = Recording(traces=Series.regular(np.zeros((50, 2)), dt_s=0.1))
    for recording in (silent, traces):
        html = page([section_recording(recording)], title="bare")
        assert "No behaviour" in " ".join(check(html).text)


def test_no_window_is_said_and_not_drawn(make):
    net = make.network(s=3)
    none = replace(net, snapshots=net.snapshots.take([]))
    measures = make.measures(none, changes=False, rate=False)
    sections = [
        section_summary(make.recording(), none),
        section_network(none),
        section_change(measures),
        section_communities(measures),
    ]
    assert "No window" in " ".join(check(page(sections, title="t")).text)
