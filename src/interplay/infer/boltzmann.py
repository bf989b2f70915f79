"""Couplings of pairs and triples of units, from a restricted Boltzmann machine of their binary activity.

References
----------
Bereux et al. (2026), arXiv 2603.11032. Decelle, Furtlehner, Navas Gomez, Seoane (2024), arXiv 2309.02292.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay.infer import boltzmann_baselines as baselines
from interplay.infer.boltzmann_results import MODELS, BoltzmannResult
from interplay.infer.mixtures import mixed_snapshots, window_shares
from interplay.infer.sequences import Pooled, SampleRuns, sample_runs
from interplay.ops.boltzmann_sums import machine_conditionals, machine_log_partition
from interplay.ops.walsh_couplings import walsh_fields, walsh_pairs, walsh_triples

Floats = NDArray[np.float64]
States = NDArray[np.int8]

_LEAST = 100
#: Held-out samples lie in every so-manieth of so many equal blocks of time.
_BLOCKS = 50
#: log Z is summed over the states of a layer of up to so many units.
_ENUMERATED = 16
#: Samples on which conditional probabilities are averaged.
_JUDGED = 2000
#: Energies further apart than so many standard errors have not thermalised.
_APART = 4.0
_DRAWS = 40


@dataclass(frozen=True, kw_only=True)
class BoltzmannCouplings:
    """Pair and triple couplings of binary activity, by a restricted Boltzmann machine.

    A unit is 1 in a bin with a spike, else 0. The machine ``p(v) ~ exp(b v) prod_a (1 + exp(c_a + (v W)_a))`` can
    follow correlations of any order. With spins s = 2 v - 1, its log probability is a sum over subsets of units of a
    coefficient times the product of their spins; the coefficients of pairs are the network, those of triples come
    beside it.

    Parameters
    ----------
    bin_s : float, s, > 0, or None
        Width of a bin. None takes traces.
    threshold : float
        A trace is 1 where it lies so many standard deviations above its unit's mean. Not read for spikes.
    window_s, step_s : float, s, > 0, or None
        Windows to report the network in: one network is fitted to everything, and is the same in each that holds a
        complete sample; in the others no unit is present. None: one window.
    epochs : str or None
        Cut the recording to these epochs.
    n_hidden : int, >= 1, or None
        Hidden units; None means 2 N, at most 100.
    n_updates : int, >= 1
        Gradient steps.
    batch : int, >= 1
        Samples per gradient.
    n_chains : int, >= 2
        Persistent chains, of training and of all that is sampled.
    gibbs_steps : int, >= 1
        Sweeps between two gradients.
    learning_rate : float, > 0
        Of the first half of the steps; then it falls to a tenth.
    penalty : float, >= 0
        Ridge on W: every update divides W by 1 + learning rate times this.
    held_out : float, in [0.02, 0.5]
        Share of the samples, in blocks over the whole time, that is not trained on; rounded down to fiftieths, since
        there are 50 blocks.
    n_triples : int, >= 0
        How many triples are reported.
    triple_units : int, >= 3
        Triples are sought among so many units, those with the largest summed squares of pair couplings.
    temperatures : int, >= 2
        Steps of the annealed log Z.
    watched_sweeps : int, >= 20
        How long chains are watched for thermalisation.
    seed : int, >= 0
    device : str
        "cpu", "cuda" or "cuda:K".
    threads : int, >= 1
        Of torch, on the CPU. Sums are split by thread: another number gives other last bits.

    Raises
    ------
    ConfigError
        If a setting is out of its range.

    Notes
    -----
    Training: persistent contrastive divergence with centred gradients; the parameters are averaged over the last
    quarter of the steps. A coefficient is exact but for one step: the sum of all units outside the subset is taken as
    normal (see `interplay.ops.walsh_couplings`), which is poor for a hidden unit that listens to two or three units
    only.

    Units are trained in an order that depends on their activity alone, so that relabelling them relabels the result. A
    unit that is always 0, or always 1, in the samples trained on is not present. Samples with a missing value are left
    out. Bins are taken as independent samples: the network is of equal-time couplings, symmetric, without p-values.

    Beside it: held-out likelihood, conditional likelihood and third-order moments, against an Ising model and
    independent units; log Z by annealed importance sampling, and exact where a layer has at most 16 units (annealed log
    Z is too low on average, so those log-likelihoods are too high by about half the squared `log_z_error`, by more
    where few chains are effective);
    autocorrelation, drift and two starts of the chains.

    Time O(n_updates gibbs_steps n_chains N H) for training, O(N^2 H) for the couplings.

    References
    ----------
    Bereux et al. (2026), arXiv 2603.11032. Decelle, Furtlehner, Navas Gomez, Seoane (2024), arXiv 2309.02292. Decelle,
    Navas Gomez, Seoane (2025), Physical Review Letters 135:207301. Tieleman (2008), ICML. Melchior, Fischer, Wiskott
    (2016), JMLR 17(99). Neal (2001), Statistics and Computing 11:125. Besag (1975), The Statistician 24:179.

    Examples
    --------
    >>> from interplay.infer import PlantedIsing
    >>> result = BoltzmannCouplings(n_updates=200).fit(PlantedIsing(duration_s=60.0).simulate(1))
    >>> result.couplings.shape, result.snapshots.directed
    ((16, 16), False)
    """

    bin_s: float | None = 0.02
    threshold: float = 2.0
    window_s: float | None = None
    step_s: float | None = None
    epochs: str | None = None
    n_hidden: int | None = None
    n_updates: int = 4000
    batch: int = 512
    n_chains: int = 256
    gibbs_steps: int = 5
    learning_rate: float = 1.0
    penalty: float = 0.0
    held_out: float = 0.2
    n_triples: int = 100
    triple_units: int = 40
    temperatures: int = 1000
    watched_sweeps: int = 500
    seed: int = 0
    device: str = "cpu"
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("bin_s", "window_s", "step_s"):
            if getattr(self, name) is not None:
                require_setting(name, getattr(self, name), above=0)
        require_setting("threshold", self.threshold)
        if self.n_hidden is not None:
            require_setting("n_hidden", self.n_hidden, least=1, whole=True)
        for name in ("n_updates", "batch", "gibbs_steps", "threads"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        for name, least in (("n_chains", 2), ("temperatures", 2), ("triple_units", 3), ("watched_sweeps", 20)):
            require_setting(name, getattr(self, name), least=least, whole=True)
        for name in ("n_triples", "seed"):
            require_setting(name, getattr(self, name), least=0, whole=True)
        require_setting("learning_rate", self.learning_rate, above=0)
        require_setting("penalty", self.penalty, least=0)
        require_setting("held_out", self.held_out, least=1.0 / _BLOCKS, most=0.5)

    def fit(self, data: Pooled, *, progress: Progress | None = None) -> BoltzmannResult:
        """Train, extract the couplings, and look at what was trained.

        Parameters
        ----------
        data : Recording, Events, or a sequence of these with the same units
        progress : callable or None
            Called as progress(updates done, updates in all).

        Returns
        -------
        BoltzmannResult
            Undirected; `pooled`.

        Raises
        ------
        DataError
            If there are fewer than 100 complete samples, or no unit is both active and inactive.
        NumericalError
            If training diverges.
        """
        runs = sample_runs(data, self.bin_s, window_s=self.window_s, step_s=self.step_s, epochs=self.epochs)
        states, notes = self._binary(runs)
        test = _held_out(len(states), self.held_out)
        kept = np.flatnonzero(np.ptp(states[~test], axis=0) > 0)
        if len(kept) == 0:
            raise DataError(
                "`data` must hold a unit that is active in some bins and inactive in others, got "
                f"{states.shape[1]} units that never change. Change `bin_s`."
            )
        if len(kept) < states.shape[1]:
            notes.append(
                f"{states.shape[1] - len(kept)} of {states.shape[1]} units never change in the samples trained on, and "
                "are absent: their couplings are undefined, not zero."
            )
        # An order that relabelling cannot change; equal columns may be swapped, for they are the same to the machine.
        order = sorted(kept.tolist(), key=lambda i: hashlib.blake2b(states[:, i].tobytes()).digest())
        chosen = np.ascontiguousarray(states[:, order])
        found = _study(self, chosen[~test], chosen[test], progress, notes)
        return self._result(runs, np.array(order), found, notes)

    def _binary(self, runs: SampleRuns) -> tuple[States, list[str]]:
        """Give all complete samples as 0 and 1, (T, N), in order of time."""
        notes = list(runs.notes)
        values = np.concatenate(runs.values)
        whole = np.asarray(~np.isnan(values).any(axis=1))
        mean, spread = (0.0, 0.0) if self.bin_s is not None else _known_scale(values)
        states = np.ascontiguousarray(values > mean + self.threshold * spread, dtype=np.int8)
        if not whole.all():
            notes.append(f"{int((~whole).sum())} of {len(whole)} samples miss a unit and are left out.")
        states = states[whole]
        if len(states) < _LEAST:
            raise DataError(
                f"`data` must hold at least {_LEAST} complete samples, got {len(states)}. Take a longer recording, "
                "shorten `bin_s`, or leave out units with missing values."
            )
        if len(states) < 10 * states.shape[1]:
            notes.append(
                f"{len(states)} samples for {states.shape[1]} units are few: look at the held-out likelihood before "
                "believing a coupling, and raise `penalty`."
            )
        return states, notes

    def _result(
        self, runs: SampleRuns, order: NDArray[np.int64], found: dict[str, Any], notes: list[str]
    ) -> BoltzmannResult:
        n = runs.n_units
        found |= {name: _spread(found[name], order, n) for name in _PER_UNIT}
        found |= {name: _spread_pairs(found[name], order, n) for name in ("couplings", "pairwise_couplings")}
        present = np.zeros(n, dtype=bool)
        present[order] = True
        triples = np.sort(order[found.pop("triples")], axis=1)
        size = found["triple_couplings"]
        rank = np.lexsort((*triples.T[::-1], -np.abs(size)))
        found["triple_couplings"] = size[rank]
        snapshots = mixed_snapshots(found["couplings"][None], _seen(runs), runs.bounds, directed=False, present=present)
        return BoltzmannResult(
            config=self,
            made_from=runs.made_from,
            seed=self.seed,
            notes=tuple(notes),
            citations=_CITATIONS,
            snapshots=snapshots,
            method="boltzmann",
            quantity="coupling of two spins (-1, 1) in the log probability, nats, of any size",
            pooled=True,
            models=MODELS,
            triples=triples[rank],
            **found,
        )


_PER_UNIT = ("weights", "visible_bias", "fields")
_CITATIONS = (
    "bereux2026boltzmann",
    "decelle2024couplings",
    "decelle2025higher",
    "tieleman2008persistent",
    "melchior2016center",
    "neal2001annealed",
    "besag1975",
)


def _study(
    config: BoltzmannCouplings,
    train: States,
    test: States,
    progress: Callable[[int, int], None] | None,
    notes: list[str],
) -> dict[str, Any]:
    """Train on some samples, judge on the others; units by their place in the machine."""
    from interplay.tensors.boltzmann import BoltzmannPlan, train_boltzmann
    from interplay.tensors.boltzmann_chains import annealed_log_partition, draw_samples, reference_biases, relax
    from interplay.tensors.threads import torch_threads

    n = train.shape[1]
    plan = BoltzmannPlan(
        n_hidden=min(2 * n, 100) if config.n_hidden is None else config.n_hidden,
        n_updates=config.n_updates,
        batch=config.batch,
        n_chains=config.n_chains,
        gibbs_steps=config.gibbs_steps,
        learning_rate=config.learning_rate,
        penalty=config.penalty,
        seed=config.seed,
        device=config.device,
    )
    levels = baselines.independent_levels(train)
    with torch_threads(config.threads):
        machine, chains = train_boltzmann(train, plan, progress=progress)
        partition = annealed_log_partition(
            machine,
            reference_biases(levels, config.device),
            temperatures=config.temperatures,
            n_chains=config.n_chains,
            seed=config.seed,
        )
        seen = relax(machine, chains, train, sweeps=config.watched_sweeps, seed=config.seed)
        samples = draw_samples(machine, seen.samples, _DRAWS, apart=_thinning(seen.time), seed=config.seed)
    weight, visible, hidden = machine.arrays()
    exact = _exact(weight, visible, hidden)
    log_z = partition.log_z if np.isnan(exact) else exact
    pairwise = baselines.fit_pairwise(train, seed=config.seed)
    if np.isnan(pairwise.log_z):
        notes.append(f"The pairwise model's log Z is not known for {n} units: its log-likelihood is NaN.")
    drawn = pairwise.draw(config.seed)
    if drawn is None:
        notes.append(f"The pairwise model is not sampled for {n} units: its moments are NaN.")
    if not pairwise.converged:
        notes.append("The pairwise model that is compared has not converged.")
    judged = test[:: max(len(test) // _JUDGED, 1)]
    likelihood = [
        np.array(
            [
                _log_weight(part, weight, visible, hidden) - log_z,
                pairwise.log_likelihood(part),
                baselines.independent_log_likelihood(levels, part),
            ]
        )
        for part in (test, train)
    ]
    notes += _beaten(likelihood)
    couplings = walsh_pairs(weight, hidden)
    triples, sizes = _strongest(weight, hidden, couplings, config)
    return {
        "weights": weight,
        "visible_bias": visible,
        "hidden_bias": hidden,
        "fields": walsh_fields(weight, visible, hidden),
        "couplings": couplings,
        "pairwise_couplings": pairwise.coupling,
        "triples": triples,
        "triple_couplings": sizes,
        "log_z": log_z,
        "log_z_exact": exact,
        "log_z_annealed": partition.log_z,
        "log_z_error": partition.error,
        "log_z_effective": partition.effective,
        "log_likelihood": likelihood[0],
        "log_likelihood_train": likelihood[1],
        "log_conditional": np.array(
            [
                machine_conditionals(judged, weight, visible, hidden),
                pairwise.log_conditional(judged),
                baselines.independent_log_likelihood(levels, judged),
            ]
        ),
        "moment_match": baselines.moment_match([samples, drawn], train, test, config.seed, levels=levels),
        "n_train": len(train),
        "n_held_out": len(test),
        **_mixing(seen, config, partition, notes),
    }


def _beaten(likelihood: list[Floats]) -> list[str]:
    """Say where independent units explain held-out samples better; `likelihood` is of those, and of the training."""
    (machine, _, independent), train = likelihood
    if not machine < independent:
        return []
    if train[0] > train[2]:
        advice = "It has overfitted: raise `penalty`, lower `n_hidden`, or take more data."
    else:
        advice = "It has not even followed the samples trained on: lower `learning_rate` or `penalty`."
    return [
        f"Held-out samples are less likely under the machine than under independent units ({machine:.5g} and "
        f"{independent:.5g} nats per sample): do not read its couplings. {advice}"
    ]


def _mixing(seen: Any, config: BoltzmannCouplings, partition: Any, notes: list[str]) -> dict[str, Any]:
    """Judge whether chains have forgotten their start."""
    last = seen.energy[:, -1], seen.error[:, -1]
    start_gap = _gap(last[0][0] - last[0][1], last[1][0], last[1][1])
    drift = _gap(last[0][2] - seen.energy[2, 0], last[1][2], seen.error[2, 0])
    slow = float(seen.time.max())
    thermalised = bool(start_gap < _APART and drift < _APART and slow < 0.1 * config.watched_sweeps)
    if not thermalised:
        notes.append(
            f"Chains have not thermalised in {config.watched_sweeps} sweeps: two starts end {start_gap:.1f} standard "
            f"errors apart, training's chains drift by {drift:.1f}, the longest autocorrelation time is {slow:.0f} "
            "sweeps. Raise `gibbs_steps`, or lower `learning_rate`."
        )
    if partition.effective < 0.05 * config.n_chains:
        notes.append(
            f"The annealed log Z rests on {partition.effective:.1f} effective chains of {config.n_chains}: raise "
            "`temperatures`."
        )
    return {
        "sweeps": seen.sweeps,
        "energy": seen.energy,
        "energy_error": seen.error,
        "autocorrelation": seen.autocorrelation,
        "autocorrelation_time": seen.time,
        "start_gap": start_gap,
        "drift": drift,
        "thermalised": thermalised,
    }


def _gap(difference: float, one: float, other: float) -> float:
    error = float(np.hypot(one, other))
    return abs(float(difference)) / error if error > 0 else 0.0


def _thinning(time: Floats) -> int:
    return int(np.clip(np.ceil(time.max()), 1, 50))


def _known_scale(values: Floats) -> tuple[Floats, Floats]:
    """Give mean and standard deviation of each unit over what was measured."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    return mean, np.sqrt(np.where(known, (values - mean) ** 2, 0.0).sum(axis=0) / count)


def _held_out(size: int, share: float) -> NDArray[np.bool_]:
    """Mark the held-out samples: whole blocks of time, evenly spread."""
    block = np.arange(size) * _BLOCKS // size
    return np.asarray(np.floor((block + 1) * share + 1e-9) > np.floor(block * share + 1e-9))


def _exact(weight: Floats, visible: Floats, hidden: Floats) -> float:
    n, m = weight.shape
    if min(n, m) > _ENUMERATED:
        return float("nan")
    if n <= m:
        return float(machine_log_partition(weight, visible, hidden))
    return float(machine_log_partition(np.ascontiguousarray(weight.T), hidden, visible))


def _log_weight(states: States, weight: Floats, visible: Floats, hidden: Floats) -> float:
    level = states @ weight + hidden
    return float((states @ visible).mean() + np.logaddexp(0.0, level).sum(axis=1).mean())


def _strongest(
    weight: Floats, hidden: Floats, couplings: Floats, config: BoltzmannCouplings
) -> tuple[NDArray[np.int64], Floats]:
    """Give the triples of largest coefficient among the most coupled units."""
    units = np.sort(np.argsort(-(couplings**2).sum(axis=0), kind="stable")[: config.triple_units])
    n = len(units)
    if n < 3 or config.n_triples == 0:
        return np.empty((0, 3), dtype=np.int64), np.empty(0)
    grid = np.indices((n, n, n)).reshape(3, -1).T
    triples = units[grid[(grid[:, 0] < grid[:, 1]) & (grid[:, 1] < grid[:, 2])]]
    sizes = walsh_triples(weight, hidden, triples)
    top = np.argsort(-np.abs(sizes), kind="stable")[: config.n_triples]
    return triples[top], sizes[top]


def _seen(runs: SampleRuns) -> Floats:
    """Give 1 for every window with a complete sample, NaN for the others, (S, 1)."""
    share = window_shares(runs, [(~np.isnan(v).any(axis=1, keepdims=True)).astype(float) for v in runs.values])
    return np.where(share > 0, 1.0, np.nan)


def _spread(values: Floats, order: NDArray[np.int64], n: int) -> Floats:
    found = np.full((n, *values.shape[1:]), np.nan)
    found[order] = values
    return found


def _spread_pairs(values: Floats, order: NDArray[np.int64], n: int) -> Floats:
    found = np.full((n, n), np.nan)
    found[np.ix_(order, order)] = values
    return found
