"""Which covariates are read out, and who is learnt from; and linear read-outs that know only these."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Cohort, Units
from interplay.job import Plan
from interplay.job.cohort_baselines import (
    Features,
    baseline_features,
    linear_readout,
    shuffled_readout,
    subject_folds,
    usual_answer,
)
from interplay.job.cohort_identity import find_subjects, paired_rows
from interplay.job.cohort_networks import clusters
from interplay.job.cohort_readouts import readout_of, tell_linearly
from interplay.job.cohort_scans import describe_scans, signal_numbers, structure_numbers
from interplay.job.cohort_targets import as_text, choose_tasks, split_cohort, task_of


def made(n=40, sessions=1, regions=4, seed=0, **covariates):
    rng = np.random.default_rng(seed)
    who = np.repeat([f"s{k:02d}" for k in range(n)], sessions)
    visit = np.tile([f"v{k}" for k in range(sessions)], n)
    series = [rng.standard_normal((30, regions)) for _ in who]
    structure = [np.abs(rng.standard_normal((regions, regions))) for _ in who]
    return Cohort.of(
        series,
        regions=Units(n=regions),
        subject=who,
        session=visit,
        structure=structure,
        covariates={k: np.asarray(v) for k, v in covariates.items()},
    )


def known(n=40):
    rng = np.random.default_rng(1)
    return {
        "age": rng.normal(50, 10, n),
        "group": np.where(np.arange(n) % 2, "a", "b"),
        "site": (np.arange(n) % 3).astype(float),
        "name": np.array([f"x{k}" for k in range(n)]),
        "flat": np.ones(n),
        "rare": np.where(np.arange(n) < 5, 1.0, np.nan),
    }


def test_auto_takes_what_is_fit_and_says_what_is_not():
    cohort = made(**known())
    plan = Plan.of()
    split, said = split_cohort(plan, cohort)
    tasks, notes = choose_tasks(plan, cohort, split)
    assert said == ()
    assert [(t.name, t.kind, t.classes) for t in tasks] == [
        ("age", "number", ()),
        ("group", "class", ("a", "b")),
        ("site", "class", ("0", "1", "2")),
    ]
    assert [note.split("'")[1] for note in notes] == ["name", "flat", "rare"]


def test_of_many_covariates_the_first_four_are_taken():
    rng = np.random.default_rng(0)
    cohort = made(**{f"x{k}": rng.standard_normal(40) for k in range(6)})
    split, _ = split_cohort(Plan.of(), cohort)
    tasks, notes = choose_tasks(Plan.of(), cohort, split)
    assert [task.name for task in tasks] == ["x0", "x1", "x2", "x3"]
    assert "x4, x5" in notes[0]
    named = Plan.of(cohort_target=tuple(f"x{k}" for k in range(6)))
    assert len(choose_tasks(named, cohort, split)[0]) == 6


def test_no_subject_is_on_two_sides_and_labels_may_be_few():
    cohort = made(40, sessions=2, age=np.arange(80.0))
    split, _ = split_cohort(Plan.of(), cohort)
    all_of = task_of(Plan.of(), cohort, split, "age")
    few = task_of(Plan.of(cohort_labels=0.4), cohort, split, "age")
    for task in (all_of, few):
        sides = [set(cohort.subject[rows]) for rows in (task.train, task.validation, task.test)]
        assert sum(map(len, sides)) == len(set.union(*sides))
    assert len(few.train) < len(all_of.train)
    assert np.array_equal(few.test, all_of.test)
    assert set(few.train) <= set(all_of.train)


def test_a_named_covariate_must_be_fit():
    cohort = made(**known())
    split, _ = split_cohort(Plan.of(), cohort)
    with pytest.raises(DataError, match="must vary"):
        choose_tasks(Plan.of(cohort_target=("flat",)), cohort, split)
    with pytest.raises(DataError, match="known of 10 subjects"):
        choose_tasks(Plan.of(cohort_target=("rare",)), cohort, split)
    with pytest.raises(DataError, match="at most 12 classes"):
        choose_tasks(Plan.of(cohort_target=("name",)), cohort, split)
    with pytest.raises(DataError, match="age"):
        choose_tasks(Plan.of(cohort_target=("agee",)), cohort, split)
    with pytest.raises(ConfigError, match="stand alone"):
        Plan.of(cohort_target=("auto", "age"))
    assert choose_tasks(Plan.of(cohort_target=("none",)), cohort, split)[0] == ()


@pytest.mark.parametrize(("n", "sides"), [(1, (1, 0, 0)), (2, (1, 0, 1)), (3, (2, 0, 1)), (5, (2, 1, 2))])
def test_few_subjects_are_split_as_far_as_they_go(n, sides):
    split, said = split_cohort(Plan.of(), made(n))
    assert tuple(map(len, split)) == sides
    assert bool(said) == (n == 1)


def test_classes_become_text_for_the_heads():
    cohort = made(**known())
    split, _ = split_cohort(Plan.of(), cohort)
    text = as_text(cohort, task_of(Plan.of(), cohort, split, "site")).covariates["site"]
    assert text.tolist()[:4] == ["0", "1", "2", "0"]


def test_the_linear_read_out_is_ridge_regression_of_the_told():
    from sklearn.linear_model import Ridge

    rng = np.random.default_rng(3)
    values = rng.standard_normal((40, 6))
    cohort = made(age=values @ np.arange(6.0) + rng.standard_normal(40))
    split, _ = split_cohort(Plan.of(), cohort)
    task = task_of(Plan.of(), cohort, split, "age")
    told = linear_readout(Features(values, ""), task, cohort.subject, seed=0)
    x = values[task.told]
    scaled = (values - x.mean(axis=0)) / x.std(axis=0)
    best = []
    for penalty in 10.0 ** np.arange(-3, 6):
        alpha = penalty * (scaled[task.told] ** 2).sum(axis=1).mean()
        model = Ridge(alpha=alpha).fit(scaled[task.told], task.code[task.told])
        best.append(np.abs(model.predict(scaled[task.test]) - told).max())
    assert min(best) < 1e-8


def test_what_the_tested_scans_hold_does_not_move_the_learning():
    rng = np.random.default_rng(4)
    values = rng.standard_normal((40, 6))
    cohort = made(age=values[:, 0])
    split, _ = split_cohort(Plan.of(), cohort)
    task = task_of(Plan.of(), cohort, split, "age")
    one = linear_readout(Features(values, ""), task, cohort.subject, seed=0)
    moved = values.copy()
    moved[task.test[1:]] += 100
    other = linear_readout(Features(moved, ""), task, cohort.subject, seed=0)
    assert one[0] == pytest.approx(other[0], abs=1e-9)
    gone = np.where(np.arange(40)[:, None] == task.test[0], np.nan, values)
    usual = linear_readout(Features(gone, ""), task, cohort.subject, seed=0)[0]
    assert usual == pytest.approx(task.code[task.told].mean())


def test_folds_keep_subjects_together():
    subject = np.repeat(np.arange(12).astype(str), 3)
    folds = subject_folds(subject, 0)
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(36))
    assert all(not set(subject[a]) & set(subject[b]) for a, b in folds)


def test_features_are_what_they_say():
    cohort = made(3)
    found = baseline_features(cohort, describe_scans(cohort), transform="none")
    assert list(found) == [
        "function, all pairs",
        "regions, mean and size",
        "structure, all pairs",
        "function and structure, all pairs",
        "quality of the scan",
    ]
    corr = np.corrcoef(cohort.scan(1).T)[np.triu_indices(4, 1)]
    assert np.allclose(np.tanh(found["function, all pairs"].values[1]), corr)
    assert found["structure, all pairs"].values.shape == (3, 12)  # directed
    assert np.array_equal(found["structure, all pairs"].values[2], cohort.matrix(2)[~np.eye(4, dtype=bool)])


def test_a_read_out_ranks_and_compares():
    rng = np.random.default_rng(0)
    cohort = made(age=rng.standard_normal(40), group=np.where(np.arange(40) % 2, "a", "b"))
    split, _ = split_cohort(Plan.of(), cohort)
    task = task_of(Plan.of(), cohort, split, "age")
    truth = task.code[task.test]
    models = {"bad": (truth * 0, ""), "good": (truth * 0.9, "")}
    shuffled = shuffled_readout(Features(rng.standard_normal((40, 3)), ""), task, cohort.subject, seed=0)
    found = readout_of(task, cohort, models, {"line": (truth * 0.5, "")}, shuffled, seed=0)
    assert [r.name for r in found.rows] == ["good", "bad", "line", "always the mean", "shuffled labels"]
    assert found.compared == ("good", "line")
    assert found.difference[1] > 0
    assert found.rows[-1].value["r2"] < 0.2
    alone = readout_of(task, cohort, {}, {"line": (truth, "")}, None, seed=0)
    assert np.isnan(alone.difference[0])
    classes = task_of(Plan.of(), cohort, split, "group")
    told = tell_linearly({"noise": Features(rng.standard_normal((40, 3)), "")}, classes, cohort, seed=0)
    assert set(told) == {"noise", "shuffled noise"}
    assert set(np.unique(told["noise"])) <= {0.0, 1.0}
    assert len(np.unique(usual_answer(classes))) == 1


def test_scans_are_described_with_their_faults():
    rng = np.random.default_rng(0)
    values = 100 + rng.standard_normal((200, 5))
    values[:, 1], values[:, 2] = np.nan, 7.0
    values[3, 3] = np.nan
    found, correlation = signal_numbers(values)
    assert (found["missing_regions"], found["broken_regions"], found["constant_regions"]) == (1, 1, 1)
    assert found["signal_to_noise"] == pytest.approx(100, rel=0.1)
    assert found["step"] == pytest.approx(2**0.5, rel=0.1)
    assert np.isfinite(correlation).sum() == 4
    values[50:, 0] += 40
    assert signal_numbers(values)[0]["largest_jump"] > found["largest_jump"]
    assert np.isnan(signal_numbers(values[:, [0, 4]] - values[:, [0, 4]].mean(axis=0))[0]["signal_to_noise"])
    assert np.isnan(signal_numbers(np.ones((2, 3)))[0]["step"])


def test_structure_in_numbers():
    found = structure_numbers(np.array([[0, 2.0, 0], [-2.0, 0, 0], [0, 0, 0]]))
    assert found == {
        "edges": 2,
        "density": pytest.approx(1 / 3),
        "negative": 0.5,
        "asymmetry": 1.0,
        "largest_weight": 2.0,
    }
    empty = structure_numbers(np.zeros((3, 3)))
    assert np.isnan(empty["negative"])
    assert empty["density"] == 0
    gone = np.full((3, 3), np.nan)
    assert structure_numbers(gone)["edges"] == 0


def test_structure_without_an_edge_is_said_and_clusters_into_one():
    cohort = Cohort.of([None, None], regions=Units(n=3), subject=["a", "b"], structure=[np.zeros((3, 3)), np.eye(3)])
    assert "2 of 2 scans have structure without a single edge." in describe_scans(cohort).notes
    assert clusters(np.zeros((5, 2)), 3, seed=0, key="x").tolist() == [0] * 5


def test_a_cohort_without_one_modality_is_described():
    whole = made(9)
    found = describe_scans(whole.only("structure"))
    assert np.isnan(found.correlation[0, 1])
    assert found.structure is not None
    alone = describe_scans(whole.only("function"))
    assert alone.structure is None
    mean = np.tanh(np.mean([np.arctanh(np.corrcoef(whole.scan(s).T)[0, 1]) for s in range(9)]))
    assert alone.correlation[0, 1] == pytest.approx(mean)
    assert alone.n_subjects == alone.n_scans == 9


def test_raw_streamline_counts_and_odd_scans_are_named():
    rng = np.random.default_rng(0)
    series = [rng.standard_normal((50, 3)) for _ in range(12)]
    series[4] = np.cumsum(series[4], axis=0)
    cohort = Cohort.of(
        series,
        regions=Units(n=3),
        subject=[f"s{k}" for k in range(12)],
        structure=[None if k == 0 else rng.random((3, 3)) * 1e6 for k in range(12)],
    )
    said = " ".join(describe_scans(cohort).notes)
    assert "streamline counts" in said
    assert "stand out by their change from sample to sample: s4" in said
    assert "1 of 12 scans have function or structure, not both" in said


def test_subjects_with_two_sessions_are_found_by_what_is_their_own():
    rng = np.random.default_rng(0)
    own = {f"s{k:02d}": rng.standard_normal(4) for k in range(12)}
    cohort = made(12, sessions=2)
    values = np.array([own[name] for name in cohort.subject]) + 0.01 * rng.standard_normal((24, 4))
    rows = np.arange(8, 24)
    pairs = paired_rows(cohort, rows)
    assert cohort.subject[pairs[0]].tolist() == cohort.subject[pairs[1]].tolist()
    assert set(cohort.session[pairs[0]]) == {"v0"}
    found = find_subjects(
        cohort, pairs, np.arange(8), {"function, all pairs": Features(values, "")}, None, seed=0
    )  # fmt: skip
    assert found.name == ("function, all pairs", "random numbers")
    assert found.accuracy[0].tolist() == [1.0, 1.0, 1.0]
    assert found.accuracy[1, 0] < 0.6
    assert found.n_subjects == 8
    assert paired_rows(made(12), np.arange(12)) is None
    assert paired_rows(cohort, np.arange(3)) is None
