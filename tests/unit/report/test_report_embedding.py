import base64
import json
from dataclasses import replace

import numpy as np
import pytest

from interplay import plot
from interplay.data import Units
from interplay.measures.links import LinkScores
from interplay.plot.communities import ABSENT, SMALLER, community_ranks
from interplay.report import section_embedding
from interplay.report.embedding_payload import embedding_payload
from interplay.report.markup import json_text
from interplay.report.sections.embedding import NAMES


def unpack(text, kind, *shape):
    return np.frombuffer(base64.b64decode(text), dtype=f"<{kind}").reshape(shape)


def scores(value, s=9):
    lines, counts = np.full(s, value), np.ones(s, dtype=int)
    return LinkScores(
        auc=lines, average_precision=lines, new_auc=lines, new_average_precision=lines, n_pairs=counts,
        n_edges=counts, n_new_pairs=counts, n_new_edges=counts,
    )  # fmt: skip


@pytest.fixture
def parts(make):
    network = make.network()
    result = make.embedding(bounds=network.snapshots.bounds, present=network.snapshots.present)
    return result, plot.project(result), make.recording().units, make.measures(network)


def test_payload_gives_the_embedding_back(parts):
    result, place, units, measures = parts
    alone = measures.communities.copy()
    alone[2, 5] = -1  # measured, but without an edge
    measures = replace(measures, communities=alone)
    data = json.loads(json_text(embedding_payload(result, place, units=units, measures=measures)))
    assert (data["view"], data["n"], data["k"], data["s"], data["d"]) == ("embedding", 12, 12, 9, 5)
    x, y = (unpack(data[k], "u2", 9, 12).astype(float) for k in "xy")
    step = np.ptp(place.xy[..., 0]) / np.ptp(x)
    for got, axis in ((x, 0), (y, 1)):
        # One scale for both axes, so that angles are kept.
        shift = place.xy[..., axis] - got * step
        assert np.ptp(shift) <= 2.5 * step
        assert data["origin"][axis] * step + shift.mean() == pytest.approx(place.origin[axis], abs=2 * step)
        low, high = data["frame"][2 * axis : 2 * axis + 2]
        np.testing.assert_allclose([low * step + shift.mean(), high * step + shift.mean()],
                                   [place.low[axis], place.high[axis]], atol=2 * step)  # fmt: skip
        np.testing.assert_allclose(
            unpack(data["hx" if axis == 0 else "hy"], "u2", 9) * step + shift.mean(), place.history[:, axis],
            atol=2 * step,
        )  # fmt: skip
    grain = data["grain"]
    length = np.linalg.norm(result.embedding, axis=2)
    np.testing.assert_allclose(unpack(data["length"], "u2", 9, 12) * grain, length, atol=grain)
    moved = np.linalg.norm(np.diff(result.embedding, axis=0), axis=2)
    np.testing.assert_allclose(unpack(data["moved"], "u2", 9, 12)[1:] * grain, moved, atol=grain)
    rank = unpack(data["community"], "u1", 9, 12)
    assert result.present[2, 5]
    assert ((rank == ABSENT) == ~result.present).all()
    expected = community_ranks(measures.communities)[0]
    seen = expected[result.present]
    np.testing.assert_array_equal(rank[result.present], np.where(seen == ABSENT, SMALLER, seen))
    assert data["id"] == units.id.tolist()
    assert data["changes"] == measures.changes.index.tolist()


def test_attention_travels_row_by_row(parts):
    result, place, *_ = parts
    data = embedding_payload(result, place)
    flat, top = unpack(data["attention"], "u1", 45), np.array(data["top"])
    at = 0
    for t in range(9):
        row = flat[at : at + t + 1] / 255 * top[t]
        at += t + 1
        np.testing.assert_allclose(row, result.attention[t, : t + 1], atol=top[t] / 255)
    tiny = np.eye(9)
    tiny[8] = [0, 0, 0, 0, 0, 0, 0, 1e-9, 1 - 1e-9]
    data = embedding_payload(replace(result, attention=tiny), place)
    assert unpack(data["attention"], "u1", 45)[-9:].tolist() == [0, 0, 0, 0, 0, 0, 0, 1, 255]


def test_some_nodes_of_the_network_keep_their_names_and_communities(parts, make):
    result, _, units, measures = parts
    nodes = np.array([7, 2, 9])
    few = make.embedding(n=3, bounds=result.bounds)
    data = embedding_payload(few, plot.project(few), units=units, measures=measures, nodes=nodes)
    assert data["units"] == [7, 2, 9]
    assert data["id"] == units.id[nodes].tolist()
    rank = unpack(data["community"], "u1", 9, 3)
    expected = community_ranks(measures.communities)[0][:, nodes]
    kept = few.present & (expected != ABSENT)
    np.testing.assert_array_equal(rank[kept], expected[kept])


def test_a_large_embedding_is_thinned_and_says_so(parts):
    result, place, units, _ = parts
    data = embedding_payload(result, place, units=units, most_places=40)
    assert data["units"] == [0, 3, 6, 9]
    assert unpack(data["x"], "u2", 9, 4).shape == (9, 4)
    section = section_embedding(result, units=units, most_places=40)
    assert "carries one unit in 3" in section.figures[0].caption


def test_section_tells_scores_beside_simple_rules(parts):
    result, place, units, measures = parts
    section = section_embedding(
        result, units=units, measures=measures, baselines={"persistence": scores(0.83), "frequency": scores(0.6)}
    )
    assert section.lead == (
        "TAVRNN puts each of 12 units at a place in 5 dimensions, anew in each of 9 windows. The places of a window "
        "tell its edges from its other pairs with an AUC of 0.90, those of the windows before foretell them with 0.75 "
        "and the best simple rule (persistence) with 0.83 (medians over windows).",
    )
    text = " ".join(section.text)
    assert f"It shows {100 * place.share.sum():.0f} % of the variance" in text
    assert "3 dimensions out of sight" in text
    assert (
        f"In effect {place.dimensions:.1f} of 5 dimensions are in use (participation ratio of variances). "
        in text + " "
    )
    assert "grows with the length of both and falls with the angle" in text
    assert "kept are the parameters of epoch 25" in text
    assert "(transductive)" in text
    keys = [f.key for f in section.figures]
    assert keys[0] == "embedding-view"
    assert {"attention", "embedding-links", "training-loss", "training-divergence"} < set(keys)
    assert next(f for f in section.figures if f.key == "attention").axis.square
    columns = section.tables[-1].columns
    assert {"reconstructed, AUC", "predicted, AP", "persistence, AUC", "attention to itself"} < set(columns)


def test_section_warns_of_an_embedding_that_is_a_line(parts):
    result, *_ = parts
    thin = replace(result, embedding=result.embedding * [1, 1e-3, 1e-3, 1e-3, 1e-3], history=None)
    text = " ".join(section_embedding(thin).text)
    assert f"the second axis is drawn {plot.project(thin).stretch:g} times as large" in text
    assert "In effect 1.0 of 5 dimensions are in use" in text
    assert "little more than its side and how far out it is" in text


def test_section_says_which_windows_the_model_saw(parts):
    result, *_ = parts
    prefix = section_embedding(replace(result, trained=np.arange(9) < 6))
    assert "It saw the first 6 of 9 windows (inductive)" in " ".join(prefix.text)
    scattered = section_embedding(replace(result, trained=np.arange(9) != 4))
    assert "It saw the edges of 8 of 9 windows, from all of the time (transductive)" in " ".join(scattered.text)


def test_section_admits_that_an_axis_is_a_plain_measure(parts):
    result, place, units, measures = parts
    disguised = replace(measures, node={"degree": np.exp(place.xy[..., 0]), "noise": place.xy[..., 1] % 0.01})
    section = section_embedding(result, units=units, measures=disguised)
    said = next(t for t in section.text if "degree" in t)
    assert said.endswith(
        "is degree with axis 1, ρ = 1.00, the median over windows: that direction says little beyond it."
    )
    table = next(t for t in section.tables if t.name == "embedding_beside_measures")
    assert table.rows[0][:2] == ("Degree", pytest.approx(1.0))


def test_section_without_decoder_attention_and_history(parts, make):
    plain = make.embedding(
        method="statistics", spread=None, history=None, attention=None, reconstruction={}, prediction={}, loss={}
    )
    section = section_embedding(plain)
    text = " ".join(section.text)
    assert section.title == "Embedding by a GRU over node statistics"
    assert "No edge is read from these vectors" in text
    assert "inner product" not in text
    assert "history" not in text + section.figures[0].caption
    assert "epoch" not in text
    assert [f.key for f in section.figures] == ["embedding-view", "embedding-0", "embedding-4", "embedding-8"]
    payload = section.figures[0].payload
    assert payload["attention"] is None
    assert payload["hx"] is None


@pytest.mark.parametrize(("n", "s", "d"), [(1, 1, 1), (2, 1, 8), (1, 3, 2), (3, 2, 1)])
def test_section_of_little(make, n, s, d):
    section = section_embedding(make.embedding(n=n, s=s, d=d), units=Units(n=n))
    json_text(dict(section.figures[0].payload))
    assert "nan" not in " ".join((*section.lead, *section.text, *(f.caption for f in section.figures)))


def test_section_of_nothing_says_so(make):
    section = section_embedding(make.embedding(s=0))
    assert section.text == ("There is nothing to embed.",)
    assert not section.figures


def test_every_method_has_a_name():
    from interplay.represent import METHODS

    assert set(NAMES) == set(METHODS)
