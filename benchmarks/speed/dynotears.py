"""Dynamic Bayesian networks with acyclic instantaneous edges: 500 samples, one lag, both penalties 0.05, raw scale, one
instantaneous edge per unit on average, and two.

Ours is the solver on second moments (time includes them) and the polish; beside it the published optimiser,
transcribed with scipy from its equations: residuals from the samples, every weight as two, every minimisation from the
last round, value and gradient in one call (causalnex takes two). Ours ends where no slope violates optimality by 1e-5;
theirs at scipy's default tolerances, that slope or a relative fall of 2.2e-9, whichever comes first. The error is the
relative difference of the objectives after the weights that hold cycles are cut, ours minus theirs: negative is better.
The problem has many minima, so its sign is that of one network.
"""

import numpy as np
from tests.oracles.dynotears import dynotears, objective_of

from benchmarks.quality.dynotears import simulated
from benchmarks.speed.machine import measure
from interplay.ops.acyclic import least_threshold
from interplay.ops.dynotears import lagged_rows, polish, solve

SIZES = {(10, 1): 3, (20, 1): 3, (50, 1): 3, (100, 1): 1, (10, 2): 3, (20, 2): 3, (50, 2): 1, (100, 2): 1}
#: Units, for so many edges per unit, beyond which the published optimiser takes minutes.
LARGEST_PUBLISHED = {1: 50, 2: 10}
LAMBDA = 0.05


def rows(sizes=None):
    for (d, edges), repeats in (sizes or SIZES).items():
        x = simulated(d, 0, edges=edges)[0]
        z = lagged_rows(x, 1)
        z = z - z.mean(axis=0)
        penalty = np.full((2 * d, d), LAMBDA)
        penalty[np.arange(d), np.arange(d)] = np.inf
        kept = {}

        def ours(z=z, d=d, penalty=penalty, kept=kept):
            moment = z.T @ z / len(z)
            found = solve(moment, penalty)
            kept["ours"] = found
            kept["weights"] = polish(moment, penalty, found.coefficient, least_threshold(found.coefficient[:d]))[0]

        def published(z=z, d=d, kept=kept):
            kept["published"] = dynotears(z[:, :d], z[:, d:], LAMBDA, LAMBDA)[0]

        case = {"bench": "dynotears", "case": f"{d} units, {edges} edge{'s' * (edges > 1)} per unit, 500 samples"}
        mine = _once(ours) if repeats == 1 else measure(ours, repeats)
        more = {"evaluations": kept["ours"].evaluations, "converged": kept["ours"].converged}
        more |= {"objective": float(objective_of(z[:, :d], z[:, d:], kept["weights"], LAMBDA, LAMBDA))}
        yield case | {"who": "interplay"} | mine | more
        if d > LARGEST_PUBLISHED[edges]:
            continue
        theirs = _once(published)
        cut = kept["published"].copy()
        cut[:d][np.abs(cut[:d]) <= least_threshold(cut[:d])] = 0.0
        value = objective_of(z[:, :d], z[:, d:], cut, LAMBDA, LAMBDA)
        gap = objective_of(z[:, :d], z[:, d:], kept["weights"], LAMBDA, LAMBDA) - value
        row = {"who": "published optimiser, scipy", "ratio_cpu": theirs["cpu_s"] / mine["cpu_s"]}
        yield case | row | theirs | {"error": float(gap / value)}


def _once(work):
    """Time a long run without a first one."""
    import time

    started, begun = time.perf_counter(), time.process_time()
    work()
    return {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started, "repeats": 1}
