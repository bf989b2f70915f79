"""Explanations against what really happens when edges or windows are taken away."""

import functools
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from interplay import explain
from interplay._core.errors import ConfigError, DataError, NumericalError
from interplay.data import Snapshots
from interplay.explain.model import Questioned
from interplay.explain.removal import compare_removals
from interplay.explain.saliency import sums_of_edges
from interplay.represent import TAVRNN, VGAE, VGRNN, StatisticsGRU

T, N = 5, 7
SMALL = {"hidden": 6, "latent": 3, "epochs": 1, "patience": None, "dtype": "float64"}
METHODS = {
    "tavrnn": TAVRNN(**SMALL),
    "mean": TAVRNN(query="mean", edges="signed", convolution="gin", **SMALL),
    "vgrnn": VGRNN(edges="weighted", convolution="sage", **SMALL),
    "vgae": VGAE(**SMALL),
    "degree": VGRNN(features="degree", **SMALL),
}
LINK = explain.Link(window=3, src=0, dst=2)
GROUP = ("left", "right") * 3 + ("left",)
TARGETS = [
    LINK,
    explain.RegionDistance(window=3, group=GROUP, between=("left", "right")),
    explain.Projection(window=3, direction=(1.0, -0.5, 2.0)),
]


def make_snapshots(seed=0, absent=True):
    """Two groups, joined inside more often than across; node 5 is absent in window 3."""
    rng = np.random.default_rng(seed)
    group = np.arange(N) % 2
    chance = np.where(group[:, None] == group, 0.75, 0.25)
    upper = np.triu(rng.random((T, N, N)) < chance, 1) * rng.uniform(0.3, 1, (T, N, N))
    upper *= np.where(rng.random((T, N, N)) < 0.3, -1, 1)
    present = np.ones((T, N), bool)
    present[3, 5] = not absent
    bounds = [(t, t + 1) for t in range(T)]
    return Snapshots.from_dense(upper + upper.transpose(0, 2, 1), bounds, directed=False, present=present)


SNAPSHOTS = make_snapshots()


def lively(config, **options):
    """A result whose parameters are large and random: every part of the network has something to say."""
    result, rng = config.fit(SNAPSHOTS, **options), np.random.default_rng(3)
    parameters = {name: rng.normal(scale=0.7, size=value.shape) for name, value in result.parameters.items()}
    return config.embed(replace(result, parameters=parameters), SNAPSHOTS, **options)


@functools.cache
def made(name):
    return lively(METHODS[name])


@pytest.fixture(params=METHODS)
def fitted(request):
    return made(request.param)


@pytest.fixture
def attending():
    return made("tavrnn")


def ask(result, snapshots, target):
    """What an embedding made from scratch says, from its numbers alone."""
    told = result.config.embed(result, snapshots)
    mean = told.embedding[target.window]
    if isinstance(target, explain.Link):
        return mean[target.src] @ mean[target.dst]
    here = told.present[target.window]
    if isinstance(target, explain.Projection):
        return mean[here].mean(axis=0) @ np.array(target.direction)
    one, other = (mean[here & (np.array(target.group) == name)].mean(axis=0) for name in target.between)
    return np.linalg.norm(one - other)


def without(k, snapshots=SNAPSHOTS):
    return snapshots.filter(np.arange(len(snapshots.src)) != k)


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: type(t).__name__)
def test_every_target_is_what_its_embedding_says(attending, target):
    check_occlusion(attending, target)
    check_gradient(attending, target)


def test_occlusion_is_what_embedding_without_the_edge_says(fitted):
    check_occlusion(fitted, LINK)


def test_gradient_is_the_slope_over_a_factor_on_each_edge(fitted):
    check_gradient(fitted, LINK)


def check_occlusion(fitted, target):
    told = explain.EdgeSaliency(method="occlusion", shares=(0.1,), repeats=1).explain(fitted, SNAPSHOTS, target)
    whole = ask(fitted, SNAPSHOTS, target)
    assert told.value == pytest.approx(whole, rel=1e-9)
    for k in range(0, len(SNAPSHOTS.src), 6):
        assert told.edge[k] == pytest.approx(whole - ask(fitted, without(k), target), abs=1e-10)


def check_gradient(fitted, target):
    told = explain.EdgeSaliency(shares=(0.1,), repeats=1).explain(fitted, SNAPSHOTS, target).edge
    model = Questioned(fitted, SNAPSHOTS, target, None, None, "cpu")
    step, factor = 1e-5, torch.ones(len(model.snapshots.src), dtype=torch.float64)
    for k in range(0, len(factor), 4):
        sides = []
        for sign in (1, -1):
            moved = factor.clone()
            moved[k] += sign * step
            with torch.no_grad():
                latents, _ = model._encoder(model._whole.scaled(moved))
            sides.append(float(target.value(latents, model.snapshots)))
        assert told[k] == pytest.approx((sides[0] - sides[1]) / (2 * step), abs=1e-7)


def test_slopes_of_weights_are_slopes_of_factors_over_the_weight():
    # a factor on the edge is a factor on its weight, up to the mean of the window that strengths are divided by
    result = made("vgrnn")
    told = explain.EdgeSaliency(shares=(0.1,), repeats=1).explain(result, SNAPSHOTS, LINK).edge
    last = np.flatnonzero(SNAPSHOTS.snapshot == 3)
    step, slope = 1e-5, []
    for k in last:
        sides = [
            ask(result, SNAPSHOTS.with_weight(SNAPSHOTS.weight * (1 + sign * step * (np.arange(len(told)) == k))), LINK)
            for sign in (1, -1)
        ]
        slope.append((sides[0] - sides[1]) / (2 * step))
    size = np.abs(SNAPSHOTS.weight[last])
    through_mean = told[last].sum() * size / size.sum()
    np.testing.assert_allclose(slope, told[last] - through_mean, atol=1e-8)


def test_integrated_slopes_add_up_to_what_all_edges_do(fitted):
    model = Questioned(fitted, SNAPSHOTS, LINK, None, None, "cpu")
    with torch.no_grad():
        none, _ = model._encoder(model._whole.scaled(torch.zeros(len(model.snapshots.src), dtype=torch.float64)))
    all_edges = model.value() - float(LINK.value(none, model.snapshots))
    steps = 60 if fitted.config.convolution == "gin" else 24  # a perceptron in every convolution: more kinks
    method = explain.EdgeSaliency(method="integrated", steps=steps, shares=(0.1,), repeats=1)
    told = method.explain(fitted, SNAPSHOTS, LINK)
    assert abs(all_edges) > 0.05 * np.abs(told.edge).sum()
    if fitted.config.convolution == "sage":  # a mean over neighbours: factors common to all edges cancel
        assert told.edge.sum() == pytest.approx(0, abs=1e-9)
        assert "add up to 0 here" in told.notes[-1]
        return
    assert told.edge.sum() == pytest.approx(all_edges, abs=0.03 * np.abs(told.edge).sum())
    if fitted.config.features == "identity" and fitted.config.edges == "binary":  # no edges, and no features from them
        empty = SNAPSHOTS.filter(np.zeros(len(SNAPSHOTS.src), bool))
        assert all_edges == pytest.approx(ask(fitted, SNAPSHOTS, LINK) - ask(fitted, empty, LINK), rel=1e-9)


def test_slopes_rank_edges_like_taking_them_away(attending):
    told = {
        method: explain.EdgeSaliency(method=method, shares=(0.1,), repeats=1).explain(attending, SNAPSHOTS, LINK).edge
        for method in ("gradient", "integrated", "occlusion")
    }
    ranks = {method: np.argsort(np.argsort(score)) for method, score in told.items()}
    for method in ("gradient", "integrated"):
        assert np.corrcoef(ranks[method], ranks["occlusion"])[0, 1] > 0.8
        large = np.abs(told["occlusion"]) > 0.2 * np.abs(told["occlusion"]).max()
        assert large.sum() >= 2
        np.testing.assert_array_equal(np.sign(told[method][large]), np.sign(told["occlusion"][large]))


@pytest.mark.parametrize("method", ["integrated", "occlusion"])
def test_what_cannot_count_scores_exactly_zero_by_any_method(attending, method):
    check_zeros(attending, method)


def test_what_cannot_count_scores_exactly_zero(fitted):
    check_zeros(fitted, "gradient")


def check_zeros(fitted, method):
    told = explain.EdgeSaliency(method=method, steps=2, shares=(0.1,), repeats=1)
    score, owner = told.explain(fitted, SNAPSHOTS, LINK).edge, SNAPSHOTS.snapshot
    assert len(score) == len(SNAPSHOTS.src)
    assert (score[owner > 3] == 0).all()
    assert (score[owner == 3] != 0).any()
    earlier = score[owner < 3]
    assert (earlier != 0).any() if fitted.config.architecture.recurrent else (earlier == 0).all()
    if fitted.config.architecture.recurrent:
        foreseen = told.explain(fitted, SNAPSHOTS, replace(LINK, foreseen=True)).edge
        assert (foreseen[owner >= 3] == 0).all()
        assert (foreseen[owner < 3] != 0).any()


@pytest.mark.parametrize(
    ("name", "target", "windows"),
    [("tavrnn", LINK, [0, 1, 2, 3]), ("tavrnn", replace(LINK, foreseen=True), [0, 1, 2]), ("vgae", LINK, [3])],
)
def test_only_what_can_count_is_taken_away(name, target, windows):
    looped = SNAPSHOTS.dense()
    looped[:, 4, 4] = 1.0
    snapshots = Snapshots.from_dense(
        looped, SNAPSHOTS.bounds, directed=False, present=SNAPSHOTS.present, keep=looped != 0
    )
    counting = Questioned(made(name), snapshots, target, None, None, "cpu").counting
    early = slice(0, len(counting))
    wanted = np.isin(snapshots.snapshot, windows) & (snapshots.src != snapshots.dst)
    np.testing.assert_array_equal(counting, wanted[early])
    assert len(counting) == snapshots.pointer[4]


def test_what_comes_later_changes_nothing(attending):
    other = make_snapshots(1)
    method = explain.EdgeSaliency(shares=(0.2,), repeats=3)
    told = method.explain(attending, SNAPSHOTS, replace(LINK, window=2))
    early = SNAPSHOTS.dense()
    early[3:] = other.dense()[3:]
    changed = Snapshots.from_dense(early, SNAPSHOTS.bounds, directed=False, present=SNAPSHOTS.present)
    again = method.explain(attending, changed, replace(LINK, window=2))
    count = int(SNAPSHOTS.pointer[3])
    np.testing.assert_array_equal(told.edge[:count], again.edge[:count])
    assert (told.value, told.fidelity, told.pvalues) == (again.value, again.fidelity, again.pvalues)


def test_foreseen_links_are_those_of_the_prior():
    result = made("vgrnn")
    target = replace(LINK, foreseen=True)
    told = explain.EdgeSaliency(method="occlusion", shares=(0.1,), repeats=1).explain(result, SNAPSHOTS, target)
    model = Questioned(result, SNAPSHOTS, LINK, None, None, "cpu")
    prior = model.latents().prior_mean[3].numpy()
    assert told.value == pytest.approx(prior[0] @ prior[2], rel=1e-12)
    assert told.value != model.value()


def test_nodes_and_windows_add_their_edges_up():
    edge = np.random.default_rng(0).normal(size=len(SNAPSHOTS.src))
    node, time = sums_of_edges(edge, SNAPSHOTS)
    for t in range(T):
        for i in range(N):
            own = [
                abs(edge[k]) / 2
                for k in range(len(edge))
                for end in (SNAPSHOTS.src[k], SNAPSHOTS.dst[k])
                if SNAPSHOTS.snapshot[k] == t and end == i
            ]
            assert node[t, i] == pytest.approx(sum(own))
    np.testing.assert_allclose(node.sum(axis=1), time)


def test_an_explanation_says_where_it_comes_from(attending):
    method = explain.EdgeSaliency(shares=(0.1, 0.3), repeats=4)
    calls = []
    told = method.explain(attending, SNAPSHOTS, LINK, progress=lambda *pair: calls.append(pair))
    assert calls == [(k, 10) for k in range(1, 11)]
    assert (told.config, told.seed, told.citations) == (method, 0, attending.citations)
    assert told.notes == ()
    assert told.target == "log-odds that nodes 0 and 2 are joined in window 3, from that window's embedding"
    node, time = sums_of_edges(told.edge, SNAPSHOTS)
    np.testing.assert_array_equal(told.node, node)
    np.testing.assert_array_equal(told.time, time)
    assert [row[0] for row in told.fidelity] == [0.1, 0.3]
    again = method.explain(attending, SNAPSHOTS, LINK)
    assert (again.fidelity, again.pvalues, again.made_from) == (told.fidelity, told.pvalues, told.made_from)
    other = replace(method, seed=1).explain(attending, SNAPSHOTS, LINK)
    assert [row[1] for row in other.fidelity] == [row[1] for row in told.fidelity]
    assert [row[2] for row in other.fidelity] != [row[2] for row in told.fidelity]
    degree = made("degree")
    (note,) = method.explain(degree, SNAPSHOTS, LINK).notes
    assert "'degree', are read from the edges as well" in note


def test_true_scores_pass_the_test_by_removal_and_shuffled_ones_do_not(attending):
    target = replace(LINK, src=1, dst=3)
    told = explain.EdgeSaliency(shares=(0.1, 0.2), repeats=19).explain(attending, SNAPSHOTS, target)
    for (_, change, chance), p in zip(told.fidelity, told.pvalues, strict=True):
        assert change > 2 * abs(chance)
        assert p == 1 / 20
    model = Questioned(attending, SNAPSHOTS, target, None, None, "cpu")
    counting, whole = np.flatnonzero(model.counting), model.value()
    last = counting[model.snapshots.snapshot[counting] == 3]
    shuffled = []
    for seed in range(4):
        score = np.random.default_rng(seed).permutation(told.edge[last])
        found = compare_removals(
            score,
            last,
            np.zeros_like(last),
            lambda gone: whole - model.without_edges(gone),
            shares=(0.3,),
            repeats=9,
            seed=seed,
        )
        shuffled.append(found.pvalues[0])
    assert np.mean(shuffled) > 0.25


def test_random_removals_take_as_many_from_every_window():
    seen = []
    stratum, score = np.repeat([0, 1, 2], 10), np.random.default_rng(0).normal(size=30)

    def change(gone):
        seen.append(gone)
        return float(score[gone - 100].sum())

    found = compare_removals(score, np.arange(100, 130), stratum, change, shares=(0.2, 0.01), repeats=9, seed=0)
    best = np.sort(100 + np.argsort(-score)[:6])
    np.testing.assert_array_equal(seen[0], best)
    wanted = np.bincount(stratum[best - 100], minlength=3)
    for gone in seen[1:10]:
        np.testing.assert_array_equal(np.bincount(stratum[gone - 100], minlength=3), wanted)
        assert len(set(gone.tolist())) == 6
    assert len({tuple(gone) for gone in seen[:10]}) > 5
    assert seen[10].tolist() == [100 + int(np.argmax(score))]  # at least one
    (share, told, chance), _ = found.fidelity
    assert share == 0.2
    assert told == pytest.approx(score[best - 100].sum())
    assert chance == pytest.approx(np.mean([score[gone - 100].sum() for gone in seen[1:10]]))
    assert found.pvalues[0] == 0.1


def test_equal_scores_and_equal_changes_are_no_evidence():
    found = compare_removals(
        np.zeros(8), np.arange(8), np.zeros(8, int), lambda gone: 1.0, shares=(0.5,), repeats=9, seed=0
    )
    assert found.pvalues == (1.0,)
    assert found.fidelity == ((0.5, 1.0, 1.0),)


def test_attention_scores_the_windows_before_with_the_row_that_made_the_state(attending):
    told = explain.AttentionTimes(shares=(0.34, 0.67), repeats=3).explain(attending, SNAPSHOTS, LINK)
    np.testing.assert_allclose(told.time[:3], attending.attention[2, :3], rtol=1e-9)
    assert told.time[:3].sum() == pytest.approx(1)
    assert (told.time[3:] == 0).all()
    assert np.isnan(told.edge).all()
    assert told.edge.shape == SNAPSHOTS.src.shape
    assert np.isnan(told.node).all()
    assert told.node.shape == (T, N)
    assert "does not say" in told.notes[0]


def test_attention_is_tested_by_leaving_windows_out(attending):
    told = explain.AttentionTimes(shares=(0.34, 0.67, 1.0), repeats=3).explain(attending, SNAPSHOTS, LINK)
    whole, order = ask(attending, SNAPSHOTS, LINK), np.argsort(-told.time[:3], kind="stable")
    for (_, change, _), count in zip(told.fidelity, (1, 2, 3), strict=True):
        kept = [t for t in range(4) if t not in order[:count]]
        alone = ask(attending, SNAPSHOTS.take(kept), replace(LINK, window=len(kept) - 1))
        assert change == pytest.approx(abs(whole - alone), abs=1e-9)
    assert change == pytest.approx(told.fidelity[-1][2])  # all of them: nothing is left to chance
    assert told.pvalues[-1] == 1.0


def test_features_given_per_window_go_with_their_windows():
    features = np.random.default_rng(0).normal(size=(T, N, 4))
    result = lively(TAVRNN(features="given", **SMALL), features=features)
    options = {"features": features}
    told = explain.AttentionTimes(shares=(1.0,), repeats=1).explain(result, SNAPSHOTS, LINK, **options)
    alone = result.config.embed(result, SNAPSHOTS.take([3]), features=features[3:4]).embedding[0]
    assert told.fidelity[0][1] == pytest.approx(abs(told.value - alone[0] @ alone[2]), abs=1e-9)
    edges = explain.EdgeSaliency(method="occlusion", shares=(0.1,), repeats=1)
    score = edges.explain(result, SNAPSHOTS, LINK, **options).edge
    k = int(np.argmax(np.abs(score)))
    gone = result.config.embed(result, without(k), features=features).embedding[3]
    assert score[k] == pytest.approx(told.value - gone[0] @ gone[2], abs=1e-9)
    with pytest.raises(DataError, match="`features` must have shape"):
        edges.explain(result, SNAPSHOTS, LINK, features=features[:-1])
    with pytest.raises(ConfigError, match="`features`='given'"):
        edges.explain(result, SNAPSHOTS, LINK)


def test_history_node_can_be_a_target_where_there_is_one(attending):
    target = explain.Projection(window=3, direction=(1.0, 0.0, 0.0), pool="history")
    told = explain.EdgeSaliency(shares=(0.1,), repeats=1).explain(attending, SNAPSHOTS, target)
    assert told.value == pytest.approx(attending.history[3, 0], rel=1e-9)
    with pytest.raises(DataError, match="`pool`='history' needs a history node"):
        explain.EdgeSaliency().explain(made("vgae"), SNAPSHOTS, target)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (replace(LINK, window=5), "`window` must be one of the 5 windows"),
        (replace(LINK, window=-1), "`window` must be one of the 5 windows"),
        (replace(LINK, dst=7), r"`dst` must lie in \[0, n_nodes=7\), got 7"),
        (replace(LINK, src=5), "`src` must be present, but node 5 is absent in window 3"),
        (replace(LINK, dst=0), "`src` and `dst` must be two nodes, got 0 twice"),
        (replace(LINK, window=0, foreseen=True), "`window` must have windows before it to be foreseen"),
        (explain.RegionDistance(window=0, group=("a",), between=("a", "b")), "`group` must name each of the 7 nodes"),
        (explain.RegionDistance(window=0, group=GROUP, between=("left", "left")), "two different groups"),
        (explain.RegionDistance(window=0, group=GROUP, between=("left", "up")), "got 'up'.*Groups: left, right"),
        (explain.Projection(window=0, direction=(1.0,)), "`direction` must have 3 numbers, got 1"),
    ],
)
def test_targets_that_are_not_there_are_refused(attending, target, text):
    with pytest.raises(DataError, match=text):
        explain.EdgeSaliency().explain(attending, SNAPSHOTS, target)


def test_groups_and_windows_without_anybody_are_refused(attending):
    present = SNAPSHOTS.present.copy()
    present[4] = np.arange(N) % 2 == 0
    some = SNAPSHOTS.dense()
    some[4] = 0
    snapshots = Snapshots.from_dense(some, SNAPSHOTS.bounds, directed=False, present=present)
    with pytest.raises(DataError, match="`between` must name groups with a present node in window 4, got 'right'"):
        explain.EdgeSaliency().explain(attending, snapshots, replace(TARGETS[1], window=4))
    present[4] = False
    snapshots = Snapshots.from_dense(some, SNAPSHOTS.bounds, directed=False, present=present)
    with pytest.raises(DataError, match="`window` must have a present node, but 4 has none"):
        explain.EdgeSaliency().explain(attending, snapshots, replace(TARGETS[2], window=4))


def test_models_that_cannot_answer_are_refused(attending):
    vgae = made("vgae")
    with pytest.raises(ConfigError, match="`target` must not be foreseen: vgae has no state"):
        explain.EdgeSaliency().explain(vgae, SNAPSHOTS, replace(LINK, foreseen=True))
    with pytest.raises(ConfigError, match="`result` must be of a method that attends, got 'vgae'"):
        explain.AttentionTimes().explain(vgae, SNAPSHOTS, LINK)
    with pytest.raises(DataError, match="`target` must have windows before it, got window 0"):
        explain.AttentionTimes().explain(attending, SNAPSHOTS, replace(LINK, window=0))
    other = replace(attending, config=StatisticsGRU(), method="statistics")
    with pytest.raises(ConfigError, match=r"`result` must be of a variational graph network.*got 'statistics'"):
        explain.EdgeSaliency().explain(other, SNAPSHOTS, LINK)
    with pytest.raises(ConfigError, match="`device` must be"):
        explain.EdgeSaliency().explain(attending, SNAPSHOTS, LINK, device="tpu")
    empty = SNAPSHOTS.filter(SNAPSHOTS.snapshot == 4)
    with pytest.raises(DataError, match="must have an edge that it could depend on, but windows 0 to 3 have none"):
        explain.EdgeSaliency().explain(attending, empty, LINK)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: explain.EdgeSaliency(method="lime"), "Unknown `method` 'lime'"),
        (lambda: explain.EdgeSaliency(steps=0), "`steps` must be >= 1"),
        (lambda: explain.EdgeSaliency(shares=()), "`shares` must hold at least one share"),
        (lambda: explain.EdgeSaliency(shares=(0.0,)), "`shares` must be > 0 and <= 1"),
        (lambda: explain.EdgeSaliency(repeats=0), "`repeats` must be a whole number >= 1"),
        (lambda: explain.EdgeSaliency(seed=-1), "`seed` must be >= 0"),
        (lambda: explain.AttentionTimes(shares=(1.5,)), "`shares` must be > 0 and <= 1"),
        (lambda: explain.AttentionTimes(seed=-1), "`seed` must be >= 0"),
        (lambda: explain.Projection(window=0, direction=(1.0,), pool="max"), "Unknown `pool` 'max'"),
    ],
)
def test_settings_out_of_range_are_refused(make, text):
    with pytest.raises(ConfigError, match=text):
        make()


@pytest.mark.slow
def test_other_snapshots_than_the_result_s_are_noted(attending):
    note = "The snapshots are not those that the result was made from."
    for method in (explain.EdgeSaliency(repeats=1), explain.AttentionTimes(repeats=1)):
        assert note not in method.explain(attending, SNAPSHOTS, LINK).notes
        assert note in method.explain(attending, make_snapshots(1), LINK).notes


@pytest.mark.parametrize("direction", [(np.nan, 1.0, 0.0), (0.0, 0.0, 0.0), "ab", ((1.0, 2.0),)])
def test_directions_that_are_none_are_refused(direction):
    with pytest.raises(ConfigError, match="`direction` must"):
        explain.Projection(window=3, direction=direction)


def test_changes_that_are_no_numbers_never_become_a_p_value():
    with pytest.raises(NumericalError, match=r"must move by finite numbers, got nan without the best 0.5"):
        compare_removals(
            np.arange(4.0), np.arange(4), np.zeros(4, int), lambda gone: np.nan, shares=(0.5,), repeats=3, seed=0
        )


def test_things_of_another_kind_are_refused(attending):
    with pytest.raises(DataError, match="must be an EmbeddingResult and Snapshots, got NoneType and Snapshots"):
        explain.EdgeSaliency().explain(None, SNAPSHOTS, LINK)
    with pytest.raises(ConfigError, match="`target` must be a Link, RegionDistance or Projection, got 'Link'"):
        explain.EdgeSaliency().explain(attending, SNAPSHOTS, "Link")


def test_settings_do_not_load_torch():
    code = (
        "import sys; from interplay import explain; explain.EdgeSaliency(); explain.AttentionTimes();"
        "explain.Link(window=0, src=0, dst=1); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_on_a_card_the_scores_are_the_same(attending):
    method = explain.EdgeSaliency(shares=(0.1,), repeats=3)
    here, there = (method.explain(attending, SNAPSHOTS, LINK, device=device) for device in ("cpu", "cuda"))
    np.testing.assert_allclose(there.edge, here.edge, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(there.fidelity, here.fidelity, rtol=1e-8, atol=1e-12)
