from dataclasses import replace

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Intervals, Recording, Series, Snapshots
from interplay.stats import ReadoutRow, readout, window_target
from interplay.stats.baselines import baseline_features, raw_correlation
from interplay.stats.held_out import HeldOut, ReadoutConfig, block_length
from interplay.stats.results import WindowTarget
from interplay.stats.verdict import verdict

S = 80
BASELINES = ("firing rate", "population rate", "raw correlation", "degree and strength", "time alone")


def target_of(values, step=1.0, length=1.0):
    values = np.asarray(values)
    start = np.arange(len(values)) * step
    whole = values.dtype.kind == "i"
    return WindowTarget(
        name="x",
        kind="classes" if whole else "number",
        values=values,
        classes=("a", "b", "c")[: values.max() + 1] if whole else (),
        usable=np.ones(len(values), bool),
        bounds=np.column_stack([start, start + length]),
        description="a target",
    )


def walk(rng, *shape):
    return np.cumsum(rng.normal(size=shape), axis=0)


def stays_of(rng, n=S, mean=5):
    lengths = rng.geometric(1 / mean, n)
    return np.repeat(np.arange(n) % 2, lengths)[:n]


def run(x, target, seed=0, permutations=99):
    return HeldOut.of(target, ReadoutConfig(permutations=permutations, seed=seed)).run(x, lambda _: None)


@pytest.fixture(scope="module")
def session():
    """Two alternating states of 40 s; assembly A fires together in one, B in the other, at the same rates."""
    rng = np.random.default_rng(0)
    trains = [[] for _ in range(8)]
    for k in range(20):
        low = 40.0 * k
        for unit in range(8):
            together = (unit < 4) == (k % 2 == 0)
            own = rng.uniform(low, low + 40, rng.poisson(40 * (1 if together else 3)))
            trains[unit].append(own)
        for t in rng.uniform(low + 1, low + 39, rng.poisson(80)):
            for unit in range(4) if k % 2 == 0 else range(4, 8):
                trains[unit].append([t + rng.normal(scale=0.005)])
    span = (0.0, 800.0)
    events = Events.from_trains([np.concatenate(t) for t in trains], span=span)
    epochs = Intervals.from_bounds(
        [[40.0 * k, 40.0 * k + 40] for k in range(20)], label=["left" if k % 2 == 0 else "right" for k in range(20)]
    )
    rec = Recording(events=events, epochs={"task": epochs})
    start = np.arange(0, 800, 10.0)
    bounds = np.column_stack([start, start + 10])
    weights = np.zeros((80, 8, 8))
    for s, (a, b) in enumerate(bounds):
        counts = np.stack([np.histogram(t, np.linspace(a, b, 201))[0] for t in events.trains()])
        weights[s] = np.corrcoef(counts)
        weights[s] = (weights[s] + weights[s].T) / 2
    return rec, Snapshots.from_dense(weights, bounds, directed=False), window_target(rec, bounds, "task")


@pytest.fixture(scope="module")
def result(session):
    rec, networks, target = session
    return readout({}, target, recording=rec, snapshots=networks, permutations=99, bootstrap=300)


def test_a_planted_network_is_found_beside_every_baseline(result):
    assert [r.name for r in result.rows] == ["network edges", *BASELINES, "chance"]
    assert [r.role for r in result.rows] == ["network", *["baseline"] * 5, "chance"]
    rows = {r.name: r for r in result.rows}
    assert rows["network edges"].score > 0.9
    assert rows["network edges"].pvalue <= 0.01
    assert rows["network edges"].n_features == 28
    assert abs(rows["firing rate"].score - 0.5) < 0.25
    assert rows["time alone"].pvalue > 0.05
    assert 0.3 < rows["chance"].score < 0.6
    assert all(r.low <= r.score <= r.high for r in result.rows)
    assert all(len(r.predicted) == 80 for r in result.rows[:-1])
    assert result.metric.startswith("balanced accuracy")


def test_scores_are_those_of_the_predictions(result):
    for row in result.rows[:-1]:
        share = [(row.predicted[result.truth == k] == k).mean() for k in (0, 1)]
        assert row.score == pytest.approx(np.mean(share))
        folds = np.array_split(np.arange(80), 5)
        for fold, score in zip(folds, row.fold_scores, strict=True):
            t, p = result.truth[fold], row.predicted[fold]
            assert score == pytest.approx(np.mean([(p[t == k] == k).mean() for k in np.unique(t)]))


def test_same_seed_same_bits_and_another_seed_moves_only_chance(session, result):
    rec, networks, target = session
    again, other = (
        readout({}, target, recording=rec, snapshots=networks, permutations=99, bootstrap=300, seed=s) for s in (0, 1)
    )
    for a, b, c in zip(result.rows, again.rows, other.rows, strict=True):
        assert np.array_equal([a.score, a.low, a.high, a.null_mean], [b.score, b.low, b.high, b.null_mean])
        assert a.role == "chance" or a.score == c.score
        assert a.null_mean != c.null_mean
    assert again.verdict == result.verdict


def test_order_of_features_and_of_rows_makes_no_difference(session):
    rec, networks, target = session
    rng = np.random.default_rng(5)
    x = rng.normal(size=(80, 60)) + target.values[:, None] * rng.normal(size=60)
    order = rng.permutation(60)
    found = readout(
        {"as is": x, "mixed": x[:, order]}, target, recording=rec, snapshots=networks, permutations=19, bootstrap=100
    )
    a, b = found.rows[:2]
    assert np.array_equal(a.predicted, b.predicted)
    assert a.score == b.score
    assert a.pvalue == b.pvalue
    assert found.rows[2].name == "firing rate"


def test_the_network_is_compared_with_the_best_baseline_on_the_same_resamples(session):
    rec, networks, target = session
    rate = rec.events.counts(target.bounds) / 10.0
    found = readout({"copy": rate}, target, recording=rec, snapshots=networks, permutations=19, bootstrap=200)
    rows = {r.name: r for r in found.rows}
    assert rows["copy"].score == rows["firing rate"].score
    assert (rows["copy"].low, rows["copy"].high) == (rows["firing rate"].low, rows["firing rate"].high)
    assert found.compared[1] in BASELINES
    best = max(rows[b].score for b in BASELINES)
    assert found.difference[0] == pytest.approx(rows["copy"].score - best)
    # A target that is only half told, and the best baseline against itself: paired resamples leave no difference.
    late = replace(target, values=np.roll(target.values, 1))
    settings = {"recording": rec, "snapshots": networks, "permutations": 19, "bootstrap": 200}
    best = readout({"rate": rate}, late, **settings).compared[1]
    vectors = {f.name: f.values for f in baseline_features(rec, networks)}[best]
    twin = readout({"copy": vectors}, late, **settings)
    assert twin.compared == ("copy", best)
    assert twin.rows[0].low < twin.rows[0].high
    assert twin.difference == (0.0, 0.0, 0.0)


def test_labels_of_the_test_block_do_not_reach_its_predictions():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(S, 40)), stays_of(rng)
    x[:, 0] += y
    base = run(x, target_of(y)).predicted
    for block in np.array_split(np.arange(S), 5):
        changed = y.copy()
        changed[block] = 1 - changed[block]
        assert np.array_equal(run(x, target_of(changed)).predicted[block], base[block])


def test_a_test_window_is_predicted_alone():
    """Scaling or centring that looked at the whole test block would let one test window move another."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(S, 6)), walk(rng, S)
    x[:, 0] += y
    base = run(x, target_of(y)).predicted
    other = x.copy()
    other[3] *= 1e3
    block = np.arange(16)
    np.testing.assert_allclose(np.delete(run(other, target_of(y)).predicted[block], 3), np.delete(base[block], 3))


def test_windows_that_overlap_a_test_block_are_not_trained_on():
    task = HeldOut.of(target_of(stays_of(np.random.default_rng(3)), length=3.0), ReadoutConfig(gap_s=2.0))
    bounds = target_of(np.zeros(S, int) + np.arange(S) % 2, length=3.0).bounds
    for (train, test), inner in zip(task.folds, task.inner, strict=True):
        assert not set(train) & set(test)
        gap = np.maximum(
            bounds[train][:, None, 0] - bounds[test][None, :, 1], bounds[test][None, :, 0] - bounds[train][:, None, 1]
        )
        assert gap.min() >= 2.0 - 1e-9
        for a, b in inner:
            assert not set(train[a]) & set(test)
            assert not set(a) & set(b)
            one, other = bounds[train[a]][:, None], bounds[train[b]][None]
            # The penalty is chosen across the same gap as the score is made.
            assert np.maximum(one[..., 0] - other[..., 1], other[..., 0] - one[..., 1]).min() >= 2.0 - 1e-9


def test_a_copy_of_each_windows_neighbour_does_not_leak():
    """Half-overlapping windows share spikes: without purging, noise would read out any slow target."""
    rng = np.random.default_rng(4)
    scores = []
    for _ in range(30):
        steps = rng.normal(size=(S + 1, 200))
        x = steps[1:] + steps[:-1]
        scores.append(run(x, target_of(stays_of(rng), length=2.0), permutations=19).scores[0])
    assert np.mean(scores) < 0.53  # below 0.5: what a test block has more of, its training blocks have less of


@pytest.mark.parametrize(
    ("kind", "width"),
    [
        ("classes", 5),
        pytest.param("number", 5, marks=pytest.mark.slow),
        pytest.param("classes", 150, marks=pytest.mark.slow),
        pytest.param("number", 150, marks=pytest.mark.slow),
    ],
)
def test_random_walks_do_not_beat_chance_more_often_than_they_should(kind, width):
    """Two drifts look related; null targets that drift as much must say so. 4 x 60 seeds, at most 0.05 expected."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y = walk(rng, S)
        y = (y > np.median(y)).astype(int) if kind == "classes" else y
        found.append(run(walk(rng, S, width), target_of(y), seed=seed).pvalue <= 0.05)
    assert sum(found) <= 7  # of 60; a rate of 0.05 exceeds this once in a hundred tests


@pytest.mark.parametrize(("n_classes", "stay"), [(2, 8), (3, 5)])
def test_many_features_of_noise_are_at_chance_however_the_stays_lie(n_classes, stay):
    """A threshold that favours the class common in training scores below chance where a null target has long stays."""
    y = np.arange(S) // stay % n_classes
    found, null = [], []
    for seed in range(40):
        outcome = run(np.random.default_rng(seed).normal(size=(S, 300)), target_of(y), permutations=39, seed=seed)
        found.append(outcome.pvalue <= 0.05)
        null.append(outcome.scores[1:].mean())
    assert np.mean(null) == pytest.approx(1 / n_classes, abs=0.02)
    assert sum(found) <= 6  # of 40; a rate of 0.05 exceeds this once in a hundred tests


def visited(rng, again):
    """26 visits of three windows; two windows after each are not used. The next has the same label so often."""
    turns = np.cumsum(rng.random(26) >= again) % 2
    usable = np.tile([True, True, True, False, False], 26)
    codes = np.repeat(turns, 5)
    return replace(target_of(codes), values=np.where(usable, codes, -1), usable=usable)


def test_visits_with_unused_windows_between_them_are_one_stay_and_two():
    """The larger p-value of both; where no stay is cut there is one family, as ever."""
    target = visited(np.random.default_rng(0), 0.5)
    task = HeldOut.of(target, ReadoutConfig(permutations=30))
    runs, visits = (task.truth[:, family] for family in task.families)
    assert runs.shape == visits.shape == (78, 30)

    def longest(column):
        return max(map(len, np.split(column, np.flatnonzero(np.diff(column)) + 1)))

    true = longest(task.truth[:, 0])
    assert true >= 12
    assert min(map(longest, runs.T)) == true  # a run of one class is never torn
    assert min(map(longest, visits.T)) < true
    assert all((column.reshape(26, 3) == column[::3, None]).all() for column in visits.T)  # a visit never is
    outcome = task.run(np.random.default_rng(1).normal(size=(78, 3)), lambda _: None)
    each = [(1 + (outcome.scores[f] >= outcome.scores[0] - 1e-12).sum()) / 31 for f in outcome.families]
    assert each[0] != each[1]
    assert outcome.pvalue == max(each)
    assert len(HeldOut.of(visited(np.random.default_rng(0), 0.0), ReadoutConfig(permutations=30)).families) == 1
    prefix = HeldOut.of(target, ReadoutConfig(permutations=200, train_until=40.0))
    assert len(prefix.families) == 2
    assert all(len(set(column)) == 2 for part in prefix.folds[0] for column in prefix.truth[part].T)


def test_notes_count_the_stays_of_both_kinds(session):
    rec, networks, target = session
    usable = np.arange(80) % 4 != 1  # one of the four windows of every stay
    part = replace(target, usable=usable, values=np.where(usable, target.values, -1))
    found = readout({}, part, recording=rec, snapshots=networks, permutations=19, bootstrap=100)
    assert any("19 random orders of the 20 stays in one class, and 19 of the 40 stays that" in n for n in found.notes)


@pytest.mark.slow
@pytest.mark.parametrize("again", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("memory", [0.0, 1.0])
def test_visits_that_follow_each_other_keep_the_nominal_rate(again, memory):
    """Orders of visits alone called 17 of 77 drifts related where the next visit had the same label 8 times in 10."""
    found = []
    for seed in range(80):
        rng = np.random.default_rng(seed)
        target = visited(rng, again)
        if min(target.counts().values()) < 10:
            continue
        noise = rng.normal(size=(130, 5))
        x = (np.cumsum(noise, axis=0) if memory else noise)[target.usable]
        found.append(run(x, target, seed=seed).pvalue <= 0.05)
    assert len(found) > 70
    assert sum(found) <= 9  # of 80; a rate of 0.05 exceeds this once in a hundred tests


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["number", "classes"])
@pytest.mark.parametrize("memory", [0.0, 0.9, 1.0])
def test_unrelated_signals_of_any_slowness_keep_the_nominal_rate(kind, memory):
    def signal(rng, width):
        out = rng.normal(size=(S + 50, width))
        for t in range(1, len(out)):
            out[t] += memory * out[t - 1]
        return out[50:]

    found = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        y = signal(rng, 1)[:, 0]
        y = (y > np.median(y)).astype(int) if kind == "classes" else y
        found.append(run(signal(rng, 20), target_of(y), seed=seed).pvalue <= 0.05)
    assert np.mean(found) <= 0.08


@pytest.mark.slow
def test_vectors_shifted_against_the_target_say_nothing():
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        y = stays_of(rng)
        x = rng.normal(size=(S, 5)) + 2.0 * y[:, None]
        assert run(x, target_of(y), permutations=19).pvalue == pytest.approx(1 / 20)
        found.append(run(np.roll(x, 40, axis=0), target_of(y), seed=seed).pvalue <= 0.05)
    assert sum(found) <= 6


def test_numbers_are_read_out_and_may_score_below_zero():
    rng = np.random.default_rng(6)
    y = np.sin(np.arange(S) / 4)
    good = run(y[:, None] + 0.3 * rng.normal(size=(S, 10)), target_of(y))
    assert good.scores[0] > 0.85
    assert good.pvalue <= 0.02
    bad = run(rng.normal(size=(S, 3)), target_of(rng.normal(size=S)))
    assert bad.scores[0] < 0


def test_a_rare_class_is_not_drowned_by_a_common_one():
    rng = np.random.default_rng(7)
    y = np.zeros(S, int)
    y[5::8] = 1
    x = rng.normal(size=(S, 4)) + 2.5 * y[:, None]
    predicted = run(x, target_of(y)).predicted
    assert (predicted[y == 1] == 1).mean() > 0.8
    assert (predicted[y == 0] == 0).mean() > 0.8


def test_three_classes_are_read_out():
    rng = np.random.default_rng(8)
    y = np.repeat(np.tile([0, 1, 2], 9), 3)[:S]
    x = rng.normal(size=(len(y), 12)) + 3 * np.eye(12)[y]
    found = run(x, target_of(y))
    assert found.scores[0] > 0.75
    assert found.scores[1:].mean() == pytest.approx(1 / 3, abs=0.1)


def test_blocks_are_as_long_as_the_target_is_slow():
    b = target_of(np.zeros(S, int) + np.arange(S) % 2).bounds
    assert block_length(np.arange(S) % 2, b, "classes", 2) == 5
    assert block_length(np.arange(S) // 8 % 2, b, "classes", 2) == 6
    assert block_length(np.sin(np.arange(S) / 10.0), b, "number", 0) == 16
    wide = np.column_stack([b[:, 0], b[:, 0] + 9.0])
    assert block_length(np.arange(S) % 2, wide, "classes", 2) == 9


def test_unusable_windows_are_left_out_and_counted(session):
    rec, networks, target = session
    usable = target.usable.copy()
    usable[10:20] = False
    part = replace(target, usable=usable, values=np.where(usable, target.values, -1))
    found = readout({}, part, recording=rec, snapshots=networks, permutations=19, bootstrap=100)
    assert len(found.truth) == 70
    assert all(len(r.predicted) == 70 for r in found.rows[:-1])
    assert "70 of 80 windows used." in found.notes


def test_progress_runs_to_its_end(session):
    rec, networks, target = session
    seen = []
    readout(
        {"x": np.ones((80, 1))},
        target,
        recording=rec,
        snapshots=networks,
        permutations=19,
        bootstrap=100,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(k, 30) for k in range(1, 31)]


def test_constant_vectors_are_at_chance(session):
    rec, networks, target = session
    found = readout({"x": np.ones((80, 3))}, target, recording=rec, snapshots=networks, permutations=19, bootstrap=100)
    assert found.rows[0].score == 0.5
    assert found.rows[0].pvalue == 1.0
    assert found.verdict.startswith(("The network does not tell", "Nothing here tells"))


def test_readout_errors_say_what_to_do(session):
    rec, networks, target = session
    with pytest.raises(DataError, match=r"windows of `snapshots`, got 80 and 79 windows"):
        readout({}, target, recording=rec, snapshots=networks.take(range(79)))
    with pytest.raises(DataError, match=r"`vectors\['x'\]` must have shape \(S=80, D\), got \(79, 2\)"):
        readout({"x": np.zeros((79, 2))}, target, recording=rec, snapshots=networks)
    with pytest.raises(DataError, match=r"`vectors\['x'\]` must be finite"):
        readout({"x": np.full((80, 1), np.nan)}, target, recording=rec, snapshots=networks)
    with pytest.raises(DataError, match="at least one column"):
        readout({"x": np.zeros((80, 0))}, target, recording=rec, snapshots=networks)
    with pytest.raises(ConfigError, match=r"name of a baseline, got \['firing rate'\]"):
        readout({"firing rate": np.zeros((80, 1))}, target, recording=rec, snapshots=networks)
    with pytest.raises(ConfigError, match="`permutations` must be >= 19"):
        readout({}, target, recording=rec, snapshots=networks, permutations=5)
    with pytest.raises(DataError, match="two usable windows per fold, got 80 for 41 folds"):
        readout({}, target, recording=rec, snapshots=networks, n_folds=41)
    with pytest.raises(DataError, match="every fold must train on 8 windows"):
        readout({}, target, recording=rec, snapshots=networks, gap_s=400.0)


def test_versions_over_seeds_make_one_row_of_means(session):
    rec, networks, target = session
    rng = np.random.default_rng(10)
    versions = np.stack(
        [rng.normal(size=(80, 4)) + target.values[:, None] * np.array([0.9, 0, 0, 0]) for _ in range(5)]
    )
    settings = {"recording": rec, "snapshots": networks, "permutations": 39, "bootstrap": 200}
    found = readout({"net": versions}, target, **settings).rows[0]
    alone = [readout({"net": v}, target, **settings).rows[0] for v in versions]
    scores = np.array([r.score for r in alone])
    assert np.array_equal(found.seed_scores, scores)
    assert found.n_seeds == 5
    assert found.score == pytest.approx(scores.mean())
    assert found.spread == pytest.approx(scores.std(ddof=1))
    assert found.null_mean == pytest.approx(np.mean([r.null_mean for r in alone]))
    assert found.fold_scores == pytest.approx(np.mean([r.fold_scores for r in alone], axis=0))
    assert np.array_equal(found.predicted, alone[int(np.argmin(np.abs(scores - scores.mean())))].predicted)
    reach = 2.7764451 * found.spread / 5**0.5  # Student's t, 4 degrees of freedom, 0.975
    assert found.seed_interval == pytest.approx((found.score - reach, found.score + reach))
    assert found.low < scores.mean() < found.high
    assert found.about == "vectors of the network, 5 seeds"
    assert alone[0].n_seeds == 1
    assert np.isnan([alone[0].spread, *alone[0].seed_interval]).all()


def test_equal_versions_are_one(session):
    rec, networks, target = session
    x = np.random.default_rng(11).normal(size=(80, 3)) + target.values[:, None]
    settings = {"recording": rec, "snapshots": networks, "permutations": 19, "bootstrap": 100}
    one, three = (readout({"x": v}, target, **settings) for v in (x, np.stack([x, x, x])))
    for name in ("score", "low", "high", "pvalue", "null_mean", "null_high"):
        assert getattr(three.rows[0], name) == pytest.approx(getattr(one.rows[0], name))
    assert three.rows[0].spread == pytest.approx(0)
    assert three.difference == pytest.approx(one.difference)
    assert three.rows[-1].score == pytest.approx(one.rows[-1].score)


def test_a_prefix_is_trained_on_and_what_follows_is_tested(session):
    rec, networks, target = session
    settings = {"recording": rec, "snapshots": networks, "permutations": 99, "bootstrap": 200, "train_until": 405.0}
    found = readout({}, target, gap_s=5.0, **settings)
    assert found.train_until == 405.0
    assert found.n_folds == 1
    assert found.bounds[0, 0] == 410.0
    assert len(found.truth) == len(found.rows[0].predicted) == 39
    assert found.rows[0].score > 0.9
    assert found.rows[0].pvalue <= 0.02
    assert abs(found.rows[1].score - 0.5) < 0.3
    assert found.notes[0].startswith("Inductive: trained on the 40 usable windows that end by 405 s, tested on the 39")
    assert "1 of 80 windows used for neither" in found.notes[0]
    for r in found.rows[:-1]:
        assert r.score == pytest.approx(np.mean([(r.predicted[found.truth == k] == k).mean() for k in (0, 1)]))
        assert r.fold_scores == pytest.approx([r.score])


def test_a_gap_after_the_prefix_is_kept(session):
    rec, networks, target = session
    found = readout(
        {}, target, recording=rec, snapshots=networks, permutations=19, bootstrap=100, gap_s=20.0, train_until=400.0
    )
    assert found.bounds[0, 0] == 420.0
    assert "2 of 80 windows used for neither" in found.notes[0]


def test_intervals_hold_versions_too(session):
    """Good and bad versions alternate, so which of them are drawn matters more than which windows are."""
    rec, networks, target = session
    rng = np.random.default_rng(13)
    versions = rng.normal(size=(6, 80, 2))
    versions[::2, :, 0] += 6 * target.values
    settings = {"recording": rec, "snapshots": networks, "permutations": 19, "bootstrap": 400}
    found = readout({"net": versions}, target, **settings).rows[0]
    assert found.spread > 0.2
    assert found.high - found.low > 0.3


def test_nothing_after_the_prefix_is_trained_on():
    rng = np.random.default_rng(12)
    x, y = rng.normal(size=(S, 5)), stays_of(rng)
    x[:, 0] += y
    config = ReadoutConfig(permutations=19, train_until=40.0)
    base = HeldOut.of(target_of(y), config).run(x, lambda _: None).predicted
    late = y.copy()
    late[50:] = late[50:][::-1]
    assert np.array_equal(HeldOut.of(target_of(late), config).run(x, lambda _: None).predicted, base)
    moved = x.copy()
    moved[-1] *= 50  # scaling learns from the prefix too
    assert np.array_equal(HeldOut.of(target_of(y), config).run(moved, lambda _: None).predicted[:-1], base[:-1])


def test_null_targets_of_a_prefix_have_two_classes_on_both_sides():
    y = np.repeat([0, 1, 0, 1, 0], [30, 6, 20, 6, 18])
    task = HeldOut.of(target_of(y), ReadoutConfig(permutations=200, train_until=40.0))
    assert 20 < task.truth.shape[1] < 200
    for part in task.folds[0]:
        assert all(len(set(column)) == 2 for column in task.truth[part].T)


def test_a_prefix_that_leaves_too_little_is_refused(session):
    rec, networks, target = session
    settings = {"recording": rec, "snapshots": networks}
    with pytest.raises(DataError, match=r"`train_until`=70 s must leave 8 usable windows to train on and 4 to test"):
        readout({}, target, train_until=70.0, **settings)
    with pytest.raises(DataError, match=r"got 79 that end by then and 1 that start"):
        readout({}, target, train_until=790.0, **settings)
    with pytest.raises(DataError, match=r"varies in the windows to test, got only 'right'"):
        readout({}, target, train_until=760.0, **settings)
    steady = replace(target, kind="number", classes=(), values=np.maximum(np.arange(80.0), 40))
    with pytest.raises(DataError, match=r"varies in the windows to train on, got one value throughout"):
        readout({}, steady, train_until=400.0, **settings)
    with pytest.raises(ConfigError, match="`train_until` must be"):
        readout({}, target, train_until=np.inf, **settings)
    with pytest.raises(DataError, match="at least one version"):
        readout({"x": np.zeros((0, 80, 2))}, target, **settings)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["number", "classes"])
def test_unrelated_signals_keep_the_nominal_rate_after_a_prefix_too(kind):
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        y = stays_of(rng) if kind == "classes" else walk(rng, S)
        config = ReadoutConfig(permutations=99, seed=seed, train_until=45.0)
        try:
            task = HeldOut.of(target_of(y), config)
        except DataError:
            continue
        found.append(task.run(walk(rng, S, 5), lambda _: None).pvalue <= 0.05)
    assert len(found) > 150
    assert np.mean(found) <= 0.09


def row(name, score, p, role="network"):
    return ReadoutRow(
        name=name,
        role=role,
        score=score,
        low=0,
        high=1,
        fold_scores=np.zeros(5),
        pvalue=p,
        n_features=1,
        predicted=np.zeros(0),
    )


@pytest.mark.parametrize(
    ("p", "q", "low", "high", "start"),
    [
        (0.5, 0.5, -0.1, 0.1, "Nothing here tells the target better than chance"),
        (0.5, 0.01, -0.3, -0.1, "The network does not tell the target better than chance"),
        (0.01, 0.01, 0.05, 0.2, "The network tells more than every baseline"),
        (0.01, 0.01, -0.2, -0.05, "The network tells the target, but less than"),
        (0.01, 0.01, -0.1, 0.1, "The network tells the target better than chance, but no more"),
    ],
)
def test_the_verdict_follows_from_the_rows(p, q, low, high, start):
    text = verdict(row("net", 0.8, p), row("rate", 0.7, q, "baseline"), (0.1, low, high), "classes", 5)
    assert text.startswith(start)
    assert "net (balanced accuracy 0.80" in text
    assert "rate (0.70" in text
    assert text.count(".\n") == 0
    assert text.endswith(".")


def test_the_best_of_several_network_rows_must_pass_a_stricter_level(session):
    def sentence(p, n):
        return verdict(row("net", 0.8, p), row("rate", 0.7, 0.5, "baseline"), (0.1, 0.05, 0.2), "classes", 5, n)

    assert sentence(0.02, 1).startswith("The network tells more")
    assert sentence(0.02, 3).startswith("Nothing here tells")
    assert sentence(0.01, 3).startswith("The network tells more")
    assert "0.20, not corrected for the choice of the network row" in sentence(0.01, 3)
    assert "not corrected" not in sentence(0.01, 1)
    rec, networks, target = session
    noise = {name: np.random.default_rng(k).normal(size=(80, 3)) for k, name in enumerate("abc")}
    found = readout(noise, target, recording=rec, snapshots=networks, permutations=19, bootstrap=100)
    assert "the best of 3 rows, so p must be 0.017 or less" in found.verdict
    assert (
        "The difference is that of the best of 3 network rows, which was chosen on the same windows" in found.notes[-1]
    )


def test_a_series_target_goes_through_to_r_squared(session):
    rec, networks, _ = session
    t = np.arange(0, 800, 0.5)
    with_series = replace(rec, behavior={"load": Series(time=t, values=np.sin(t / 60)[:, None], unit="au")})
    target = window_target(with_series, networks.bounds, "load")
    x = target.values[:, None] + 0.1 * np.random.default_rng(9).normal(size=(80, 2))
    found = readout({"x": x}, target, recording=with_series, snapshots=networks, permutations=39, bootstrap=100)
    assert found.kind == "number"
    assert found.rows[0].score > 0.9
    assert "negative is worse" in found.metric
    assert found.rows[0].pvalue <= 0.05


def test_the_end_of_a_real_track_is_read_out_beside_the_firing_rate(data_dir):
    h5py = pytest.importorskip("h5py")
    with h5py.File(data_dir / "rat_linear_track" / "linear_track.nwb") as file:
        place = file["processing/behavior/Position/position"]
        series = Series(time=place["timestamps"][:], values=place["data"][:], unit="pixels")
        trains = np.split(file["units/spike_times"][:], file["units/spike_times_index"][:-1])
    rec = Recording(events=Events.from_trains(trains, span=(4397.0, 6380.0)), behavior={"position": series})
    start = np.arange(4397.0, 6370.0, 5.0)
    bounds = np.column_stack([start, start + 10])
    upper = np.triu_indices(31, 1)
    weights = np.zeros((len(bounds), 31, 31))
    weights[:, upper[0], upper[1]] = raw_correlation(rec, bounds)
    networks = Snapshots.from_dense(weights + weights.transpose(0, 2, 1), bounds, directed=False)
    target = window_target(rec, bounds, "position")
    found = readout({}, target, recording=rec, snapshots=networks, permutations=99, bootstrap=200)
    rows = {r.name: r for r in found.rows}
    assert rows["firing rate"].score > 0.8
    assert rows["firing rate"].pvalue == pytest.approx(0.01)
    assert rows["network edges"].score == rows["raw correlation"].score  # one and the same vectors here
    assert 0.6 < rows["network edges"].score < rows["firing rate"].score
    assert rows["time alone"].score < 0.65
    assert found.difference[0] < 0
