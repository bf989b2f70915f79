"""Deciding diagonal stability: planted matrices of 50, 100 and (ours alone) 400 units, one thread.

The matrices lie a known distance from the boundary, on either side, and the cheap tests do not decide them (see
`interplay.testing.stability_matrices`). Their rows and columns are scaled by factors whose logarithms have a standard
deviation of 0.5. Contenders: `diagonal_stability`, the whole ladder with its proofs; and the semidefinite programme,
minimise s with s I - (QA + A'Q) >= 0, sum q = N, q >= 0, through cvxpy with Clarabel and SCS at their default
accuracies: the time of `solve` with all modelling, and that of the solver alone as cvxpy reports it. The sign of s is
the peers' verdict. Every contender runs in a process of its own, peers once.

How near to the boundary verdicts go: matrices planted at smaller distances, with scaling factors of log-s.d. 1. Counted
are those decided rightly and wrongly; the rest is undecided. Times are of all of them together.
"""

import json
import subprocess
import sys
import time

import numpy as np

from benchmarks.speed.machine import measure, peak_mib
from interplay._core.rng import stream
from interplay.testing.stability_matrices import planted_stability

DISTANCE = 0.05
SPREAD = 0.5
CASES = {"stable": DISTANCE, "not stable": -DISTANCE}
SIZES = {"interplay": (50, 100, 400), "CLARABEL": (50, 100), "SCS": (50, 100)}
NEAR = (1e-7, 1e-8, 1e-9, 1e-10)
NEAR_COUNTS = {12: 50, 30: 50, 100: 20}
PEERS = {"CLARABEL": "cvxpy + Clarabel", "SCS": "cvxpy + SCS"}


def matrix(n, case):
    """The planted matrix of one case."""
    return planted_stability(n, stream(0, "benchmark", "certify", n), CASES[case], spread=SPREAD)[0]


def ours(a, case):
    """Time the whole ladder."""
    from interplay.circuits import diagonal_stability, verify

    row = measure(lambda: diagonal_stability(a), 3 if len(a) > 200 else 7)
    result = diagonal_stability(a)
    right = result.verdict == ("certified" if CASES[case] > 0 else "refuted") and verify(result)
    return row | {"decided_by": result.rung, "right": bool(right)}


def peer(a, case, solver):
    """Time one solve through cvxpy."""
    import cvxpy

    n = len(a)
    q, s = cvxpy.Variable(n, nonneg=True), cvxpy.Variable()
    form = cvxpy.diag(q) @ a
    problem = cvxpy.Problem(cvxpy.Minimize(s), [s * np.eye(n) - (form + form.T) >> 0, cvxpy.sum(q) == n])
    wall, cpu = time.perf_counter(), time.process_time()
    problem.solve(solver=solver)
    row = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall, "repeats": 1}
    row["solver_s"] = problem.solver_stats.solve_time
    right = problem.status in ("optimal", "optimal_inaccurate") and (float(s.value) < 0) == (CASES[case] > 0)
    return row | {"least_s": float(s.value), "right": bool(right)}


def rows():
    """Give every case and contender, ours first."""
    for n in (50, 100, 400):
        for case in CASES:
            base = None
            for who, sizes in SIZES.items():
                if n not in sizes:
                    continue
                row = _apart(who, n, case)
                head = {"bench": "certify", "case": f"n = {n}, {case}", "who": PEERS.get(who, "interplay, certify")}
                if base is None:
                    base = row["cpu_s"]
                else:
                    row["ratio_cpu"] = row["cpu_s"] / base
                yield head | row
    for n in NEAR_COUNTS:
        for distance in NEAR:
            yield near(n, distance)


def near(n, distance):
    """Count the verdicts on matrices at one distance from the boundary, on both sides."""
    from interplay.circuits import diagonal_stability, verify

    rng = stream(0, "benchmark", "near", n)
    row = {"matrices": NEAR_COUNTS[n], "wrong": 0}
    wall, cpu = time.perf_counter(), time.process_time()
    for side, verdict in ((1, "certified"), (-1, "refuted")):
        found = [
            diagonal_stability(planted_stability(n, rng, side * distance, spread=1.0)[0]) for _ in range(NEAR_COUNTS[n])
        ]
        row[verdict] = sum(result.verdict == verdict and verify(result) for result in found)
        row["wrong"] += sum(result.verdict not in (verdict, "undecided") for result in found)
    times = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall, "repeats": 1}
    return {"bench": "certify", "case": f"n = {n}, distance {distance:g}", "who": "interplay, certify"} | times | row


def _apart(who, n, case):
    command = [sys.executable, "-m", "benchmarks.speed.certify", who, str(n), case]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    contender, size, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    made = matrix(size, kind)
    found = ours(made, kind) if contender == "interplay" else peer(made, kind, contender)
    print(json.dumps(found | {"peak_mib": peak_mib()}))
