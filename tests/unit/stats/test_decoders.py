from dataclasses import replace

import numpy as np
import pytest
from tests.unit.stats.test_readout import session, stays_of, target_of  # noqa: F401 - a fixture

from interplay import ConfigError, DataError
from interplay.stats import readout
from interplay.stats.held_out import HeldOut, ReadoutConfig


class Nearest:
    """Foretells from the nearest training mean (classes) or the nearest training window (numbers) of one column."""

    about, n_features = "one column", 1

    def __init__(self, column):
        self.column, self.asked = np.asarray(column, dtype=float), []

    def fit_predict(self, train, test, known, n_classes):
        self.asked.append((train, test, known.shape, n_classes))
        found = []
        for column in known.T:
            if n_classes:
                kinds = np.unique(column)
                means = np.array([self.column[train[column == k]].mean() for k in kinds])
                found.append(kinds[np.abs(self.column[test][:, None] - means).argmin(axis=1)])
            else:
                found.append(column[np.abs(self.column[test][:, None] - self.column[train]).argmin(axis=1)])
        return np.stack(found, axis=1)


def decode(column, target, *, permutations=99, count=19, seed=0):
    task = HeldOut.of(target, ReadoutConfig(permutations=permutations, seed=seed))
    decoder, steps = Nearest(column), []
    return task.decode(decoder, np.flatnonzero(target.usable), count, seed, steps.append), decoder, task, steps


def test_a_decoder_is_asked_for_every_fold_once_with_the_training_labels_only():
    codes = stays_of(np.random.default_rng(0))
    target = replace(target_of(codes), usable=np.arange(len(codes)) % 7 != 3)
    outcome, decoder, task, steps = decode(codes + 0.1, target)
    assert outcome.scores[0] == 1.0
    assert steps == [1, 2, 3, 4, 5]
    place = np.flatnonzero(target.usable)
    for (train, test, known, n_classes), (a, b) in zip(decoder.asked, task.folds, strict=True):
        assert np.array_equal(train, place[a])
        assert np.array_equal(test, place[b])
        assert known == (len(a), len(outcome.scores))
        assert n_classes == 2
    assert outcome.n_features == 1


def test_the_p_value_counts_the_null_targets_that_were_trained_on():
    codes = stays_of(np.random.default_rng(1))
    perfect, *_ = decode(codes, target_of(codes), count=24)
    assert [f.stop - f.start for f in perfect.families] == [24]
    assert perfect.pvalue == pytest.approx(1 / 25)
    walk = np.cumsum(np.random.default_rng(2).normal(size=60))
    both, *_ = decode(walk, target_of(walk), count=20)
    assert [f.stop - f.start for f in both.families] == [20, 20]  # two kinds of shift, each its own family
    assert both.scores.shape == (41,)


def test_null_targets_of_decoders_are_some_of_the_others_and_not_the_first():
    walk = np.cumsum(np.random.default_rng(3).normal(size=60))
    target = target_of(walk)
    task = HeldOut.of(target, ReadoutConfig(permutations=99))
    columns, families = task._some_nulls(19, 0)
    assert columns[0] == 0
    assert len(set(columns.tolist())) == 39
    for family, own in zip(families, task.families, strict=True):
        inside = columns[family]
        assert ((inside >= own.start) & (inside < own.stop)).all()
        assert inside.max() - own.start > 40  # shifts come in order: the first would all be short
    other, _ = task._some_nulls(19, 1)
    assert not np.array_equal(columns, other)
    everything, _ = task._some_nulls(1000, 0)
    assert np.array_equal(everything, np.arange(task.truth.shape[1]))


def test_unrelated_activity_keeps_the_nominal_rate_with_few_null_targets():
    rng = np.random.default_rng(4)
    found = []
    for _ in range(120):
        outcome, *_ = decode(np.cumsum(rng.normal(size=60)), target_of(stays_of(rng, 60, 4)), permutations=40)
        found.append(outcome.pvalue)
    found = np.array(found)
    assert (found <= 0.05).mean() < 0.05 + 3 * (0.05 * 0.95 / 120) ** 0.5
    assert 0.3 < found.mean() < 0.75


@pytest.fixture(scope="module")
def asked(session):  # noqa: F811
    return session


def test_a_decoder_makes_a_row_between_network_and_baselines(asked):
    recording, snapshots, target = asked
    rng = np.random.default_rng(0)
    noise = {"noise": rng.normal(size=(len(snapshots), 3))}
    known = {"recording": recording, "snapshots": snapshots, "permutations": 39, "bootstrap": 100}
    plain = readout(noise, target, **known)
    done = []
    both = {"telling": Nearest(target.values), "empty": Nearest(rng.normal(size=len(snapshots)))}
    result = readout(noise, target, decoders=both, progress=lambda *x: done.append(x), **known)
    assert [r.role for r in result.rows] == ["network", "decoder", "decoder", *["baseline"] * 5, "chance"]
    telling, empty = result.rows[1:3]
    assert (telling.name, telling.about, telling.n_features, telling.score) == ("telling", "one column", 1, 1.0)
    assert telling.pvalue == pytest.approx(0.05)
    assert empty.score < 0.8
    # nothing else moves
    for row in plain.rows:
        same = next(r for r in result.rows if r.name == row.name)
        assert (row.score, row.low, row.high) == (same.score, same.low, same.high)
    assert result.verdict == plain.verdict
    best = max((r for r in result.rows if r.role == "baseline"), key=lambda r: r.score)
    assert result.decoder_difference[0] == pytest.approx(1.0 - best.score)
    assert result.decoder_difference[1] <= result.decoder_difference[0] <= result.decoder_difference[2]
    assert np.isnan(plain.decoder_difference).all()
    assert any("Each was trained anew in every fold" in n and "0.05 at least" in n for n in result.notes)
    assert any(f"(telling minus {best.name})" in n for n in result.notes)
    assert done[-1] == (8 * 5, 8 * 5)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda shape: np.zeros((1, *shape), int), "must foretell every test window for every target"),
        (lambda shape: np.full(shape, 2), "class codes from 0 to 1, got"),
    ],
)
def test_answers_that_are_no_predictions_are_refused(answer, message):
    codes = stays_of(np.random.default_rng(0))
    task = HeldOut.of(target_of(codes), ReadoutConfig(permutations=19))

    class Wrong:
        about, n_features = "", 1

        def fit_predict(self, train, test, known, n_classes):
            return answer((len(test), known.shape[1]))

    with pytest.raises(DataError, match=message):
        task.decode(Wrong(), np.arange(len(codes)), 19, 0, lambda _: None)


def test_numbers_that_are_not_finite_are_refused():
    walk = np.cumsum(np.random.default_rng(3).normal(size=60))
    column = walk.copy()
    task = HeldOut.of(target_of(walk), ReadoutConfig(permutations=19))

    class Wrong(Nearest):
        def fit_predict(self, train, test, known, n_classes):
            return super().fit_predict(train, test, known, n_classes) * np.nan

    with pytest.raises(DataError, match="finite numbers, got"):
        task.decode(Wrong(column), np.arange(60), 19, 0, lambda _: None)


def test_settings_and_names_of_decoders_are_checked(asked):
    recording, snapshots, target = asked
    known = {"recording": recording, "snapshots": snapshots, "permutations": 19, "bootstrap": 100}
    with pytest.raises(ConfigError, match="decoder_nulls"):
        readout({}, target, decoder_nulls=18, **known)
    for name in ("chance", "firing rate", "network edges"):
        with pytest.raises(ConfigError, match="name of another row"):
            readout({}, target, decoders={name: Nearest(target.values)}, **known)
