"""Non-negative factors of a tensor: to the error that tensorly reaches from the same start, rank 8, float64."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import measure
from interplay._core.rng import stream
from interplay.ops.nonnegative import factorise

RANK = 8
#: The peers end after so many rounds, or when their error falls by less than `TOLERANCE` in one.
ROUNDS, TOLERANCE = 50, 1e-6


def planted(shape):
    """Draw eight gamma components, with noise of a third of the data's deviation, and a start."""
    rng = stream(0, "benchmark", "factors", *shape)
    x = np.einsum("ir,jr,kr->ijk", *(rng.gamma(0.5, size=(n, RANK)) for n in shape))
    x += 0.3 * x.std() * np.abs(rng.normal(size=shape))
    return x, [rng.uniform(size=(n, RANK)) for n in shape]


def rows(shapes=((50, 50, 400), (100, 100, 600), (200, 200, 600))):
    for shape in shapes:
        x, start = planted(shape)
        case = "x".join(map(str, shape))
        common = {"bench": "factors", "case": case, "rank": RANK}
        for row in _peers(x, start):
            goal = row["error"]
            ours = measure(lambda x=x, s=start, g=goal: factorise(x, s, rounds=500, tolerance=0.0, goal=g), 3)
            done = factorise(x, start, rounds=500, tolerance=0.0, goal=goal)
            yield common | {"who": f"interplay, to the error of {row['who']}"} | ours | _ended(done)
            yield common | row | {"ratio_cpu": row["cpu_s"] / ours["cpu_s"]}
        if x.size > 10**7:
            continue
        known = (stream(0, "benchmark", "mask").uniform(size=x.shape) < 0.9).astype(float)
        hidden = x * known
        for name, mask in (("every entry its own", known), ("the same in all frames", known[:1])):
            data = hidden if mask is known else x * mask
            row = measure(lambda d=data, s=start, m=mask: factorise(d, s, mask=m, rounds=10, tolerance=0.0), 2)
            yield common | {"who": f"interplay, 10 rounds, 10 % masked, {name}"} | row


def _ended(done):
    return {"error": done.error, "rounds": done.rounds}


def _peers(x, start):
    python = os.environ.get("INTERPLAY_PEERS")
    if not python:
        print("tensorly is left out: INTERPLAY_PEERS names no interpreter that has it.", file=sys.stderr)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "tensor.npz"
        np.savez(place, x=x, rounds=ROUNDS, tolerance=TOLERANCE, a=start[0], b=start[1], c=start[2])
        script = Path(__file__).with_name("factors_peers.py")
        done = subprocess.run([python, str(script), str(place)], capture_output=True, text=True, check=True)
    yield from map(json.loads, done.stdout.splitlines())
