"""Attention between regions: what is paid and received, and what differs between conditions."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Cohort, Units
from interplay.explain import BrainAttention
from interplay.measures import region_similarity

NETWORKS = np.array(["a", "a", "b", "b", "b", ""])


def cohort(n=6, *, networks=NETWORKS, sessions=("before", "after"), missing=(), subject=None, **columns):
    """Two scans of each subject; `missing` are (scan, region)."""
    rng = np.random.default_rng(0)
    scans = rng.normal(size=(n * len(sessions), 9, len(networks)))
    for s, r in missing:
        scans[s, :, r] = np.nan
    who = np.repeat([f"s{k:02d}" for k in range(n)], len(sessions)) if subject is None else subject
    return Cohort.of(
        scans, regions=Units(n=len(networks), group=networks), subject=who, session=list(sessions) * n, **columns
    )


def shares(s, r=6, seed=1, noise=0.3):
    found = np.exp(noise * np.random.default_rng(seed).normal(size=(s, r, r)))
    return found / found.sum(axis=2, keepdims=True)


def test_importance_agrees_with_loops():
    scans = cohort(4, missing=[(0, 3)])
    maps = shares(8)
    maps[0, :, 3] = 0.0  # as the model leaves it
    got = BrainAttention().importance(maps, scans, condition="before")
    assert got.subject.tolist() == ["s00", "s01", "s02", "s03"]
    assert got.network_names.tolist() == ["a", "b"]
    for k in range(4):
        m, there = maps[2 * k], [r for r in range(6) if not (k == 0 and r == 3)]
        even = len(there)
        for i in range(6):
            if i not in there:
                assert np.isnan(got.outgoing[k, i])
                assert np.isnan(got.incoming[k, i])
                continue
            paid = np.mean([even * m[i, j] for j in there if j != i])
            heard = np.mean([even * m[j, i] for j in there if j != i])
            assert got.outgoing[k, i] == pytest.approx(paid)
            assert got.incoming[k, i] == pytest.approx(heard)
        for a, name in enumerate("ab"):
            mine = [i for i in there if NETWORKS[i] == name]
            assert got.network_outgoing[k, a] == pytest.approx(np.mean([got.outgoing[k, i] for i in mine]))
            assert got.network_incoming[k, a] == pytest.approx(np.mean([got.incoming[k, i] for i in mine]))
            for b, other in enumerate("ab"):
                pairs = [even * m[i, j] for i in mine for j in there if NETWORKS[j] == other and i != j]
                assert got.block[k, a, b] == pytest.approx(np.mean(pairs))
    mean, low, high = got.interval("network_incoming")
    np.testing.assert_allclose(mean, got.network_incoming.mean(axis=0))
    assert ((low < mean) & (mean < high)).all()
    raw = BrainAttention(unit="raw").importance(maps, scans, condition="before")
    np.testing.assert_allclose(raw.incoming[1] * 6, got.incoming[1])


def test_even_attention_is_one_however_many_regions_are_there():
    scans = cohort(3, missing=[(2, 0), (3, 0), (3, 5)])
    maps = np.zeros((6, 6, 6))
    for s in range(6):
        there = ~np.isnan(scans.scan(s)[0])
        maps[s][:, there] = 1 / there.sum()
    got = BrainAttention().importance(maps, scans)
    for name in ("outgoing", "incoming", "network_outgoing", "network_incoming", "block"):
        values = getattr(got, name)
        np.testing.assert_allclose(values[np.isfinite(values)], 1.0)


def test_order_of_scans_and_regions_does_not_matter():
    scans, maps = cohort(), shares(12)
    rows, regions = np.random.default_rng(2).permutation(12), np.random.default_rng(3).permutation(6)
    plain = BrainAttention().change(maps, scans, first="before", second="after")
    turned = BrainAttention().change(
        maps[rows][:, regions][:, :, regions], scans.take(rows).select(regions), first="before", second="after"
    )
    back = [list(turned.network_names).index(name) for name in plain.network_names]
    block = turned.families["block"].corrected[np.ix_(back, back)]
    np.testing.assert_allclose(plain.families["block"].corrected, block)
    region = plain.families["region"].statistic
    np.testing.assert_allclose(region[:, regions], turned.families["region"].statistic, atol=1e-9)


def test_planted_change_is_found_with_its_sign():
    scans, maps = cohort(8), shares(16, noise=0.05)
    after = scans.session == "after"
    maps[np.ix_(after, [0, 1], [2, 3, 4])] *= 1.5
    maps /= maps.sum(axis=2, keepdims=True)
    got = BrainAttention().change(maps, scans, first="before", second="after")
    assert (got.design, got.n_first, got.n_second) == ("paired", 8, 8)
    ends = got.found("block")
    assert ("a", "b") in [row[:2] for row in ends]
    assert next(row for row in ends if row[:2] == ("a", "b"))[2] > 0
    assert ("others", "b") in [row[:2] for row in got.found("network")]
    # The other way round every sign turns, and no p.
    turned = BrainAttention().change(maps, scans, first="after", second="before")
    for name, family in got.families.items():
        np.testing.assert_allclose(turned.families[name].difference, -family.difference)
        np.testing.assert_array_equal(turned.families[name].corrected, family.corrected)
    assert got.families["block"].exact
    with pytest.raises(DataError, match="edge"):
        got.found("edge")
    edges = BrainAttention().change(maps, scans, first="before", second="after", families=("edge",))
    assert np.isnan(np.diag(edges.families["edge"].pvalue)).all()
    assert len(edges.found("edge", most=1.0)) == 30


@pytest.mark.slow
def test_nothing_is_found_where_nothing_changes():
    found = {"network": 0, "block": 0, "region": 0}
    scans = cohort(8)
    for k in range(300):
        got = BrainAttention().change(shares(16, seed=k), scans, first="before", second="after")
        for name in found:
            found[name] += np.nanmin(got.families[name].corrected) <= 0.05
    for count in found.values():
        assert abs(count / 300 - 6 / 128) < 3 * np.sqrt(0.047 * 0.953 / 300)


def test_signed_maps_are_read_by_part():
    scans = cohort(3)
    maps = np.random.default_rng(4).normal(size=(6, 6, 6))
    got = {
        part: BrainAttention(part=part, unit="raw").importance(maps, scans)
        for part in ("all", "positive", "negative", "size")
    }
    np.testing.assert_allclose(got["positive"].block - got["negative"].block, got["all"].block)
    np.testing.assert_allclose(got["positive"].block + got["negative"].block, got["size"].block)
    assert (got["negative"].block >= 0).all()


def test_groups_are_compared_where_subjects_differ():
    scans = cohort(10, sessions=("",), covariates={"group": np.array(["x", "y"] * 5), "age": np.arange(10.0)})
    maps = shares(10, noise=0.05)
    maps[1::2, :, 2:5] *= 1.4
    got = BrainAttention().change(maps, scans, first="x", second="y", by="group")
    assert (got.design, got.n_first, got.n_second) == ("independent", 5, 5)
    assert ("others", "b") in [row[:2] for row in got.found("network")]
    with pytest.raises(DataError, match="must name texts"):
        BrainAttention().change(maps, scans, first="x", second="y", by="age")
    with pytest.raises(DataError, match="sex"):
        BrainAttention().change(maps, scans, first="x", second="y", by="sex")


def test_who_has_one_condition_is_left_out_and_counted():
    scans, maps = cohort(5), shares(10)
    kept = np.arange(10) != 3
    got = BrainAttention().change(maps[kept], scans.take(kept), first="before", second="after")
    assert got.n_first == 4
    assert "1 subject with one of the two conditions only left out" in got.notes
    assert any("so few subjects" in note for note in got.notes)
    without = BrainAttention().change(maps[kept], scans.take(kept), first="before", second="after", design="paired")
    np.testing.assert_array_equal(without.families["block"].pvalue, got.families["block"].pvalue)
    with pytest.raises(DataError, match="different subjects on both sides, got 4"):
        BrainAttention().change(maps[kept], scans.take(kept), first="before", second="after", design="independent")
    apart = scans.take([0, 2, 5, 7])
    with pytest.raises(DataError, match="a paired test needs at least 2 subjects"):
        BrainAttention().change(maps[[0, 2, 5, 7]], apart, first="before", second="after", design="paired")
    assert BrainAttention().change(maps[[0, 2, 5, 7]], apart, first="before", second="after").design == "independent"
    with pytest.raises(DataError, match="at least 2 subjects on each side"):
        BrainAttention().change(maps[[0, 2, 5]], scans.take([0, 2, 5]), first="before", second="after")


def test_scans_without_a_map_are_left_out():
    scans, maps = cohort(4), shares(8)
    maps[2:4] = np.nan
    got = BrainAttention().change(maps, scans, first="before", second="after")
    assert got.n_first == 3
    assert "2 of 8 scans have no map and were left out" in got.notes
    only = BrainAttention().importance(maps, scans)
    assert len(only.subject) == 3
    assert "several scans of a subject in one condition were averaged" in only.notes
    np.testing.assert_allclose(
        only.incoming[0],
        np.mean([BrainAttention().importance(maps[[k]], scans.take([k])).incoming[0] for k in (0, 1)], 0),
    )
    with pytest.raises(DataError, match="no scan of session='after' has a map"):
        BrainAttention().importance(
            np.where(scans.session[:, None, None] == "after", np.nan, maps), scans, condition="after"
        )
    maps[0, 1, 2] = np.nan
    with pytest.raises(DataError, match=r"finite between regions that a scan has, got nan at \[1, 2\] of scan 0"):
        BrainAttention().importance(maps, scans)


def test_atlas_without_networks_is_tested_by_region():
    scans, maps = cohort(6, networks=np.array([""] * 4)), shares(12, 4)
    got = BrainAttention().change(maps, scans, first="before", second="after")
    assert list(got.families) == ["region"]
    assert "the atlas names no networks: tested by region only" in got.notes
    assert BrainAttention().importance(maps, scans).block.shape == (6, 0, 0)
    with pytest.raises(ConfigError, match="need networks"):
        BrainAttention().change(maps, scans, first="before", second="after", families=("block",))


def test_a_network_of_one_region_has_no_own_attention():
    scans = cohort(6, networks=np.array(["a", "b", "b"]))
    got = BrainAttention().change(shares(12, 3), scans, first="before", second="after")
    assert np.isnan(got.families["block"].corrected[0, 0])
    assert np.isfinite(got.families["block"].corrected[1, 1])
    two = BrainAttention().change(
        shares(12, 2), cohort(6, networks=np.array(["a", "b"])), first="before", second="after"
    )
    assert np.isfinite(two.families["network"].pvalue).all()


def test_one_subject_has_no_interval_and_no_test():
    scans, maps = cohort(1), shares(2)
    mean, low, high = BrainAttention().importance(maps, scans).interval("block")
    assert np.isfinite(mean).all()
    assert np.isnan([low, high]).all()
    with pytest.raises(DataError, match=r"got one .* with both 'before' and 'after'"):
        BrainAttention().change(maps, scans, first="before", second="after")
    with pytest.raises(DataError, match=r"unknown|Unknown"):
        BrainAttention().importance(maps, scans).interval("mean_map")


def test_structure_says_which_nodes_are_there():
    rng = np.random.default_rng(5)
    graphs = rng.random((4, 3, 3))
    graphs[1, 2], graphs[1, :, 2] = np.nan, np.nan
    scans = Cohort.of(
        [None] * 4, regions=Units(n=3, group=np.array(["a", "a", "b"])), subject=list("uvwx"), structure=graphs
    )
    got = BrainAttention(modality="structure", part="size").importance(rng.normal(size=(4, 3, 3)), scans)
    assert np.isnan(got.incoming).tolist() == [[False] * 3, [False, False, True], [False] * 3, [False] * 3]
    with pytest.raises(DataError, match="no scan has a map"):
        BrainAttention().importance(rng.normal(size=(4, 3, 3)), scans)


def test_settings_are_checked():
    scans, maps = cohort(), shares(12)
    with pytest.raises(ConfigError, match="`part`"):
        BrainAttention(part="sum")
    with pytest.raises(ConfigError, match="`level`"):
        BrainAttention(level=0)
    with pytest.raises(ConfigError, match="must differ"):
        BrainAttention().change(maps, scans, first="after", second="after")
    with pytest.raises(ConfigError, match="`design`"):
        BrainAttention().change(maps, scans, first="before", second="after", design="both")
    with pytest.raises(ConfigError, match="`families`"):
        BrainAttention().change(maps, scans, first="before", second="after", families=("lobe",))
    with pytest.raises(ConfigError, match="tuple"):
        BrainAttention().change(maps, scans, first="before", second="after", families="block")
    with pytest.raises(DataError, match="during"):
        BrainAttention().change(maps, scans, first="before", second="during")
    with pytest.raises(DataError, match="`maps` must have shape"):
        BrainAttention().importance(maps[:, :4], scans)
    with pytest.raises(DataError, match="at least 2 regions"):
        BrainAttention().importance(np.ones((12, 1, 1)), scans.select([0]))


def test_similarity_is_the_mean_cosine_over_scans():
    rng = np.random.default_rng(6)
    vectors, there = rng.normal(size=(4, 5, 3)) + 2, np.ones((4, 5), bool)
    there[0, 1] = False
    vectors[3] = np.nan
    vectors[0, 1] = 50.0
    got = region_similarity(vectors, there)
    for i in range(5):
        for j in range(5):
            found = []
            for s in range(3):
                if there[s, i] and there[s, j]:
                    off = vectors[s] - vectors[s][there[s]].mean(axis=0)
                    found.append(off[i] @ off[j] / np.linalg.norm(off[i]) / np.linalg.norm(off[j]))
            assert got[i, j] == pytest.approx(np.mean(found))
    assert np.isnan(region_similarity(np.ones((2, 3, 4)))).all()
    vectors[1, 2, 0] = np.nan
    with pytest.raises(DataError, match="region 2 of scan 1"):
        region_similarity(vectors, there)
