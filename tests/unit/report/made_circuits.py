"""Results of circuits made by hand: a Wilson-Cowan pair on its grid, sweeps, proofs, a fitted course."""

from types import SimpleNamespace

import numpy as np

from interplay.circuits.fit_results import CircuitCourse, CircuitFitResult
from interplay.circuits.game_results import PlayResult
from interplay.circuits.motif_results import (
    BifurcationResult,
    Branch,
    ContrastResult,
    HysteresisResult,
    PhasePlane,
    RegimeResult,
    RegionResult,
)
from interplay.circuits.results import EquilibriumResult, GameResult
from interplay.circuits.stability_results import ContractionResult, Rung, StabilityResult

COMMON = {"made_from": "made by hand", "versions": {"python": "3"}, "config": None}


def clip(z, top=1.0):
    return np.clip(z, 0.0, top)


def make_plane(w_ee=1.5, w_ei=2.0, w_ie=2.0, w_ii=0.5, drive=(0.6, 0.1), n=41, tau=(1.0, 1.0), **changes):
    """Rates clipped to [0, 1]: nullclines and best responses in closed form, equilibria from the linear piece."""
    pair = SimpleNamespace(w_ee=w_ee, w_ei=w_ei, w_ie=w_ie, w_ii=w_ii, phi="clip", tau_e=tau[0], tau_i=tau[1])
    grid = np.linspace(0, 1, n)
    e, i = np.meshgrid(grid, grid)
    into = np.stack([w_ee * e - w_ei * i + drive[0], w_ie * e - w_ii * i + drive[1]], axis=-1)
    pull = clip(into) - np.stack([e, i], axis=-1)
    energy = np.stack(
        [
            0.5 * (1 - w_ee) * e**2 - (drive[0] - w_ei * i) * e,
            0.5 * (1 + w_ii) * i**2 - (w_ie * e + drive[1]) * i,
        ],
        axis=-1,
    )
    gap = np.full((1, 2), np.nan)
    inner = np.column_stack([grid[1:-1], (drive[0] - (1 - w_ee) * grid[1:-1]) / w_ei])
    inner = inner[(inner[:, 1] >= 0) & (inner[:, 1] <= 1)]
    edge = np.array([[0.0, drive[0] / w_ei], [0.0, 1.0]])
    e_line = np.concatenate([edge[edge[:, 1] <= 1], gap, inner])
    i_line = np.column_stack([grid, clip((w_ie * grid + drive[1]) / (1 + w_ii))])
    best = np.array([0.5 * (1 - w_ee) - (drive[0] - w_ei * v) for v in grid])
    e_best = np.column_stack([np.where(best < 0, 1.0, 0.0), grid]) if w_ee > 1 else e_line
    det = (1 - w_ee) * (1 + w_ii) + w_ei * w_ie
    point = np.array([(1 + w_ii) * drive[0] - w_ei * drive[1], w_ie * drive[0] + (1 - w_ee) * drive[1]]) / det
    stable = (w_ee - 1) / tau[0] - (1 + w_ii) / tau[1] < 0 < det
    run = [np.array([0.9, 0.1])]
    for _ in range(600):
        x = run[-1]
        z = np.array([w_ee * x[0] - w_ei * x[1] + drive[0], w_ie * x[0] - w_ii * x[1] + drive[1]])
        run.append(x + 0.02 * (clip(z) - x) / np.array(tau))
    parts = {
        "e": grid,
        "i": grid,
        "flow": pull / np.array(tau),
        "energy": energy,
        "gradient": pull,
        "nullclines": (e_line, i_line),
        "best_responses": (e_best, i_line),
        "equilibria": point[None],
        "stable": np.array([stable]),
        "nash": np.array([w_ee <= 1]),
        "trajectories": (np.array(run),),
        "regime": "self_regulating" if w_ee < 1 else "inhibition_stabilised" if stable else "oscillatory",
    }
    return PhasePlane(**(COMMON | {"config": pair} | parts | changes))


def make_regime(**changes):
    parts = {
        "regime": "inhibition_stabilised",
        "indices": {"e_block_abscissa": 0.5, "abscissa": -0.5, "margin": -0.2, "paradoxical_response": -0.154,
                    "asymmetry": 0.79, "n_equilibria": 1.0},
        "reason": "The excitatory units alone would be unstable (w_EE = 1.5 > 1); inhibition holds them.",
    }  # fmt: skip
    return RegimeResult(**(COMMON | parts | changes))


def make_bifurcation(**changes):
    """A made sweep of w_EE over [0, 5] with thresholds 1, 2 and 3.5: stable, then a cycle beside, then saturation."""
    low = np.linspace(0, 4.2, 85)
    rest = np.column_stack([0.5 / (10 - low), 1.5 / (10 - low)])
    gap = np.maximum(low - 1, 0) * rest[:, 0] ** 2 * 8
    cycle = np.linspace(2.02, 3.95, 40)
    size = 0.09 * np.sqrt(cycle - 2)
    mean = np.column_stack([0.5 / (10 - cycle), 1.5 / (10 - cycle)])
    top = np.linspace(3.5, 5, 30)
    sweep = np.linspace(0, 5, 101)
    word = np.select(
        [sweep < 1, sweep < 2, sweep < 3.5], ["self_regulating", "inhibition_stabilised", "oscillatory"], "bistable"
    )
    parts = {
        "parameter": "w_ee",
        "names": np.array(["E", "I"]),
        "branches": (
            Branch("equilibrium", low, rest, None, low < 2, gap),
            Branch("equilibrium", top, np.ones((30, 2)), None, np.ones(30, bool), np.zeros(30)),
            Branch("cycle", cycle, mean + size[:, None] * [1.2, 1.8], mean - size[:, None] * [0.3, 0.9],
                   np.ones(40, bool), np.full(40, np.nan), np.linspace(2.22, 3.9, 40)),
        ),
        "special": (("hopf", 2.0, np.array([0.0625, 0.1875])), ("boundary", 3.5, np.array([1.0, 1.0]))),
        "thresholds": {"own cost turns concave": 1.0, "hopf": 2.0, "saturated state appears": 3.5},
        "value": sweep,
        "margin": (1 - sweep) / 4,
        "energy": np.column_stack([-(1 - sweep) / 2 * 0.05**2 * 4, -0.02 - 0.003 * sweep]),
        "response": np.column_stack([1 / (10 - sweep), (1 - sweep) / (10 - sweep)]),
        "regime": word,
    }  # fmt: skip
    return BifurcationResult(**(COMMON | parts | changes))


def make_region(n=(36, 30), **changes):
    first, second = np.linspace(0, 4, n[0]), np.linspace(0, 3, n[1])
    a, b = np.meshgrid(first, second)
    margin = np.where(a < 1, 0.4 * (1 - a), -0.3 * (a - 1))
    margin[-3:, :2] = np.nan
    saddle = a > 1 + b**2 / 1.5
    word = np.select([a < 1, saddle, a > 2.5], ["self_regulating", "bistable", "oscillatory"], "inhibition_stabilised")
    line = np.linspace(0, 3, 40)
    parts = {
        "parameters": ("w_ee", "w_ei"),
        "first": first,
        "second": second,
        "margin": margin,
        "regime": word,
        "boundary": {"diagonal stability lost": np.column_stack([np.ones(40), line]),
                     "determinant zero": np.column_stack([1 + line**2 / 1.5, line])},
    }  # fmt: skip
    return RegionResult(**(COMMON | parts | changes))


def make_contrast(cases=8, layers=1, n=2, competition=2.0, **changes):
    """One layer: a sweep of input contrasts. Several: one case through a column, kappa as given."""
    ends = np.linspace(0.02, 0.6, cases) if layers == 1 else 0.01 * 2.0 ** np.arange(cases)
    drive = np.column_stack([1 + ends, 1 - ends, *[np.zeros(cases)] * (n - 2)])
    gain = 1 + 2 * competition
    contrast = np.minimum(1.0, ends[:, None] * gain ** np.arange(1, layers + 1))
    rates = np.zeros((cases, layers, n))
    rates[..., 0], rates[..., 1] = 0.5 * (1 + contrast), 0.5 * (1 - contrast)
    parts = {
        "drive": drive,
        "rates": rates,
        "contrast_in": ends,
        "contrast": contrast,
        "n_active": (rates > 1e-9).sum(axis=2),
        "participation": rates.sum(axis=2) ** 2 / (rates**2).sum(axis=2),
        "settling_s": np.linspace(9, 3, cases),
        "predicted": contrast,
        "competition": competition,
    }
    return ContrastResult(**(COMMON | parts | changes))


def make_hysteresis(**changes):
    ratio = np.concatenate([np.linspace(0.4, 1.8, 29), np.linspace(1.8, 0.4, 29)])
    up = np.arange(58) < 29
    flipped = np.where(up, ratio > 1.5, ratio > 1 / 1.5)
    rates = np.where(flipped[:, None], [0.0, 1.0], [1.0, 0.0]) * np.where(flipped, ratio, 1.0)[:, None] / 0.6
    parts = {
        "ratio": ratio,
        "rates": rates,
        "winner": flipped.astype(np.int64),
        "switched_up": 1.55,
        "switched_down": 0.65,
        "predicted": (1.5, 1 / 1.5),
    }
    return HysteresisResult(**(COMMON | parts | changes))


LADDER = (
    Rung("negative diagonal", "necessary", "passed", -0.4, "largest entry of the diagonal of A"),
    Rung("Hurwitz", "necessary", "passed", -0.21, "largest real part of an eigenvalue of A"),
    Rung("identity scaling", "sufficient", "failed", 0.34, "largest eigenvalue of (A + A') / 2"),
    Rung("Metzler majorant", "sufficient", "failed", 0.52, "largest real part of the majorant"),
    Rung("semidefinite programme", "exact", "passed", 0.083, "margin that the scaling reaches"),
)


def make_stability(verdict="certified", n=6, **changes):
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(n, n)) * 0.5 - 1.6 * np.eye(n)
    scaling = rng.uniform(0.4, 1.6, n)
    half = rng.normal(size=(n, 2))
    dual = half @ half.T / np.trace(half @ half.T)
    if verdict == "refuted":
        matrix = matrix + 2.2 * np.eye(n)
    sure = verdict == "certified"
    end = {"certified": "passed", "refuted": "failed", "undecided": "undecided"}[verdict]
    parts = {
        "verdict": verdict,
        "rung": "" if verdict == "undecided" else "semidefinite programme",
        "rungs": (*LADDER[:-1], Rung(LADDER[-1].name, "exact", end, 0.083, LADDER[-1].detail)),
        "matrix": matrix,
        "scaling": scaling / scaling.mean() if sure else None,
        "margin": 0.083 if sure else np.nan,
        "dual": dual if verdict == "refuted" else None,
        "dual_margin": 0.011 if verdict == "refuted" else np.nan,
        "rate": 0.021 if sure else np.nan,
        "lipschitz": 14.2 if sure else np.nan,
        "claims": ("Exactly one equilibrium for every input.",) if sure else (),
        "open": ("Global stability with unequal time constants.",),
    }
    return StabilityResult(**(COMMON | parts | changes))


def make_contraction(n=6, **changes):
    parts = {"verdict": "certified", "rate": 0.3, "metric": np.eye(n), "scaling": np.linspace(0.5, 1.5, n),
             "margin": 1e-3, "claims": ("Trajectories approach each other.",), "open": ()}  # fmt: skip
    return ContractionResult(**(COMMON | parts | changes))


def make_game(n=6, **changes):
    rng = np.random.default_rng(5)
    rates = rng.uniform(0, 1, n)
    gap = np.where(np.arange(n) == 1, 0.0725, 1e-12)
    parts = {
        "names": np.array([f"unit {k}" for k in range(n)]),
        "sign": np.where(np.arange(n) % 3 == 2, -1, 1),
        "rates": rates,
        "drive": rng.uniform(0, 1, n),
        "interaction": -rates,
        "activation": 0.2 * rates,
        "energy": -0.8 * rates,
        "best_response": np.where(gap > 1e-6, 1.0, rates),
        "nash_gap": gap,
        "own_curvature": np.where(gap > 1e-6, -0.5, 1.2),
        "residual": 1e-13,
        "equilibrium": True,
        "nash": False,
        "stable": True,
        "tolerance": 1e-9,
        "asymmetry": 0.61,
        "potential": "none",
        "potential_weights": None,
        "verdict": "The state is a stable equilibrium, but not a Nash point: unit 1 would gain by another rate.",
    }
    return GameResult(**(COMMON | parts | changes))


def make_equilibria(n=6, k=2, **changes):
    rng = np.random.default_rng(6)
    eigenvalues = -np.sort(rng.uniform(0.2, 2, (k, n)), axis=1) + 1j * rng.uniform(0, 1, (k, n))
    eigenvalues[-1, 0] = 0.4
    parts = {"rates": rng.uniform(0, 1, (k, n)), "drive": np.ones(n), "residual": np.full(k, 1e-14),
             "eigenvalues": eigenvalues, "stable": np.arange(k) < k - 1, "method": "enumeration",
             "complete": True}  # fmt: skip
    return EquilibriumResult(**(COMMON | parts | changes))


def make_fit(n=9, s=7, seed=3, **changes):
    rng = np.random.default_rng(seed)
    sign = np.where(np.arange(n) % 4 == 1, -1, 1)
    strength = rng.gamma(1.2, 0.16, (n, n)) * (rng.random((n, n)) < 0.6)
    weights = strength * sign * (1 + 0.25 * np.sin(np.arange(s) / 2))[:, None, None] + 0 * rng.normal(size=(s, n, n))
    half = 0.08 + 0.3 * np.abs(weights)
    start = 60.0 * np.arange(s)
    parts = {
        "names": np.array([f"u{k:02d}" for k in range(n)]),
        "units": np.arange(n),
        "sign": sign,
        "sign_source": "estimated",
        "bounds": np.column_stack([start, start + 60]),
        "weights": weights,
        "low": weights - half,
        "high": weights + half,
        "drive": rng.uniform(0.1, 2, (s, n)),
        "rates": rng.uniform(0.5, 6, (s, n)),
        "phi": "relu",
        "tau_s": 0.05,
        "score": {"circuit": 0.12 + 0.02 * rng.normal(size=s), "own past": 0.08 + 0.01 * rng.normal(size=s),
                  "constant rate": np.zeros(s)},
        "level": 0.95,
    }  # fmt: skip
    return CircuitFitResult(**(COMMON | parts | changes))


def make_course(fit=None, seed=3, **changes):
    fit = make_fit() if fit is None else fit
    rng = np.random.default_rng(seed)
    s, n = fit.drive.shape
    word = np.array(["self_regulating", "self_regulating", "inhibition_stabilised", "undecided", "runaway"])
    word = word[np.minimum(np.arange(s) // 2, 4)]
    state = np.array(["certified", "certified", "refuted", "undecided", "refuted"])[np.minimum(np.arange(s) // 2, 4)]
    gap = np.where(rng.random((s, n)) < 0.15, rng.gamma(1, 0.05, (s, n)), 0.0)
    response = rng.normal(size=(s, n, n)) * 0.2 + np.eye(n)
    parts = {
        "names": fit.names,
        "sign": fit.sign,
        "bounds": fit.bounds,
        "regime": word,
        "verdict": state,
        "certified_share": np.linspace(0.98, 0.05, s),
        "margin": np.where(state == "certified", np.linspace(0.3, 0.05, s), np.nan),
        "abscissa": np.linspace(-9, -1, s),
        "equilibrium": rng.uniform(0, 5, (s, n)),
        "interaction": -rng.uniform(0, 2, (s, n)),
        "activation": np.zeros((s, n)),
        "energy": -rng.uniform(0, 2, (s, n)),
        "nash_gap": gap,
        "response": response,
        "paradoxical": np.einsum("sii->si", response) < 0.8,
        "indices": {"asymmetry": np.full(s, 0.6), "e_block_abscissa": np.linspace(-0.4, 0.5, s)},
        "reasons": tuple(f"Window {k + 1}: a made sentence." for k in range(s)),
    }
    return CircuitCourse(**(COMMON | parts | changes))


def make_play(n=3, rounds=12, **changes):
    fade = 0.6 ** np.arange(rounds + 1)
    rates = np.linspace(0.4, 1, n) + fade[:, None] * np.linspace(1, -1, n)
    parts = {
        "names": np.array([f"unit {k}" for k in range(n)]),
        "sign": np.where(np.arange(n) == n - 1, -1, 1),
        "rates": rates,
        "drive": np.ones(n),
        "energy": -rates,
        "nash_gap": fade[:, None] ** 2 * np.ones(n),
        "converged": True,
        "period": 1,
        "nash": True,
        "rule": "best_response",
        "order": "in_turn",
        "verdict": "Play came to rest at a Nash equilibrium.",
    }
    return PlayResult(**(COMMON | parts | changes))


MAKERS = {
    "plane": make_plane,
    "regime": make_regime,
    "bifurcation": make_bifurcation,
    "region": make_region,
    "contrast": make_contrast,
    "hysteresis": make_hysteresis,
    "stability": make_stability,
    "contraction": make_contraction,
    "game": make_game,
    "equilibria": make_equilibria,
    "fit": make_fit,
    "course": make_course,
}
