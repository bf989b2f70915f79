"""Deciding contraction at a given rate: random circuits with unequal time constants, one thread.

Weights are drawn from a normal distribution. The largest rate that can be proved is found beforehand, to a thousandth;
asked for are half of it, which is to be certified, and a tenth of the way from it to the decay of the slowest unit
alone, which is to be refuted. Contenders: `contraction(circuit, rate)`, with its proof; and the semidefinite program in
P and q, maximise t with the block matrix below -t, P and q at most 1, through cvxpy with Clarabel and SCS at their
default accuracies: the time of `solve` with all modelling, and that of the solver alone as cvxpy reports it. A peer is
right if t is above 1e-6 where the rate can be proved, and below where not. Every contender runs in a process of its
own, peers once.

Beside that, `contraction(circuit)` alone, which finds the largest rate: of the same circuits, and with all time
constants 1. It is right if it is proved, and a bound of all provable rates is at most 1e-4 above it.
"""

import json
import subprocess
import sys
import time

import numpy as np

from benchmarks.speed.machine import measure, peak_mib
from interplay._core.rng import stream

CASES = {"half of the largest rate": -0.5, "a tenth of the way beyond it": 0.1}
SIZES = {"interplay": (10, 20, 40, 100), "CLARABEL": (10, 20, 40), "SCS": (10, 20, 40)}
LARGEST = (10, 20, 40)
PEERS = {"CLARABEL": "cvxpy + Clarabel", "SCS": "cvxpy + SCS"}


def drawn_circuit(n):
    """One circuit."""
    from interplay.circuits import RateCircuit

    rng = stream(0, "benchmark", "contraction", n)
    return RateCircuit(0.5 * rng.standard_normal((n, n)) / np.sqrt(n), "relu", np.exp(0.3 * rng.standard_normal(n)))


def circuit(n):
    """One circuit, and the largest rate that it has by a scaling found beforehand."""
    from interplay.circuits import contraction

    made = drawn_circuit(n)
    return made, contraction(made, tolerance=1e-3).rate


def largest(n):
    """Time the search for the largest rate, with unequal and with equal time constants."""
    from interplay.circuits import RateCircuit, contraction, verify_contraction

    unequal = drawn_circuit(n)
    for name, made in (("", unequal), (", equal time constants", RateCircuit(unequal.weights, "relu", 1.0))):
        row = measure(lambda made=made: contraction(made), 1)
        found = contraction(made)
        row["right"] = bool(verify_contraction(made, found) > 0 and found.rate_bound - found.rate < 1e-4)
        head = {"bench": "contraction", "case": f"n = {n}, the largest rate{name}", "who": "interplay"}
        yield head | row | {"rate": found.rate, "rate_bound": found.rate_bound}


def ours(made, rate, case):
    """Time one answer with its proof."""
    from interplay.circuits import contraction, verify_contraction

    row = measure(lambda: contraction(made, rate), 5)
    result = contraction(made, rate)
    wanted = "certified" if CASES[case] < 0 else "refuted"
    return row | {"right": bool(result.verdict == wanted and verify_contraction(made, result) >= 0)}


def peer(made, rate, case, solver):
    """Time one solve through cvxpy."""
    import cvxpy

    n = made.n_units
    metric, scaling, spare = cvxpy.Variable((n, n), symmetric=True), cvxpy.Variable(n), cvxpy.Variable()
    flow = np.diag(1 / made.tau)
    cross = metric @ flow + made.weights.T @ cvxpy.diag(scaling)
    first = -metric @ flow - flow @ metric + 2 * rate * metric
    block = cvxpy.bmat([[first, cross], [cross.T, -2 * cvxpy.diag(scaling)]])
    limits = [block + spare * np.eye(2 * n) << 0, metric << np.eye(n), metric >> 0, scaling <= 1, scaling >= 0]
    problem = cvxpy.Problem(cvxpy.Maximize(spare), limits)
    wall, cpu = time.perf_counter(), time.process_time()
    problem.solve(solver=solver)
    row = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall, "repeats": 1}
    row["solver_s"] = problem.solver_stats.solve_time
    found = float(spare.value)
    return row | {"spare": found, "right": bool((found > 1e-6) == (CASES[case] < 0))}


def rows():
    """Give every case and contender, ours first."""
    for n in SIZES["interplay"]:
        for case in CASES:
            base = None
            for who, sizes in SIZES.items():
                if n not in sizes:
                    continue
                row = _apart(who, n, case)
                head = {"bench": "contraction", "case": f"n = {n}, {case}", "who": PEERS.get(who, "interplay")}
                if base is None:
                    base = row["cpu_s"]
                else:
                    row["ratio_cpu"] = row["cpu_s"] / base
                yield head | row
    for n in LARGEST:
        yield from largest(n)


def _apart(who, n, case):
    command = [sys.executable, "-m", "benchmarks.speed.contraction", who, str(n), case]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    contender, size, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    drawn, largest = circuit(size)
    asked = largest + CASES[kind] * (largest if CASES[kind] < 0 else 1 / drawn.tau.max() - largest)
    found = ours(drawn, asked, kind) if contender == "interplay" else peer(drawn, asked, kind, contender)
    print(json.dumps(found | {"peak_mib": peak_mib()}))
