import base64
import json
from dataclasses import replace

import numpy as np
import pytest

from interplay.data import Snapshots
from interplay.plot import Layout, node_layout
from interplay.report.payload import edge_cap, explorer_payload, strongest_edges


def unpack(text, kind):
    return np.frombuffer(base64.b64decode(text), dtype=np.dtype(kind).newbyteorder("<"))


@pytest.fixture
def parts(make):
    recording, network = make.recording(n=15), make.network(n=15, s=8, directed=True)
    return recording, network, make.measures(network), node_layout(recording.units, network.snapshots)


def test_payload_gives_the_network_back(parts):
    recording, network, measures, layout = parts
    snaps = network.snapshots
    data = json.loads(json.dumps(explorer_payload(snaps, layout, units=recording.units, measures=measures)))
    np.testing.assert_array_equal(unpack(data["pointer"], "u4"), snaps.pointer)
    np.testing.assert_array_equal(unpack(data["src"], data["node"]), snaps.src)
    np.testing.assert_array_equal(unpack(data["dst"], data["node"]), snaps.dst)
    weight = unpack(data["weight"], "i2") * data["grain"]
    np.testing.assert_allclose(weight, snaps.weight, atol=data["scale"] / 32767)
    p = unpack(data["p"], "u2") / 65535
    np.testing.assert_allclose(p, snaps.pvalues, atol=1 / 65535)
    assert (p >= snaps.pvalues - 1e-12).all()
    xy = np.column_stack([unpack(data["x"], "u2"), unpack(data["y"], "u2")]) / 65535 * data["extent"]
    np.testing.assert_allclose(xy + layout.xy.min(axis=0), layout.xy, atol=data["extent"] / 65535)
    assert data["cap"] is None
    assert data["total"] == np.diff(snaps.pointer).tolist()
    assert sorted(unpack(data["order"], "u4").tolist()) == list(range(15))


def test_whole_weights_travel_exactly_and_no_p_value_becomes_zero(parts):
    _, network, _, layout = parts
    snaps = network.snapshots
    weights = np.where(np.arange(len(snaps.src)) == 0, 88.0, np.arange(len(snaps.src)) % 7 - 3.0)
    counts = replace(snaps, weight=weights, pvalues=np.full(len(weights), 1e-12))
    data = explorer_payload(counts, layout)
    np.testing.assert_array_equal(unpack(data["weight"], "i2") * data["grain"], weights)
    assert data["scale"] == 88.0
    assert unpack(data["p"], "u2").min() == 1


def test_absent_units_are_marked(parts):
    recording, network, measures, layout = parts
    data = explorer_payload(network.snapshots, layout, units=recording.units, measures=measures)
    code = unpack(data["community"], "u1").reshape(8, 15)
    np.testing.assert_array_equal(code == 255, ~network.snapshots.present)


def test_a_present_unit_without_a_community_is_not_marked_absent(parts):
    _, network, measures, layout = parts
    labels = measures.communities.copy()
    s, i = np.argwhere(network.snapshots.present)[0]
    labels[s, i] = -1
    data = explorer_payload(network.snapshots, layout, measures=replace(measures, communities=labels))
    assert unpack(data["community"], "u1").reshape(8, 15)[s, i] == 254


def test_payload_works_without_units_and_measures(parts):
    _, network, _, layout = parts
    data = explorer_payload(network.snapshots, layout)
    assert (data["group"], data["sign"], data["known"], data["rate"]) == (None, None, False, None)


def test_cap_is_the_greatest_that_fits():
    counts = np.array([5, 1, 9, 3])
    assert edge_cap(counts, 18) is None
    cap = edge_cap(counts, 12)
    assert np.minimum(counts, cap).sum() <= 12 < np.minimum(counts, cap + 1).sum()
    assert edge_cap(counts, 0) == 0


def test_capped_windows_keep_their_strongest(make):
    snaps = make.network(n=12, s=4, density=0.9).snapshots
    kept = strongest_edges(snaps, 5)
    assert np.diff(kept.pointer).tolist() == [5] * 4
    for s in range(4):
        every = np.sort(snaps.weight[snaps.pointer[s] : snaps.pointer[s + 1]])
        got = np.sort(kept.weight[kept.pointer[s] : kept.pointer[s + 1]])
        plus = round(5 * float((every >= 0).mean()))
        assert 0 < plus < 5
        np.testing.assert_array_equal(got, np.concatenate([every[: 5 - plus], every[len(every) - plus :]]))


def test_equal_weights_keep_the_first_pairs(make):
    snaps = make.network(n=8, s=3, density=1.0).snapshots
    kept = strongest_edges(snaps.with_weight(np.ones(len(snaps.src))), 4)
    for s in range(3):
        cut, own = slice(kept.pointer[s], kept.pointer[s + 1]), slice(snaps.pointer[s], snaps.pointer[s] + 4)
        assert kept.dst[cut].tolist() == snaps.dst[own].tolist()
    assert len(strongest_edges(snaps, 0).src) == 0


def test_big_dense_networks_stay_small():
    rng = np.random.default_rng(0)
    n, s = 300, 12
    src, dst = np.triu_indices(n, 1)
    snaps = Snapshots(
        bounds=np.column_stack([np.arange(s), np.arange(s) + 1.0]),
        pointer=np.arange(s + 1) * len(src),
        src=np.tile(src, s),
        dst=np.tile(dst, s),
        weight=rng.standard_normal(s * len(src)),
        n_nodes=n,
        directed=False,
    )
    data = explorer_payload(snaps, _circle(n))
    assert data["cap"] == 400_000 // s
    assert len(json.dumps(data)) < 4.6e6


def _circle(n):
    angle = np.arange(n)
    return Layout(xy=np.column_stack([np.cos(angle), np.sin(angle)]), kind="circle", note="")
