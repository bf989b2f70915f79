"""Fitting switching models from several starts, and choosing among numbers of states on held-out samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay._core.rng import stream
from interplay.infer.coupling_priors import CouplingPrior, NormalPrior, OneHotPrior
from interplay.infer.emissions import CountEmission, Emission
from interplay.infer.switching_design import Design
from interplay.infer.switching_em import Expectation, Machine, Parameters
from interplay.infer.switching_start import grouped, soft, stretch_scores

Floats = NDArray[np.float64]

#: Lengths of the stretches that starts are made from, in samples; starts go around them.
_STRETCHES = (50, 25, 100, 200)
#: Iterations that a start is given to show what it is worth.
_TRIAL = 10
#: A ridge fit has not settled while a coupling still moves further than this in an iteration.
_STILL = 0.1
#: A coupling that moves the predictor further than this, with next to no information on it, has run off.
STRAYED = 5.0


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Recipe:
    """Settings of a fit, in the order of units of its design.

    Attributes
    ----------
    emission : Emission
    prior : {"one-hot", "gaussian", "none"}
    known : (n, n, 3) float64 array or None
        Chances of types ``[onto, from]``.
    belief, spread, ridge, stickiness, tolerance : float
    dale, shared_bias : bool
    restarts, iterations, seed : int
    coupled : {"all", "own", "none"}
        "own": units act on themselves only; "none" holds all couplings at zero. Both by ridge, whatever the prior.
    """

    emission: Emission
    prior: str
    known: Floats | None
    belief: float
    dale: bool
    spread: float
    ridge: float
    shared_bias: bool
    stickiness: float
    restarts: int
    iterations: int
    tolerance: float
    seed: int
    coupled: Literal["all", "own", "none"] = "all"

    def machine(self, iterations: int | None = None) -> Machine:
        """Give the machine that runs the iterations."""
        most = self.iterations if iterations is None else iterations
        return Machine(self.emission, self.shared_bias, self.stickiness, most, self.tolerance, still=_STILL)

    def start_prior(self, n: int, n_states: int) -> CouplingPrior:
        """Give the prior before anything is learned."""
        allowed = np.eye(n, dtype=bool) if self.coupled == "own" else np.full((n, n), self.coupled == "all")
        if self.known is not None:
            allowed &= self.known[..., 1] < 1.0
        if self.coupled != "all" or self.prior == "none":
            return NormalPrior(allowed, self.ridge, np.zeros((n, n)), False)
        if self.prior == "gaussian":
            return NormalPrior(allowed, self.spread**-2, np.zeros((n, n)), True)
        types = np.full((n, n, 3), 1.0 / 3.0) if self.known is None else self.known
        chance = np.broadcast_to(types, (n_states, n, n, 3))
        return OneHotPrior(self.known, self.belief, self.dale, types, 1.0, chance, np.ones((n_states, n, n)))


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Fitted:
    """A fitted model, its states by falling share of time.

    Attributes
    ----------
    parameters : Parameters
    posterior : (T, S) float64 array
    path : (T,) int64 array
    chance : (S, n, n, 3) float64 array or None
    anatomy : (n, n, 3) or (n, n) float64 array or None
    course : list of float
    settled : bool
    held_out : (A, F) float64 array
    baselines : mapping of str to (F,) float64 array
    doubtful : int
        Couplings that data hardly hold.
    """

    parameters: Parameters
    posterior: Floats
    path: NDArray[np.int64]
    chance: Floats | None
    anatomy: Floats | None
    course: list[float]
    settled: bool
    doubtful: int
    held_out: Floats
    baselines: Mapping[str, Floats]


def fit_states(recipe: Recipe, data: Design, tried: Sequence[int], folds: int, progress: Progress | None) -> Fitted:
    """Choose the number of states where several are tried, and fit it to all samples.

    Parameters
    ----------
    recipe : Recipe
    data : Design
    tried : sequence of int
    folds : int
        0 holds out nothing.
    progress : callable or None

    Returns
    -------
    Fitted
    """
    total, done = folds * (len(tried) + 4) + 1, 0

    def scored(one: Recipe, n_states: int) -> Floats:
        nonlocal done
        found = np.empty(folds)
        for f, (train, test) in enumerate(parts):
            found[f] = _held_out(one, train, test, n_states) * folds / size
            done += 1
            if progress is not None:
                progress(done, total)
        return found

    held_out, baselines = np.empty((0, 0)), {}
    chosen = tried[0]
    if folds:
        parts = split_folds(data, folds, least=2 * max(tried))
        size = _scored_size(recipe, parts)
        held_out = np.stack([scored(recipe, n_states) for n_states in tried])
        chosen = tried[int(np.argmax(held_out.mean(axis=1)))]
        bare, alone = (replace(recipe, coupled=what, shared_bias=False) for what in ("none", "own"))
        baselines = {
            "constant rate": scored(bare, 1),
            "one state": held_out[tried.index(1)] if 1 in tried else scored(recipe, 1),
            "rates only": scored(bare, chosen),
            "own history": scored(alone, chosen),
        }
    parameters, prior, expected, course, settled = best_of_starts(recipe, data, chosen)
    if progress is not None:
        progress(total, total)
    order = np.argsort(-expected.posterior[data.known].sum(axis=0), kind="stable")
    parameters = parameters.order(order)
    chance, anatomy = None, None
    if isinstance(prior, OneHotPrior):
        chance, anatomy = prior.chance[order], prior.types
    elif prior.learned:
        anatomy = prior.mean
    return Fitted(
        parameters=parameters,
        posterior=expected.posterior[:, order],
        path=_path(recipe, data, parameters),
        chance=chance,
        anatomy=anatomy,
        course=course,
        settled=settled,
        doubtful=_doubtful(recipe, data, parameters, expected.posterior[:, order]) if recipe.prior == "none" else 0,
        held_out=held_out,
        baselines=baselines,
    )


def best_of_starts(
    recipe: Recipe, data: Design, n_states: int
) -> tuple[Parameters, CouplingPrior, Expectation, list[float], bool]:
    """Fit from several starts; a short run of each says which one is followed to the end.

    Parameters
    ----------
    recipe : Recipe
    data : Design
    n_states : int

    Returns
    -------
    parameters, prior, expectation, log-likelihoods, whether it settled
    """
    single = _single(recipe, data)
    if n_states == 1:
        prior = recipe.start_prior(data.x.shape[1], 1)
        return recipe.machine().fit(data, single, prior)
    short = recipe.machine(_TRIAL)
    found = []
    for restart in range(recipe.restarts):
        at, prior = _start(recipe, data, single, n_states, restart)
        at, prior, expected, course, _ = short.fit(data, at, prior)
        found.append((at, prior, expected, course))
    at, prior, expected, course = max(found, key=lambda one: one[2].log_likelihood)
    at, prior, expected, rest, settled = recipe.machine().fit(data, at, prior)
    return at, prior, expected, course + rest, settled


def split_folds(data: Design, folds: int, *, least: int = 1) -> list[tuple[Design, Design]]:
    """Hold out each part in turn: whole pieces where there are enough, else stretches of each.

    Parameters
    ----------
    data : Design
    folds : int, >= 2
    least : int
        Complete samples that each part to fit to must hold; a held-out part must hold one.

    Returns
    -------
    list of (to fit to, held out)
        A held-out stretch starts a chain of its own; its first samples know the past they follow.

    Raises
    ------
    DataError
        If a part has too few complete samples.
    """
    pieces = list(zip(data.pointer[:-1].tolist(), data.pointer[1:].tolist(), strict=True))
    owner = np.arange(len(pieces)) % folds
    if len(pieces) < folds:
        cuts = [np.linspace(a, b, folds + 1).astype(int).tolist() for a, b in pieces]
        pieces = [(a, b) for cut in cuts for a, b in pairwise(cut)]
        owner = np.tile(np.arange(folds), len(cuts))
    sides = []
    for f in range(folds):
        train = [piece for piece, k in zip(pieces, owner, strict=True) if k != f]
        test = [piece for piece, k in zip(pieces, owner, strict=True) if k == f]
        fitted, judged = data.take(train), data.take(test)
        if fitted.n_known < least or not judged.n_known:
            raise DataError(
                f"`data` must hold complete samples in each of {folds} parts: with part {f} held out there are "
                f"{fitted.n_known} to fit to, where {least} are needed, and {judged.n_known} to judge by. Set another "
                "`folds`, or leave out units with missing samples."
            )
        sides.append((fitted, judged))
    return sides


def _scored_size(recipe: Recipe, parts: Sequence[tuple[Design, Design]]) -> float:
    """Count held-out spikes, or samples times units, of all folds."""
    if not isinstance(recipe.emission, CountEmission):
        return float(sum(test.n_known * test.x.shape[1] for _, test in parts))
    size = float(sum(test.x.sum() for _, test in parts))
    if not size:
        raise DataError(
            "`data` must hold a spike after the first `lags` bins of its runs to score held-out parts, got none. Set "
            "`folds=0`, or take a longer recording."
        )
    return size


def _held_out(recipe: Recipe, train: Design, test: Design, n_states: int) -> float:
    """Log-likelihood of held-out samples, nats."""
    parameters, *_ = best_of_starts(recipe, train, n_states)
    return recipe.machine().score(test, parameters)


def _doubtful(recipe: Recipe, data: Design, at: Parameters, posterior: Floats) -> int:
    """Count couplings that have run off: large, with a standard error above 1 even if all else were known."""
    n = data.x.shape[1]
    held = np.diagonal(recipe.machine().information(data, at, posterior), axis1=2, axis2=3)
    shown = np.sqrt(np.square(data.h).max(axis=0))
    loose = (at.weight != 0) & ~np.eye(n, dtype=bool)
    return int((loose & (held < 1.0) & (np.abs(at.weight) * shown > STRAYED)).sum())


def _single(recipe: Recipe, data: Design) -> Parameters:
    """Fit one state, by ridge: where the others start from."""
    n = data.x.shape[1]
    x = data.x[data.known]
    at = Parameters(
        weight=np.zeros((1, n, n)),
        bias=recipe.emission.base(x.mean(axis=0))[None],
        noise=np.ones(n),
        initial=np.ones(1),
        transition=np.ones((1, 1)),
    )
    plain = replace(recipe, prior="none", ridge=max(recipe.ridge, 1e-3))
    return replace(plain.machine(30), still=np.inf).fit(data, at, plain.start_prior(n, 1))[0]


def _start(
    recipe: Recipe, data: Design, single: Parameters, n_states: int, restart: int
) -> tuple[Parameters, CouplingPrior]:
    """Group stretches of time, and take a few steps from there."""
    length = min(_STRETCHES[restart % len(_STRETCHES)], max(len(data.x) // (4 * n_states), 1))
    points, owner = stretch_scores(data, single, recipe.emission, length, 2 * n_states)
    label = grouped(points, n_states, stream(recipe.seed, "switching start", restart))[owner]
    posterior = soft(label, n_states)
    expected = Expectation(posterior, posterior[:-1].T @ posterior[1:], 0.0)
    at = Parameters(
        weight=np.repeat(single.weight, n_states, axis=0),
        bias=np.repeat(single.bias, n_states, axis=0),
        noise=single.noise,
        initial=np.full(n_states, 1 / n_states),
        transition=np.full((n_states, n_states), 1 / n_states),
    )
    prior = recipe.start_prior(data.x.shape[1], n_states)
    for _ in range(3):
        at, prior = recipe.machine().maximise(data, at, expected, prior)
    return at, prior


def _path(recipe: Recipe, data: Design, at: Parameters) -> NDArray[np.int64]:
    from interplay.ops.hidden_chain import likeliest_path

    path = np.zeros(len(data.x), dtype=np.int64)
    likeliest_path(recipe.machine().log_emission(data, at), data.pointer, *at.log_chain, path)
    return path
