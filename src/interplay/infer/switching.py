"""Brain states as networks: a hidden Markov chain whose states are generalised linear models with their own couplings.

References
----------
Li, Kim, Rodgers, Choi, Wu (2024), ICLR, arXiv 2310.15263.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.protocols import Progress
from interplay.infer.anatomy import frozen_anatomy
from interplay.infer.edges import require_choice
from interplay.infer.emissions import EXP_CEILING, LINKS, CountEmission, Emission, TraceEmission
from interplay.infer.mixtures import mixed_snapshots, window_shares
from interplay.infer.sequences import Pooled, SampleRuns, sample_runs
from interplay.infer.switching_design import Design, decaying_basis, design, trace_scale, varying
from interplay.infer.switching_em import NOISE_FLOOR
from interplay.infer.switching_fit import STRAYED, Fitted, Recipe, fit_states
from interplay.infer.switching_results import SwitchingResult

Prior = Literal["one-hot", "gaussian", "none"]
Anatomy = tuple[tuple[tuple[float, ...], ...], ...]


@dataclass(frozen=True, kw_only=True)
class SwitchingGLM:
    """Hidden states, each with its own signed, directed couplings over one anatomy.

    The count of unit i in bin t is Poisson with mean ``f(b_i + sum_j w_ji(z_t) h_j(t))``, where z is a Markov chain
    over states and ``h_j(t)`` the filtered past of unit j; traces are Gaussian around the same predictor. Couplings of
    all states share a prior. Fitted by expectation-maximisation to all runs at once.

    Parameters
    ----------
    bin_s : float, s, > 0, or None
        A number counts spikes in bins of that width; None takes traces, each in its own standard deviations.
    window_s, step_s : float, s, > 0, or None
        Windows that networks are reported in: the mean of the states' networks by their share of the window. None: one
        window, the whole span.
    epochs : str or None
        Name of the recording's epochs to fit to, each a run of its own: trials.
    states : int >= 1, or several
        Number of states. Of several, the one with the highest held-out log-likelihood is taken; that needs `folds`.
    prior : {"one-hot", "gaussian", "none"}
        "one-hot": a coupling is inhibitory, absent or excitatory, with chances common to all states, and its size is
        half-normal; reported weights are posterior means. "gaussian": couplings scatter around a mean common to all
        states. "none": every state by itself, as one ridge regression.
    anatomy : (N, N) or (N, N, 3) float array, or None
        What is known of connections ``[src, dst]``: the probability of one, or of an inhibitory, no, and an excitatory
        one. The one-hot prior starts from it; the others take a probability of 0 as an absent coupling. The diagonal
        is not read.
    belief : float, > 0
        How many states' worth of evidence the anatomy counts for; without one, the mean over all pairs.
    dale : bool
        One-hot: all couplings of a source lean to the sign that it shows in the others.
    spread : float, > 0
        Gaussian: standard deviation of couplings around the common mean.
    ridge : float, >= 0
        None: precision of a Gaussian around zero, which keeps couplings of units with few spikes finite.
    link : {"softplus", "sigmoid", "exp"}
        f, for counts. "sigmoid" is scaled to (1e-8, 1) spikes per bin.
    bias : {"state", "shared"}
        Whether a unit's rate at rest may change with the state, or states differ by couplings alone.
    lags : int, >= 1
        Samples of the past that the filter ``exp(-k)`` reaches over.
    stickiness : float, >= 0
        Pseudo-moves of each state to itself: larger means longer stays.
    folds : int, 0 or >= 2
        Parts that are held out in turn: whole runs if there are enough, else stretches of each run. 0 holds out
        nothing.
    restarts : int, >= 1
        Starting points; each takes a short run, the most likely one is followed to the end.
    iterations : int, >= 1
        At most so many.
    tolerance : float, > 0
        Stop when the log-likelihood per sample (nats) changes by less.
    seed : int, >= 0
        Of the starting points.

    Raises
    ------
    ConfigError
        If a setting is out of range, or settings contradict each other.

    Notes
    -----
    Of the source: the emission, the filter (5 lags), the priors over couplings and what they share, the spread of 1/3.
    Ours: the types are categorical with an exact posterior on a quadratic expansion of the log-likelihood, in place of
    a Concrete relaxation that is sampled and descended by gradients (its density is unbounded at the corners for the
    temperatures used); sizes have a half-normal prior of learned scale, so that evidence for a type is counted; chances
    are learned with a pseudo-count (`belief`); states start from stretches of time that a single model fits badly in
    the same way; all trials go into each maximisation step; the forward-backward pass is in logarithms.
    The first `lags` samples of each run, and samples with a missing value in or just before them, say nothing about
    the state and are not predicted.

    With "gaussian" and "none" no iteration lowers the penalised likelihood by more than 1e-9 of it, the chain's
    pseudo-counts and learned mean included; with "one-hot" it may, slightly, since the expansion is not a bound.

    A fit has settled when its log-likelihood has, and with "none" and "gaussian" no coupling moves further than 0.1 in
    an iteration. Couplings that ran off (no prior, next to no information) are counted in the notes. Noise variances
    of traces are held above 1e-6 of the trace's (said), the mean of link "exp" below e^30 spikes per bin (said where it
    is reached). A trace whose range is below 1e-13 of its largest value counts as constant.

    Time per iteration O(T N^3 + T C^2), memory O(T (N + C) + C N^3).

    References
    ----------
    Li, Kim, Rodgers, Choi, Wu (2024), One-hot generalized linear model for switching brain state discovery, ICLR.

    Examples
    --------
    >>> from interplay.infer.planted_switching import PlantedSwitching
    >>> recording = PlantedSwitching(n_units=6, n_states=2, n_trials=2, trial_s=30.0).simulate()
    >>> result = SwitchingGLM(states=2, link="sigmoid", bias="shared").fit(recording)
    >>> result.weight.shape, bool(result.occupancy.min() > 0.2)
    ((2, 6, 6), True)
    """

    bin_s: float | None = 0.02
    window_s: float | None = None
    step_s: float | None = None
    epochs: str | None = None
    states: int | tuple[int, ...] = 2
    prior: Prior = "one-hot"
    anatomy: ArrayLike | None = None
    belief: float = 2.0
    dale: bool = False
    spread: float = 1.0 / 3.0
    ridge: float = 1e-3
    link: Literal["softplus", "sigmoid", "exp"] = "softplus"
    bias: Literal["state", "shared"] = "state"
    lags: int = 5
    stickiness: float = 0.0
    folds: int = 0
    restarts: int = 4
    iterations: int = 100
    tolerance: float = 1e-6
    seed: int = 0

    name: ClassVar[str] = "switching"

    def __post_init__(self) -> None:
        for name in ("bin_s", "window_s", "step_s"):
            if getattr(self, name) is not None:
                require_setting(name, getattr(self, name), above=0)
        if isinstance(self.states, Sequence | np.ndarray) and not isinstance(self.states, str):
            object.__setattr__(self, "states", tuple(np.asarray(self.states, dtype=object).ravel().tolist()))
        for value in self._tried:
            require_setting("states", value, least=1, whole=True)
        if isinstance(self.states, tuple):
            object.__setattr__(self, "states", tuple(int(k) for k in self.states))
        tried = self._tried
        if not tried:
            raise ConfigError("`states` must be a number, or hold at least one, got none. Give, say, states=(2, 3, 4).")
        require_choice("prior", self.prior, ("one-hot", "gaussian", "none"))
        require_choice("link", self.link, tuple(LINKS))
        require_choice("bias", self.bias, ("state", "shared"))
        require_setting("belief", self.belief, above=0)
        require_setting("spread", self.spread, above=0)
        require_setting("ridge", self.ridge, least=0)
        require_setting("lags", self.lags, least=1, whole=True)
        require_setting("stickiness", self.stickiness, least=0)
        require_setting("folds", self.folds, least=0, whole=True)
        require_setting("restarts", self.restarts, least=1, whole=True)
        require_setting("iterations", self.iterations, least=1, whole=True)
        require_setting("tolerance", self.tolerance, above=0)
        require_setting("seed", self.seed, least=0, whole=True)
        if self.folds == 1:
            raise ConfigError("`folds` must be 0 or at least 2, got 1. With one fold nothing would be left to fit to.")
        if len(tried) > 1 and not self.folds:
            raise ConfigError(
                f"`folds` must be at least 2 where `states` holds several numbers, got 0 with {tried}. Set folds=3."
            )
        if self.dale and self.prior != "one-hot":
            raise ConfigError(f'`dale` needs prior="one-hot", got {self.prior!r}. The others know no signs.')
        object.__setattr__(self, "anatomy", frozen_anatomy(self.anatomy))

    @property
    def _tried(self) -> tuple[int, ...]:
        return self.states if isinstance(self.states, tuple) else (self.states,)

    def fit(self, data: Pooled, *, progress: Progress | None = None) -> SwitchingResult:
        """Find states and the couplings in each.

        Parameters
        ----------
        data : Recording, Events, or a sequence of these
            Several must hold the same units in the same order.
        progress : callable or None
            Called as progress(models fitted, models in all).

        Returns
        -------
        SwitchingResult
            Networks are mixtures of the states' networks; `pooled`.

        Raises
        ------
        DataError
            If no unit varies, runs are too short, there are fewer samples than a state needs (in all, or in a part that
            is fitted while another is held out), no spike is held out, or the anatomy has another number of units.
        """
        runs = sample_runs(
            data, self.bin_s, window_s=self.window_s, step_s=self.step_s, epochs=self.epochs, least=self.lags + 2
        )
        basis = decaying_basis(self.lags)
        units = varying(runs)
        centre, scale = np.zeros(len(units)), np.ones(len(units))
        if self.bin_s is None:
            centre, scale = trace_scale(runs, units)
        laid = design(runs, basis, units=units, centre=centre, scale=scale)
        self._require_samples(laid)
        recipe = self._recipe(runs, laid)
        found = fit_states(recipe, laid, self._tried, self.folds, progress)
        return self._result(runs, laid, basis, found)

    def _require_samples(self, laid: Design) -> None:
        n, most = len(laid.units), max(self._tried)
        needed = most * (n + 1) if self.prior == "none" and self.ridge == 0 else 2 * most
        if laid.n_known < needed:
            raise DataError(
                f"`data` must hold at least {needed} complete samples for {most} states of {n} units with "
                f"prior={self.prior!r}, got {laid.n_known}. Record longer, ask for fewer states, or set a prior."
            )

    def _recipe(self, runs: SampleRuns, laid: Design) -> Recipe:
        known = None
        if self.anatomy is not None:
            whole = np.asarray(self.anatomy, dtype=np.float64)
            if len(whole) != runs.n_units:
                raise DataError(
                    f"`anatomy` must be of the {runs.n_units} units of `data`, got {len(whole)}. Select the same units."
                )
            # From [src, dst] to [onto, from].
            known = whole[np.ix_(laid.units, laid.units)].transpose(1, 0, 2).copy()
            known[np.arange(len(known)), np.arange(len(known))] = 1.0 / 3.0
        emission: Emission = CountEmission(LINKS[self.link]) if self.bin_s is not None else TraceEmission()
        return Recipe(
            emission=emission,
            prior=self.prior,
            known=known,
            belief=self.belief,
            dale=self.dale,
            spread=self.spread,
            ridge=self.ridge,
            shared_bias=self.bias == "shared",
            stickiness=self.stickiness,
            restarts=self.restarts,
            iterations=self.iterations,
            tolerance=self.tolerance,
            seed=self.seed,
        )

    def _result(self, runs: SampleRuns, laid: Design, basis: NDArray[np.float64], found: Fitted) -> SwitchingResult:
        at, units, n = found.parameters, laid.units, runs.n_units
        pair = np.ix_(np.arange(len(at.weight)), units, units)
        weight = np.full((len(at.weight), n, n), np.nan)
        weight[pair] = at.weight.transpose(0, 2, 1)
        spread = [slice(a, b) for a, b in zip(laid.pointer, laid.pointer[1:], strict=False)]
        posterior = tuple(found.posterior[part] for part in spread)
        shares = window_shares(runs, posterior)
        present = np.zeros(n, dtype=bool)
        present[units] = True
        centre, scale = np.zeros(n), np.ones(n)
        centre[units], scale[units] = laid.centre, laid.scale
        return SwitchingResult(
            config=self,
            made_from=runs.made_from,
            seed=self.seed,
            notes=runs.notes + self._notes(laid, present, found),
            citations=("li2024onehot", "rabiner1989hidden")
            + (("titsias2011spike",) if self.prior == "one-hot" else ()),
            snapshots=mixed_snapshots(weight, shares, runs.bounds, directed=True, present=present),
            method=self.name,
            quantity="coupling: change of the target's predictor per unit of the source's filtered history, signed, "
            "averaged over states by their share of the window",
            pooled=True,
            weight=weight,
            bias=_placed(at.bias, units, n),
            noise_std=None if self.bin_s is not None else _placed(np.sqrt(at.noise), units, n),
            type_chance=None if found.chance is None else _squared(found.chance, units, n),
            anatomy=None if found.anatomy is None else _squared(found.anatomy[None], units, n)[0],
            initial=at.initial,
            transition=at.transition,
            posterior=posterior,
            path=tuple(found.path[part] for part in spread),
            run_start_s=runs.start_s,
            dt_s=runs.dt_s,
            basis=basis,
            centre=centre,
            scale=scale,
            log_likelihood=np.array(found.course),
            converged=found.settled,
            tried_states=np.array(self._tried if self.folds else (), dtype=np.int64),
            held_out=found.held_out,
            baselines=found.baselines,
        )

    def _notes(self, laid: Design, present: NDArray[np.bool_], found: Fitted) -> tuple[str, ...]:
        notes = []
        if not present.all():
            notes.append(
                f"{int((~present).sum())} of {len(present)} units are silent, constant or missing throughout and "
                "absent: their couplings are unknown, not zero."
            )
        silent = len(laid.x) - laid.n_known
        cut = self.lags * (len(laid.pointer) - 1)
        if silent > cut:
            notes.append(
                f"{silent} of {len(laid.x)} samples are incomplete, or have an incomplete past (of these {cut} begin a "
                "run): states are carried over them by the chain alone."
            )
        if not found.settled:
            notes.append(
                f"The fit had not settled after {self.iterations} iterations. Raise `iterations`, or read weights with "
                "care: some may still be growing."
            )
        notes += self._extremes(laid, found)
        weak = found.posterior.sum(axis=0) < len(laid.units) + 1
        if weak.any():
            notes.append(
                f"States {np.flatnonzero(weak).tolist()} hold fewer samples than a unit has couplings; their networks "
                "come from the prior. Ask for fewer states."
            )
        return tuple(notes)

    def _extremes(self, laid: Design, found: Fitted) -> list[str]:
        """Say what is held by a floor, a ceiling or the ridge alone."""
        notes, at = [], found.parameters
        if found.doubtful:
            notes.append(
                f"{found.doubtful} couplings have run off: they move the predictor by more than {STRAYED:g}, and next "
                'to no sample says by how much. Read their sign at most; set prior="gaussian" or "one-hot".'
            )
        if self.bin_s is None:
            held = int((at.noise <= NOISE_FLOOR).sum())
            if held:
                notes.append(
                    f"The noise of {held} traces is held at {NOISE_FLOOR:g} of their variance: they are predicted as "
                    "if without error. Look for twins, or traces that are sums of others."
                )
        elif self.link == "exp":
            most = max(float((laid.h @ weight.T + bias).max()) for weight, bias in zip(at.weight, at.bias, strict=True))
            if most > EXP_CEILING:
                notes.append(
                    f'A predictor reaches {most:.3g}: rates are held at e^{EXP_CEILING:g} per bin. Set link="softplus".'
                )
        return notes


def _placed(values: NDArray[np.float64], units: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    out = np.full((*values.shape[:-1], n), np.nan)
    out[..., units] = values
    return out


def _squared(values: NDArray[np.float64], units: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Spread values [state, onto, from, ...] over all units, as [state, src, dst, ...]."""
    out = np.full((len(values), n, n, *values.shape[3:]), np.nan)
    out[np.ix_(np.arange(len(values)), units, units)] = values.swapaxes(1, 2)
    return out
