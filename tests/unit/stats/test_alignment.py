"""Alignment with performance: every null written out, what is planted, what must not be found, what is refused."""

import numpy as np
import pytest
from tests.oracles import alignment as oracle
from tests.oracles import regions as region_oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Events, Recording, Snapshots
from interplay.stats import alignment, sensory_motor_alignment
from interplay.stats.null_targets import turned_courses

T = 24


def slow(rng, n=T, memory=0.8):
    out = rng.normal(size=n + 50)
    for t in range(1, len(out)):
        out[t] += memory * out[t - 1]
    return out[50:]


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
@pytest.mark.parametrize("versions", [1, 3])
def test_correlation_and_pvalue_equal_loops(alternative, versions):
    rng = np.random.default_rng(versions)
    score = slow(rng)
    distance = np.stack([slow(rng) - 0.6 * score for _ in range(versions)])
    found = alignment(distance if versions > 1 else distance[0], score, alternative=alternative, bootstrap=100)
    r, p = oracle.pvalue(distance.tolist(), score.tolist(), alternative)
    row = found.rows[0]
    assert row.correlation == pytest.approx(r)
    assert row.pvalue == pytest.approx(p)
    assert row.low <= r <= row.high
    assert row.null_low < row.null_high
    assert len(row.seed_correlations) == (versions if versions > 1 else 0)
    assert found.used.all()
    assert np.array_equal(found.distance, row.course)


def test_null_courses_equal_loops_and_keep_values_and_steps():
    course = slow(np.random.default_rng(0), 9)
    shifted, stepped = turned_courses(course)
    assert np.allclose(shifted.T, oracle.turned(course.tolist()))
    assert np.allclose(stepped.T, oracle.stepped(course.tolist()))
    assert np.sort(shifted, axis=0) == pytest.approx(np.sort(course)[:, None] * np.ones(17))
    assert np.sort(np.diff(stepped, axis=0), axis=0) == pytest.approx(np.sort(np.diff(course))[:, None] * np.ones(15))


def test_units_of_measure_and_sign_do_not_matter():
    rng = np.random.default_rng(1)
    score = slow(rng)
    distance, clock = slow(rng) + score, np.arange(T) * 1.0
    one = alignment(distance, score, baselines={"clock": clock}, bootstrap=200)
    other = alignment(1e-9 * distance + 3, -50 * score + 7, baselines={"clock": clock}, bootstrap=200)
    for a, b in zip(one.rows, other.rows, strict=True):
        assert b.correlation == pytest.approx(-a.correlation)
        assert b.pvalue == pytest.approx(a.pvalue)
        assert (b.low, b.high) == pytest.approx((-a.high, -a.low))
    assert other.difference == pytest.approx(one.difference)


def test_same_seed_same_bits_and_the_seed_moves_only_intervals():
    rng = np.random.default_rng(2)
    distance, score = slow(rng), slow(rng)
    a, b, c = (alignment(distance, score, bootstrap=200, seed=s).rows[0] for s in (0, 0, 1))
    assert (a.low, a.high) == (b.low, b.high) != (c.low, c.high)
    assert (a.correlation, a.pvalue) == (c.correlation, c.pvalue)


def test_equal_versions_are_one_and_their_mean_is_taken():
    rng = np.random.default_rng(3)
    distance, score = slow(rng), slow(rng)
    one, three = (alignment(d, score, bootstrap=200).rows[0] for d in (distance, np.stack([distance] * 3)))
    for name in ("correlation", "pvalue", "low", "high", "null_low", "null_high"):
        assert getattr(three, name) == pytest.approx(getattr(one, name))
    two = alignment(np.stack([distance, -distance]), score, bootstrap=100).rows[0]
    assert two.correlation == pytest.approx(0, abs=1e-12)
    assert two.seed_correlations == pytest.approx([one.correlation, -one.correlation])
    assert two.course == pytest.approx(0, abs=1e-12)


def test_windows_without_a_value_are_left_out_for_every_row():
    rng = np.random.default_rng(4)
    distance, score, clock = slow(rng), slow(rng), np.arange(T) * 1.0
    keep = np.ones(T, bool)
    keep[[3, 10, 17]] = False
    holey, missing = score.copy(), distance.copy()
    holey[[3, 10]] = missing[17] = np.nan
    found = alignment(missing, holey, baselines={"clock": clock}, bootstrap=100)
    short = alignment(distance[keep], score[keep], baselines={"clock": clock[keep]}, bootstrap=100)
    assert np.array_equal(found.used, keep)
    assert found.notes[0] == "21 of 24 windows used."
    for a, b in zip(found.rows, short.rows, strict=True):
        assert (a.correlation, a.pvalue) == pytest.approx((b.correlation, b.pvalue))


def test_a_planted_relation_is_found_and_named_beside_its_baselines():
    rng = np.random.default_rng(5)
    score = slow(rng, 40)
    planted = -score + 0.2 * rng.normal(size=40)
    weak = score + 2.0 * rng.normal(size=40)
    found = alignment(planted, score, baselines={"weak": weak}, performance_name="skill", alternative="less")
    assert found.rows[0].correlation < -0.9
    assert found.rows[0].pvalue <= 0.05
    assert found.rows[1].pvalue < 0.5  # on both sides, whatever the network's row is asked
    assert found.difference[1] > 0
    assert found.verdict.startswith(
        "The distance goes with skill, and more closely than every trivial course: r = -1.00"
    )
    turned = alignment(weak, score, baselines={"planted": planted})
    assert "trivial course does" in turned.verdict or turned.verdict.startswith("The distance is not seen")
    same = alignment(planted, score, baselines={"twin": -planted})
    assert same.difference == pytest.approx((0, 0, 0), abs=1e-12)
    assert "but no more closely than a trivial course" in same.verdict
    assert "no trivial course stands beside it" in alignment(planted, score).verdict
    assert alignment(rng.normal(size=40), score).verdict.startswith("The distance is not seen to go with performance")


def test_undefined_and_refused():
    rng = np.random.default_rng(6)
    score = slow(rng)
    flat = alignment(np.full(T, 0.1), score, baselines={"x": slow(rng)}, bootstrap=100)
    assert np.isnan([flat.rows[0].correlation, flat.rows[0].pvalue, *flat.difference]).all()
    assert flat.verdict == "The distance is constant, so it goes with nothing."
    still = alignment(slow(rng), score, baselines={"x": np.ones(T)}, bootstrap=100)
    assert np.isnan(still.rows[1].pvalue)
    assert np.isnan(still.difference).all()
    few = alignment(slow(rng, 8), slow(rng, 8), bootstrap=100)
    assert few.rows[0].pvalue >= 1 / 14 - 1e-12
    assert few.notes == ("8 of 8 windows used.", "With 8 windows no p-value can be below 0.07.")
    with pytest.raises(DataError, match=r"defined in 5 windows at least, got 4 of 24"):
        alignment(slow(rng), np.where(np.arange(T) < 4, score, np.nan))
    with pytest.raises(DataError, match="must vary, but it is 2 in all 24"):
        alignment(slow(rng), np.full(T, 2.0))
    with pytest.raises(DataError, match=r"`baselines\['x'\]` must be defined .* but window 3 is not"):
        alignment(slow(rng), score, baselines={"x": np.where(np.arange(T) == 3, np.nan, 1.0)})
    with pytest.raises(DataError, match=r"`performance` must have shape|`distance` must have shape"):
        alignment(slow(rng, 9), score)
    with pytest.raises(DataError, match="at least one version"):
        alignment(np.zeros((0, T)), score)
    with pytest.raises(ConfigError, match="network's name"):
        alignment(slow(rng), score, baselines={"distance": score})
    with pytest.raises(ConfigError, match="alternative"):
        alignment(slow(rng), score, alternative="lower")
    with pytest.raises(ConfigError, match="`bootstrap` must be >= 100"):
        alignment(slow(rng), score, bootstrap=9)


@pytest.mark.slow
@pytest.mark.parametrize("n", [19, 60])
@pytest.mark.parametrize("memory", [0.0, 0.9, 1.0])
def test_unrelated_slow_courses_keep_the_nominal_rate(n, memory):
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found.append(alignment(slow(rng, n, memory), slow(rng, n, memory), bootstrap=100).rows[0].pvalue <= 0.05)
    assert np.mean(found) <= 0.085  # a rate of 0.05 exceeds this once in a hundred tests


# Sensory and motor regions.

GROUP = np.array(["sensory"] * 5 + ["motor_left"] * 3 + ["motor_right"] * 2 + [""] * 2)


@pytest.fixture(scope="module")
def culture():
    """Twelve units in 20 windows whose sensory and motor vectors draw together where the score is high."""
    rng = np.random.default_rng(7)
    score = slow(rng, 20)
    z = 0.3 * rng.normal(size=(20, 12, 3))
    z[:, :5, 0] += (4 - score)[:, None]
    start = np.arange(20) * 10.0
    bounds = np.column_stack([start, start + 10])
    trains = [np.sort(rng.uniform(0, 200, 300)) for _ in range(12)]
    weights = rng.normal(size=(20, 12, 12)) * (rng.random((20, 12, 12)) < 0.4)
    weights = np.triu(weights, 1) + np.triu(weights, 1).transpose(0, 2, 1)
    return (
        z,
        score,
        bounds,
        Recording(events=Events.from_trains(trains, span=(0.0, 200.0))),
        Snapshots.from_dense(weights, bounds, directed=False),
    )


def test_sensory_motor_rows_are_what_they_say(culture):
    z, score, bounds, recording, networks = culture
    found = sensory_motor_alignment(
        z, GROUP, score, bounds=bounds, recording=recording, snapshots=networks, alternative="less", bootstrap=200
    )
    assert [r.name for r in found.rows] == [
        "distance in the embedding",
        "distance of rate vectors",
        "difference of rates",
        "population rate",
        "edges between",
        "time alone",
    ]
    assert [r.role for r in found.rows] == ["network", *["baseline"] * 5]
    assert all(r.about for r in found.rows)
    assert found.regions == ("sensory", "motor_left + motor_right")
    assert found.citations[0] == "khajehnejad2024tavrnn"
    rows = {r.name: r.course for r in found.rows}
    side = ["a"] * 5 + ["b"] * 5 + [""] * 2
    everyone = np.ones((20, 12), bool)
    expected = np.array(region_oracle.distances(z, side, everyone, spread=False))[:, 0, 1]
    assert rows["distance in the embedding"] == pytest.approx(expected)
    counts = np.stack([np.histogram(t, np.linspace(0, 200, 201))[0] for t in recording.events.trains()])
    rates = counts.reshape(12, 20, 10).transpose(1, 0, 2) * 1.0
    expected = np.array(region_oracle.distances(rates, side, everyone, spread=False))[:, 0, 1]
    assert rows["distance of rate vectors"] == pytest.approx(expected)
    mean = rates.mean(axis=2)
    assert rows["difference of rates"] == pytest.approx(np.abs(mean[:, :5].mean(1) - mean[:, 5:10].mean(1)))
    assert rows["population rate"] == pytest.approx(mean.mean(axis=1))
    assert rows["edges between"] == pytest.approx(np.abs(networks.dense()[:, :5, 5:10]).mean(axis=(1, 2)))
    assert np.array_equal(rows["time alone"], bounds.mean(axis=1))
    assert found.rows[0].correlation < -0.9
    assert found.rows[0].pvalue <= 0.05


def test_versions_scale_and_absent_units(culture):
    z, score, bounds, _, networks = culture
    several = sensory_motor_alignment(np.stack([z, 2 * z]), GROUP, score, bounds=bounds, bootstrap=100)
    one = sensory_motor_alignment(z, GROUP, score, bounds=bounds, bootstrap=100)
    assert several.rows[0].seed_correlations == pytest.approx([one.rows[0].correlation] * 2)
    size = np.linspace(1, 3, 20)[:, None, None]
    free, grown = (
        sensory_motor_alignment(v, GROUP, score, bounds=bounds, scale="spread", bootstrap=100) for v in (z, size * z)
    )
    assert grown.rows[0].course == pytest.approx(free.rows[0].course)
    present = np.ones((20, 12), bool)
    present[4, :5] = False
    hidden = np.where(present[:, :, None], z, np.nan)
    found = sensory_motor_alignment(
        hidden, GROUP, score, bounds=bounds, snapshots=networks, present=present, bootstrap=100
    )
    assert found.used.tolist() == [t != 4 for t in range(20)]
    directed = Snapshots.from_dense(networks.dense(), bounds, directed=True)
    courses = [
        sensory_motor_alignment(z, GROUP, score, bounds=bounds, snapshots=s, bootstrap=100).rows[1].course
        for s in (networks, directed)
    ]
    assert courses[0] == pytest.approx(courses[1])


def test_sensory_motor_refusals(culture):
    z, score, bounds, recording, networks = culture
    with pytest.raises(DataError, match=r"`first`=\('visual',\) must have units, got none; the regions are"):
        sensory_motor_alignment(z, GROUP, score, bounds=bounds, first="visual")
    with pytest.raises(ConfigError, match="different regions"):
        sensory_motor_alignment(z, GROUP, score, bounds=bounds, first=("sensory", "motor_left"))
    with pytest.raises(ConfigError, match="`scale`"):
        sensory_motor_alignment(z, GROUP, score, bounds=bounds, scale="width")
    broken = z.copy()
    broken[1, 2, 0] = np.nan
    with pytest.raises(DataError, match="unit 2 in window 1 is not"):
        sensory_motor_alignment(broken, GROUP, score, bounds=bounds)
    with pytest.raises(DataError, match="must have the N=12 units"):
        sensory_motor_alignment(z, GROUP, score, bounds=bounds, recording=recording.select(range(11)))
    with pytest.raises(DataError, match=r"`snapshots.present` must have shape"):
        sensory_motor_alignment(z, GROUP, score, bounds=bounds, snapshots=networks.take(range(19)))
