"""Rate circuits: 10 000 Wilson-Cowan circuits by 1000 steps, and larger ones, beside what else one would use.

Peers: a loop over `scipy.integrate.solve_ivp` (a sample is timed and scaled up: `timed_runs`), torchdiffeq's rk4 in
batch with the same steps, and plain numpy in batch. All in float64, on one thread, in one run. `error` is the largest
distance to solve_ivp (DOP853, rtol 1e-12, atol 1e-14) at 20 times along a sample of runs; torch and numpy are given
their units as separate arrays where that is quicker for them.
"""

import os
import time

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.speed.machine import measure
from interplay.circuits import CircuitBatch, RateCircuit, activation, simulate

N_CIRCUITS, N_STEPS, DT_S, SAMPLE = 10_000, 1000, 0.05, 60
PHIS = {"relu": activation("relu"), "logistic": activation("logistic", steepness=4.0, threshold=0.5)}
RTOLS = {"solve_ivp, RK45, defaults": (1e-3, 1e-6), "solve_ivp, RK45, rtol 1e-6": (1e-6, 1e-9)}


def rows():
    for name, phi in PHIS.items():
        yield from _wilson_cowan(name, phi)
    yield from _many_inputs()
    yield from _large()
    yield from _delays_and_noise()


def _draw(name, phi):
    """Draw circuits, some self-regulating and some inhibition-stabilised, none that diverges."""
    rng = np.random.Generator(np.random.Philox(5))
    w_ee, w_ei, w_ie, w_ii = rng.uniform([[0.2], [1.5], [1.5], [0.0]], [[1.4], [3.0], [3.0], [1.0]], (4, N_CIRCUITS))
    weights = np.stack([np.stack([w_ee, -w_ei], -1), np.stack([w_ie, -w_ii], -1)], 1)
    tau = np.stack([np.ones(N_CIRCUITS), rng.uniform(0.6, 1.0, N_CIRCUITS)], -1)
    drive = rng.uniform(0.2, 1.0, (N_CIRCUITS, 2)) * [1.0, 0.3]
    return CircuitBatch(weights, phi, tau), drive


def _wilson_cowan(name, phi):
    batch, drive = _draw(name, phi)
    duration = N_STEPS * DT_S
    common = {"bench": "circuits", "case": f"10k Wilson-Cowan x 1000 steps, {name}", "n_runs": N_CIRCUITS}
    reference = _references(batch, drive, duration)

    def ours(every=None, jobs=1, finer=1):
        every = None if every is None else every * finer
        return simulate(batch, drive, duration_s=duration, dt_s=DT_S / finer, record_every=every, jobs=jobs)

    def error(finer):
        return _error(ours(N_STEPS // 20, finer=finer).rates[:SAMPLE, 1:], reference)

    mine = measure(ours, 5) | {"error": error(1)}
    yield common | {"who": "interplay"} | mine
    yield common | {"who": "interplay, 4000 steps"} | measure(lambda: ours(finer=4), 3) | {"error": error(4)}
    yield common | {"who": "interplay, every 10th step kept"} | measure(lambda: ours(10), 3)
    yield common | {"who": f"interplay, jobs={os.cpu_count()}"} | measure(lambda: ours(None, os.cpu_count()), 5)
    for who, (rtol, atol) in RTOLS.items():
        row = _scipy(batch, drive, duration, rtol, atol, reference)
        yield common | {"who": who} | _against(row, mine)
    for who, work in _torch(batch, drive, duration):
        row = measure(work, 2) | {"error": _error(work(20)[:SAMPLE], reference)}
        yield common | {"who": who} | _against(row, mine)
    work = _numpy(batch, drive)
    row = measure(work, 2) | {"error": _error(work(20)[:SAMPLE], reference)}
    yield common | {"who": "numpy in batch, units apart, rk4"} | _against(row, mine)


def _against(row, mine):
    return row | {"ratio_cpu": row["cpu_s"] / mine["cpu_s"], "ratio_wall": row["wall_s"] / mine["wall_s"]}


def _field(circuit, u):
    w, tau, phi = np.array(circuit.weights), np.array(circuit.tau), circuit.activations[0]
    if phi.kind == "relu":
        return lambda t, x: (np.maximum(w @ x + u, 0.0) - x) / tau
    a, b = phi.parameters
    return lambda t, x: (1.0 / (1.0 + np.exp(-a * (w @ x + u - b))) - x) / tau


def _references(batch, drive, duration):
    times = duration * np.arange(1, 21) / 20
    found = []
    for k in range(SAMPLE):
        field = _field(batch[k], drive[k])
        done = solve_ivp(field, (0, duration), np.zeros(2), "DOP853", times, rtol=1e-12, atol=1e-14, max_step=0.02)
        found.append(done.y.T)
    return np.array(found)


def _error(rates, reference):
    return float(np.abs(rates - reference).max())


def _scipy(batch, drive, duration, rtol, atol, reference):
    times = duration * np.arange(1, 21) / 20
    fields = [_field(batch[k], drive[k]) for k in range(SAMPLE)]
    found = [solve_ivp(f, (0, duration), np.zeros(2), t_eval=times, rtol=rtol, atol=atol).y.T for f in fields]
    begun, started = time.process_time(), time.perf_counter()
    for field in fields:
        solve_ivp(field, (0, duration), np.zeros(2), rtol=rtol, atol=atol)
    scale = len(batch) / SAMPLE
    return {
        "cpu_s": (time.process_time() - begun) * scale,
        "wall_s": (time.perf_counter() - started) * scale,
        "timed_runs": SAMPLE,
        "error": _error(np.array(found), reference),
    }


def _torch(batch, drive, duration):
    """Give torchdiffeq's rk4 on (B, 2) states with batched products, and with the two units as separate arrays."""
    import torch
    from torchdiffeq import odeint

    torch.set_num_threads(1)
    w, u, tau = (torch.from_numpy(np.array(x)) for x in (batch.weights, drive, batch.tau))
    phi = batch.phi
    if phi.kind == "relu":
        act = torch.relu
    else:
        a, b = phi.parameters

        def act(z):
            return torch.sigmoid(a * (z - b))

    def together(t, x):
        return (act(torch.baddbmm(u[:, :, None], w, x[:, :, None])[:, :, 0]) - x) / tau

    w_t, u_t, tau_t = w.permute(1, 2, 0).contiguous(), u.T.contiguous(), tau.T.contiguous()

    def apart(t, x):
        return (act(torch.addcmul(torch.addcmul(u_t, w_t[:, 0], x[0]), w_t[:, 1], x[1])) - x) / tau_t

    def solver(field, turned):
        def work(records=1):
            start = torch.zeros((2, len(batch)) if turned else (len(batch), 2), dtype=torch.float64)
            times = torch.linspace(0, duration, records + 1, dtype=torch.float64)
            with torch.no_grad():
                found = odeint(field, start, times, method="rk4", options={"step_size": DT_S})[1:]
            return found.permute(2, 0, 1).numpy() if turned else found.permute(1, 0, 2).numpy()

        return work

    yield "torchdiffeq, rk4 in batch, baddbmm", solver(together, False)
    yield "torchdiffeq, rk4 in batch, units apart", solver(apart, True)


def _numpy(batch, drive):
    w, u, h = batch.weights.transpose(1, 2, 0).copy(), drive.T.copy(), DT_S / batch.tau.T
    phi = batch.phi

    def slope(x):
        return h * (phi(w[:, 0] * x[0] + w[:, 1] * x[1] + u) - x)

    def work(records=1):
        x = np.zeros((2, len(batch)))
        kept = []
        for step in range(N_STEPS):
            k1 = slope(x)
            k2 = slope(x + k1 / 2)
            k3 = slope(x + k2 / 2)
            k4 = slope(x + k3)
            x = x + (k1 + 2 * (k2 + k3) + k4) / 6
            if (step + 1) % (N_STEPS // records) == 0:
                kept.append(x)
        return np.array(kept).transpose(2, 0, 1)

    return work


def _network(n, phi="tanh"):
    rng = np.random.Generator(np.random.Philox(n))
    return RateCircuit(rng.normal(0, 0.8 / np.sqrt(n), (n, n)), phi), rng


def _many_inputs():
    """Give one circuit of 100 units 1000 inputs, by 100 steps."""
    import torch
    from torchdiffeq import odeint

    torch.set_num_threads(1)
    circuit, rng = _network(100)
    drive = rng.normal(0, 1, (1000, 100))
    common = {"bench": "circuits", "case": "1000 inputs of one circuit of 100, 100 steps", "n_runs": 1000}
    mine = measure(lambda: simulate(circuit, drive, duration_s=5.0, dt_s=0.05, record_every=None), 3)
    yield common | {"who": "interplay"} | mine
    w, u = torch.from_numpy(circuit.weights.T.copy()), torch.from_numpy(drive)

    def peer():
        with torch.no_grad():
            times = torch.tensor([0.0, 5.0], dtype=torch.float64)
            field = lambda t, x: torch.tanh(torch.addmm(u, x, w)) - x  # noqa: E731
            return odeint(field, torch.zeros_like(u), times, method="rk4", options={"step_size": 0.05})

    yield common | {"who": "torchdiffeq, rk4 in batch"} | _against(measure(peer, 3), mine)


def _large():
    """Run single circuits."""
    for n, steps in ((10, 10_000), (100, 2000), (1000, 100)):
        circuit, rng = _network(n)
        u, w = rng.normal(0, 1, n), np.array(circuit.weights)
        common = {"bench": "circuits", "case": f"one run of one circuit of {n}, {steps} steps", "n_runs": 1}
        length = steps * 0.05

        def ours(circuit=circuit, u=u, length=length):
            return simulate(circuit, u, duration_s=length, dt_s=0.05, record_every=None)

        def peer(w=w, u=u, steps=steps):
            x, h = np.zeros(len(u)), 0.05
            for _ in range(steps):
                k1 = np.tanh(w @ x + u) - x
                y = x + h / 2 * k1
                k2 = np.tanh(w @ y + u) - y
                y = x + h / 2 * k2
                k3 = np.tanh(w @ y + u) - y
                y = x + h * k3
                x = x + h / 6 * (k1 + 2 * (k2 + k3) + np.tanh(w @ y + u) - y)
            return x

        mine = measure(ours, 3) | {"greatest_difference": float(np.abs(ours().rates[0, -1] - peer()).max())}
        yield common | {"who": "interplay"} | mine
        yield common | {"who": "numpy, one step after the other"} | _against(measure(peer, 2), mine)


def _delays_and_noise():
    """Show what noise and delays cost."""
    batch, drive = _draw("relu", activation("relu"))
    kept = {"duration_s": N_STEPS * DT_S, "dt_s": DT_S, "record_every": None}
    common = {"bench": "circuits", "case": "10k Wilson-Cowan x 1000 steps, relu", "n_runs": N_CIRCUITS}
    noisy = measure(lambda: simulate(batch, drive, noise=0.1, **kept), 3)
    yield common | {"who": "interplay, with noise"} | noisy
    late = CircuitBatch(batch.weights, "relu", batch.tau, delay=np.full((2, 2), 4 * DT_S))
    yield common | {"who": "interplay, with delays of 4 steps"} | measure(lambda: simulate(late, drive, **kept), 2)
