"""A covariate of subjects told from features of their scans, no subject ever on two sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.stats.cohort_results import SubjectReadout
from interplay.stats.gram_ridge import choose_penalty, factor, predict_classes, predict_numbers, standardised_gram

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: The main score first.
NUMBER_SCORES, CLASS_SCORES = ("r2", "rho", "mse"), ("balanced", "accuracy", "f1")


def subject_readout(
    features: Mapping[str, ArrayLike],
    target: ArrayLike,
    subject: ArrayLike,
    *,
    n_folds: int = 5,
    divisions: int = 3,
    permutations: int = 99,
    draws: int = 1000,
    seed: int = 0,
) -> SubjectReadout:
    """Tell a covariate from each kind of features, by nested cross-validation over subjects.

    Parameters
    ----------
    features : mapping of name to (S, F) float array
        NaN: taken to be as in the mean over the scans learnt from; features that none of them has count for nothing.
    target : (S,) numbers or texts
        NaN or "" where unknown: such scans are left out.
    subject : (S,) texts
        Whose scan it is.
    n_folds : int, >= 2
        Of the subjects; as many folds inside each choose the penalty.
    divisions : int, >= 1
        Times that subjects are divided anew.
    permutations : int, >= 0
        Covariates permuted among subjects with as many scans, whole.
    draws : int, >= 100
        Of subjects, for the intervals.
    seed : int, >= 0

    Returns
    -------
    SubjectReadout

    Raises
    ------
    DataError
        If shapes disagree, a feature is infinite, there are fewer subjects than two per fold, or the target does not
        vary.
    ConfigError
        If a setting is out of range.

    Notes
    -----
    Numbers: ridge regression. Classes: ridge discriminant with equal priors. Penalties are those of `gram_ridge`.
    Scaling, filling and the penalty come from the subjects learnt from alone, in every permutation again. All kinds of
    features meet the same folds, permutations and draws. Scores are of all held-out scans together. Intervals hold for
    other subjects, not for other divisions (`spread`). Cost per kind and division: O(n_folds (S^2 F + n_folds S^3)).

    References
    ----------
    Varma, Simon (2006), BMC Bioinformatics 7:91, for the nesting.

    Examples
    --------
    >>> x = np.arange(40.0)[:, None]
    >>> found = subject_readout({"x": x}, 2 * x[:, 0], np.arange(40).astype(str), permutations=19)
    >>> bool(found.value["x"][0] > 0.99), found.p_value["x"]
    (True, 0.05)
    """
    for name, value, least in (
        ("n_folds", n_folds, 2),
        ("divisions", divisions, 1),
        ("permutations", permutations, 0),
        ("draws", draws, 100),
        ("seed", seed, 0),
    ):
        require_setting(name, value, least=least, whole=True)
    shapes = Shapes()
    who_all = shapes.array("subject", subject, "S", "text")
    code_all, classes = _coded(target, len(who_all))
    known = np.flatnonzero(np.isfinite(code_all))
    code, who = code_all[known], np.unique(who_all[known], return_inverse=True)[1]
    n_subjects = int(who.max()) + 1 if len(who) else 0
    if n_subjects < 2 * n_folds or len(np.unique(code)) < 2:
        raise DataError(
            f"`target` must be known of {2 * n_folds} subjects or more and vary, got {n_subjects} subjects and "
            f"{len(np.unique(code))} values. Use fewer folds, or a larger cohort."
        )
    tables = {name: _table(shapes, name, values)[known] for name, values in features.items()}
    labels = np.stack([code, *(code[_permuted(who, seed, k)] for k in range(permutations))], axis=1)
    folds = [_nested(who, n_folds, seed, d) for d in range(divisions)]
    names = CLASS_SCORES if classes else NUMBER_SCORES
    found = {
        name: np.stack([_foretold(table, labels, fold, len(classes)) for fold in folds])
        for name, table in tables.items()
    }
    again = _draws(who, draws, stream(seed, "subject readout", "draws"))
    parts = {name: _judged(told, labels, again, len(classes)) for name, told in found.items()}
    usual = np.stack([_usual(code, fold, len(classes)) for fold in folds])
    return SubjectReadout(
        kind="class" if classes else "number",
        classes=classes,
        scores=names,
        value={name: one["value"] for name, one in parts.items()},
        interval={name: one["interval"] for name, one in parts.items()},
        spread={name: one["spread"] for name, one in parts.items()},
        chance={name: one["chance"] for name, one in parts.items()},
        p_value={name: float(one["p"]) for name, one in parts.items()},
        usual=np.mean([_scores(code, one, len(classes)) for one in usual], axis=0),
        prediction={name: _shown(told[..., 0], known, len(who_all), classes) for name, told in found.items()},
        n_subjects=n_subjects,
    )


def _coded(target: ArrayLike, n: int) -> tuple[Floats, tuple[str, ...]]:
    values = np.asarray(target)
    if values.shape != (n,) or values.dtype.kind not in "USiufb":
        raise DataError(
            f"`target` must be (S={n}) numbers or texts, got shape {values.shape} of {values.dtype}. Give one value "
            "per scan."
        )
    if values.dtype.kind not in "US":
        code = values.astype(np.float64)
        if np.isinf(code).any():
            raise DataError(
                f"`target` must not be infinite: target[{int(np.argmax(np.isinf(code)))}] is. Use NaN for unknown."
            )
        return code, ()
    code = np.full(n, np.nan)
    classes, code[values != ""] = np.unique(values[values != ""], return_inverse=True)
    return code, tuple(map(str, classes))


def _table(shapes: Shapes, name: str, values: ArrayLike) -> Floats:
    table = np.asarray(
        Shapes(S=shapes.sizes["S"]).array(f"features[{name!r}]", values, "S F", finite=False), np.float64
    )
    if np.isinf(table).any():
        raise DataError(f"`features[{name!r}]` must not be infinite. Use NaN for what a scan lacks.")
    return table


def _permuted(who: Ints, seed: int, k: int) -> Ints:
    """Exchange whole subjects that have as many scans, and the scans of a subject."""
    rng = stream(seed, "subject readout", "permutation", k)
    order = np.lexsort((rng.random(len(who)), who))
    blocks = np.split(order, np.cumsum(np.bincount(who))[:-1])
    out = np.empty(len(who), np.int64)
    sizes = np.array([len(block) for block in blocks])
    for size in np.unique(sizes):
        mine = np.flatnonzero(sizes == size)
        for one, other in zip(mine, rng.permutation(mine), strict=True):
            out[blocks[one]] = blocks[other]
    return out


def _folds(who: Ints, n_folds: int, rng: np.random.Generator) -> list[tuple[Ints, Ints]]:
    """Divide subjects into folds of nearly equal size; rows to learn from, and held out."""
    names, place = np.unique(who, return_inverse=True)
    side = (rng.permutation(len(names)) % min(n_folds, len(names)))[place]
    return [(np.flatnonzero(side != k), np.flatnonzero(side == k)) for k in range(int(side.max()) + 1)]


class _Fold(NamedTuple):
    """Rows to learn from and held out; and the same inside those to learn from, for the penalty."""

    train: Ints
    test: Ints
    inner: list[tuple[Ints, Ints]]


def _nested(who: Ints, n_folds: int, seed: int, division: int) -> list[_Fold]:
    out = []
    for k, (train, test) in enumerate(_folds(who, n_folds, stream(seed, "subject readout", "folds", division))):
        inner = _folds(who[train], n_folds, stream(seed, "subject readout", "inner", division, k))
        out.append(_Fold(train, test, [(train[a], train[b]) for a, b in inner]))
    return out


def _foretold(table: Floats, labels: Floats, folds: list[_Fold], n_classes: int) -> Floats:
    """Foretell held-out scans from all columns of labels, (n, 1 + P)."""
    out = np.empty_like(labels)
    for train, test, inner in folds:
        there = np.isfinite(table[train])
        mean = np.where(there, table[train], 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        gram = standardised_gram(np.where(np.isfinite(table), table, mean), train)
        fitted = factor(gram, train, test)
        if n_classes:
            choice = choose_penalty(gram, inner, (labels[:, :, None] == np.arange(n_classes)).astype(np.float64))
            out[test] = predict_classes(fitted, labels[train].astype(np.int64), n_classes, choice)
        else:
            choice = choose_penalty(gram, inner, labels[:, :, None])
            out[test] = predict_numbers(fitted, labels[train], choice)
    return out


def _draws(who: Ints, draws: int, rng: np.random.Generator) -> list[Ints]:
    rows = np.split(np.argsort(who, kind="stable"), np.cumsum(np.bincount(who))[:-1])
    return [np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))]) for _ in range(draws)]


def _judged(told: Floats, labels: Floats, again: list[Ints], n_classes: int) -> dict[str, Floats]:
    """Score (divisions, n, 1 + P) of one kind of features: the data's covariate, and those permuted."""
    truth = labels[:, 0]
    each = np.array([_scores(truth, one[:, 0], n_classes) for one in told])
    drawn = np.array([np.mean([_scores(truth[i], one[i, 0], n_classes) for one in told], axis=0) for i in again])
    null = np.array(
        [
            np.mean([_scores(labels[:, k], one[:, k], n_classes) for one in told], axis=0)
            for k in range(1, told.shape[2])
        ]
    ).reshape(-1, each.shape[1])
    value = each.mean(axis=0)
    return {
        "value": value,
        "interval": np.nanquantile(drawn, (0.025, 0.975), axis=0).T,
        "spread": each.std(axis=0, ddof=1) if len(each) > 1 else np.full(each.shape[1], np.nan),
        "chance": null.mean(axis=0) if len(null) else np.full(each.shape[1], np.nan),
        "p": np.asarray((1 + (null[:, 0] >= value[0] - 1e-12).sum()) / (1 + len(null))),
    }


def _usual(code: Floats, folds: list[_Fold], n_classes: int) -> Floats:
    out = np.empty_like(code)
    for train, test, _ in folds:
        out[test] = np.bincount(code[train].astype(np.int64)).argmax() if n_classes else code[train].mean()
    return out


def _scores(truth: Floats, told: Floats, n_classes: int) -> Floats:
    if not n_classes:
        spread = truth.var()
        error = float(((truth - told) ** 2).mean() / spread) if spread > 0 else np.nan
        return np.array([1 - error, _rank_correlation(truth, told), error])
    table = np.bincount((truth * n_classes + told).astype(np.int64), minlength=n_classes**2)
    table = table.reshape(n_classes, n_classes).astype(np.float64)
    hit, size, both = np.diag(table), table.sum(axis=1), table.sum(axis=0) + table.sum(axis=1)
    return np.array(
        [(hit[size > 0] / size[size > 0]).mean(), hit.sum() / table.sum(), (2 * hit[both > 0] / both[both > 0]).mean()]
    )


def _rank_correlation(a: Floats, b: Floats) -> float:
    ranks = []
    for values in (a, b):
        _, place, count = np.unique(values, return_inverse=True, return_counts=True)
        rank = (np.cumsum(count) - count / 2)[place]
        ranks.append(rank - rank.mean())
    length = np.sqrt((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum())
    return float(ranks[0] @ ranks[1] / length) if length > 0 else 0.0


def _shown(told: Floats, known: Ints, n: int, classes: tuple[str, ...]) -> NDArray[np.generic]:
    if not classes:
        out = np.full((len(told), n), np.nan)
        out[:, known] = told
        return out
    names = np.full((len(told), n), "", dtype=np.array(classes).dtype)
    names[:, known] = np.array(classes)[told.astype(np.int64)]
    return names
