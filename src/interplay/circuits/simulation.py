"""Simulation of rate circuits: many circuits, inputs and starts at once."""

from __future__ import annotations

import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, InterplayWarning, unknown_name
from interplay._core.provenance import digest
from interplay._core.rng import key_word
from interplay.circuits.batch import CircuitBatch
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_circuit
from interplay.circuits.results import SimulationResult

Floats = NDArray[np.float64]
Method = Literal["rk4", "exponential_euler"]
METHODS: tuple[Method, ...] = ("rk4", "exponential_euler")
#: Largest record that is made, bytes.
_MOST_BYTES = 2**32
#: Default steps: this share of the fastest time in the circuit.
_SHARE = 0.1
#: A longer step than so many of that time may lie outside of the region of stability of Runge and Kutta's method.
_LONGEST = 2.5


@dataclass(frozen=True, kw_only=True)
class SimulationSettings:
    """With which settings a simulation was run, as its result's `config`.

    Parameters
    ----------
    duration_s, dt_s : float, s
    method : {"rk4", "exponential_euler"}
    noise : float or (N,) or (B, N) float array
    record_every : int
        Steps between two records.
    key : str
    """

    duration_s: float
    dt_s: float
    method: Method
    noise: Any
    record_every: int
    key: str


def simulate(
    circuit: RateCircuit | CircuitBatch,
    drive: ArrayLike,
    *,
    duration_s: float,
    dt_s: float | None = None,
    start: ArrayLike | None = None,
    noise: float | ArrayLike = 0.0,
    seed: int = 0,
    record_every: int | None = 1,
    method: Method = "rk4",
    key: str = "circuit",
    runs: ArrayLike | None = None,
    jobs: int = 1,
) -> SimulationResult:
    """Integrate tau dx/dt = -x + phi(W x + u), for B runs at once.

    Parameters
    ----------
    circuit : RateCircuit or CircuitBatch
        One circuit for all runs, or one per run.
    drive : (N,), (B, N) or (B, T, N) float array
        The input u: the same for all runs, one per run, or one per run and step, held during the step. T is the
        number of steps, duration_s / dt_s. B may be 1 and is then the same for all runs.
    duration_s : float, s, > 0
        In the unit of time of `tau`.
    dt_s : float or None, s, > 0
        Step. It must divide `duration_s` and every delay. None: a tenth of the fastest time in the circuit,
        min tau / (1 + max L ||W||), with ||W|| the largest row sum of |W| (L = 1 for powers, which have no largest
        slope), made a little shorter so that it divides. Of a batch, the shortest that any of its circuits needs.
    start : (N,) or (B, N) float array or None
        Rates at time 0, and before it where there are delays; None: 0.
    noise : float, (N,) or (B, N) float array, >= 0
        White noise on every rate, as the standard deviation that it gives in the long run to a unit whose input does
        not move. Noisy rates may leave the activation's domain.
    seed : int, >= 0
    record_every : int, >= 1, or None
        Steps between two records; it must divide the number of steps. None: only the start and the end.
    method : {"rk4", "exponential_euler"}
        Runge and Kutta's classical method of order 4, or x <- phi + exp(-dt/tau) (x - phi), of order 1, which keeps
        rates within the activation's domain for any step.
    key : str
        Name of the noise: two simulations of one seed share their noise iff they share the key.
    runs : (B,) int array or None
        Numbers of the runs, by which their noise is keyed; None: 0, 1, ...
    jobs : int, >= 1
        Threads. They change no bit.

    Returns
    -------
    SimulationResult
        Its `time` begins with 0 and `rates` with the start.

    Raises
    ------
    ConfigError
        If a setting is out of range, the step does not divide the duration or a delay, or the record would exceed
        4 GiB.
    DataError
        If arrays do not fit together or are not finite.

    Warns
    -----
    InterplayWarning
        If runs left the finite numbers (or nearly so): their residual is inf, and their rates are NaN from the first
        record at which that showed.

    Notes
    -----
    The noise of run b, step t and unit i depends on seed, key, b, t and i alone. After each step
    sd sqrt(1 - exp(-2 dt/tau)) times a normal deviate is added: exact for the leak, of weak order 1 otherwise.
    A run has the same bits alone or in a batch, whatever `jobs` and `record_every`.
    With delays the states half a step back, which the method needs, come from the cubic that the stages of the step
    define (order 3), so order 4 is kept while the input does not jump.

    Runs are integrated in blocks of 64, laid out so that one vector instruction serves several runs. Time O(B T N^2),
    memory that of the record.

    References
    ----------
    Wilson, Cowan (1972), Biophys J 12:1, for the equations.

    Examples
    --------
    >>> pair = RateCircuit.of_blocks(0.5, 2.0, 2.0, 0.5)
    >>> course = simulate(pair, [0.6, 0.0], duration_s=30.0)
    >>> course.rates[0, -1].round(3).tolist()
    [0.189, 0.253]
    """
    plan = _plan(circuit, duration_s, dt_s, record_every, method, jobs, seed)
    arrays = _arrays(circuit, drive, start, noise, plan, runs)
    n_runs = len(arrays["x"])
    size = n_runs * (plan.n_records + 1) * circuit.n_units * 8
    if size > _MOST_BYTES:
        raise ConfigError(
            f"the record must not exceed {_MOST_BYTES >> 30} GiB, but {n_runs} runs x {plan.n_records + 1} records x "
            f"{circuit.n_units} units are {size / 2**30:.1f} GiB. Raise `record_every`, or give None for the end only."
        )
    rates = np.empty((n_runs, plan.n_records + 1, circuit.n_units))
    rates[:, 0] = arrays["x"]
    _integrate(circuit, arrays, plan, rates, seed, key, jobs)
    residual, notes = _judge(circuit, arrays["drive"][:, -1], rates)
    notes = _notes_on_step(circuit, plan) + notes
    settings = SimulationSettings(
        duration_s=float(duration_s),
        dt_s=plan.dt_s,
        method=method,
        noise=noise if np.ndim(noise) == 0 else np.asarray(noise).tolist(),
        record_every=plan.record_every,
        key=key,
    )
    return SimulationResult(
        config=settings,
        made_from=digest(circuit.digest, np.asarray(drive, float), rates[:, 0]),
        seed=seed if arrays["noise"].size else None,
        notes=notes,
        citations=("wilson1972excitatory",),
        time=np.asarray(np.arange(plan.n_records + 1) * plan.record_every * plan.dt_s, dtype=np.float64),
        rates=rates,
        drive=_drive_of_runs(arrays["drive"], n_runs),
        residual=residual,
    )


@dataclass(frozen=True)
class _Plan:
    dt_s: float
    n_steps: int
    record_every: int
    method: Method

    @property
    def n_records(self) -> int:
        return self.n_steps // self.record_every


def _plan(
    circuit: RateCircuit | CircuitBatch,
    duration_s: float,
    dt_s: float | None,
    record_every: int | None,
    method: Method,
    jobs: int,
    seed: int,
) -> _Plan:
    require_setting("duration_s", duration_s, above=0, below=np.inf)
    require_setting("jobs", jobs, least=1, whole=True)
    require_setting("seed", seed, least=0, below=2**63, whole=True)
    if record_every is not None:
        require_setting("record_every", record_every, least=1, whole=True)
    if method not in METHODS:
        raise ConfigError(unknown_name("method", method, METHODS))
    if not isinstance(circuit, CircuitBatch):
        require_circuit(circuit)
    delays = np.unique(circuit.delay[circuit.delay > 0]) if circuit.delay is not None else np.empty(0)
    if dt_s is None:
        every = record_every or 1
        longest = min([_SHARE * _fastest(circuit), *delays.tolist()])
        dt_s = duration_s / (int(np.ceil(duration_s / (longest * every) - 1e-9)) * every)
        if len(delays):
            dt_s = delays[0] / np.ceil(delays[0] / longest - 1e-9)
    require_setting("dt_s", dt_s, above=0, below=np.inf)
    for name, length in [("duration_s", duration_s), *(("delay", float(d)) for d in delays)]:
        if abs(round(length / dt_s) * dt_s - length) > 1e-9 * length or length < dt_s / 2:
            raise ConfigError(
                f"`{name}` must be a whole number of steps, got {length:g} s at dt_s={dt_s:g} s "
                f"({length / dt_s:.6g} steps). Give a `dt_s` that divides the duration and all delays."
            )
    n_steps = round(duration_s / dt_s)
    every = n_steps if record_every is None else int(record_every)
    if n_steps % every:
        raise ConfigError(
            f"`record_every` must divide the number of steps, got {every} and {n_steps} steps of {dt_s:g} s. Change "
            "`record_every`, `dt_s` or `duration_s`, or give None to record the end only."
        )
    return _Plan(float(dt_s), n_steps, every, method)


def _fastest(circuit: RateCircuit | CircuitBatch) -> float:
    """Give the shortest time, in seconds, on which any of the circuits can move."""
    slopes = np.atleast_2d(circuit.max_slopes)
    steep = np.where(np.isfinite(slopes), slopes, 1.0).max(axis=1)
    strength = np.abs(circuit.weights).sum(axis=-1).max(axis=-1)
    return float((np.atleast_2d(circuit.tau).min(axis=1) / (1.0 + steep * strength)).min())


def _notes_on_step(circuit: RateCircuit | CircuitBatch, plan: _Plan) -> tuple[str, ...]:
    """Warn of a step at which the method may leave a circuit that would settle."""
    fastest = _fastest(circuit)
    if plan.method != "rk4" or plan.dt_s <= _LONGEST * fastest:
        return ()
    note = (
        f"`dt_s`={plan.dt_s:g} s is {plan.dt_s / fastest:.3g} times the shortest time on which the circuit can move "
        f"({fastest:.3g} s): the simulation may diverge, or go astray, where the circuit does not. Without `dt_s` a "
        "tenth of that time is taken."
    )
    warnings.warn(note, InterplayWarning, stacklevel=3)
    return (note,)


def _arrays(
    circuit: RateCircuit | CircuitBatch, drive: ArrayLike, start: Any, noise: Any, plan: _Plan, runs: Any
) -> dict[str, Any]:
    """Check what varies over runs and find B."""
    n = circuit.n_units
    shapes = Shapes(N=n, T=plan.n_steps)
    u = np.asarray(drive)
    axes = {1: "N", 2: "B N", 3: "B T N"}.get(u.ndim, "B T N")
    u = _own(Shapes(N=n, T=plan.n_steps).array("drive", u, axes))
    u = u[None, None] if u.ndim == 1 else u[:, None] if u.ndim == 2 else u
    x = np.zeros(n) if start is None else np.asarray(start)
    x = np.atleast_2d(_own(Shapes(N=n).array("start", x, "N" if x.ndim < 2 else "B N")))
    sd = np.asarray(noise)
    sd = np.broadcast_to(sd, n) if sd.ndim == 0 else sd
    sd = np.atleast_2d(_own(Shapes(N=n).array("noise", sd, "N" if sd.ndim < 2 else "B N")))
    if (sd < 0).any():
        raise ConfigError(f"`noise` must be >= 0, got {sd.min():g}. It is a standard deviation.")
    weights = circuit.weights[None] if isinstance(circuit, RateCircuit) else circuit.weights
    counts = {"circuit": len(weights), "drive": len(u), "start": len(x), "noise": len(sd)}
    if runs is not None:
        runs = shapes.array("runs", runs, "B", "int")
        counts["runs"] = len(runs)
    n_runs = max(counts.values())
    wrong = {name: count for name, count in counts.items() if count not in (1, n_runs)}
    if wrong or (runs is not None and len(runs) != n_runs):
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        raise DataError(
            f"`drive`, `start`, `noise`, `runs` and the circuits must be as many as there are runs, or one for all, "
            f"got {told}. Repeat what is to be combined."
        )
    parameters = circuit.parameters[None] if isinstance(circuit, RateCircuit) else circuit.parameters
    return {
        "weights": np.ascontiguousarray(weights),
        "parameters": np.ascontiguousarray(np.moveaxis(parameters, -1, 0)),
        "tau": np.atleast_2d(circuit.tau),
        "drive": u,
        "noise": sd if sd.any() else np.empty((0, n)),
        "x": np.array(np.broadcast_to(x, (n_runs, n))),
        "runs": np.arange(n_runs) if runs is None else runs,
    }


def _own(array: NDArray[Any]) -> Floats:
    return np.ascontiguousarray(array, dtype=np.float64)


def _integrate(
    circuit: RateCircuit | CircuitBatch,
    arrays: dict[str, Any],
    plan: _Plan,
    rates: Floats,
    seed: int,
    key: str,
    jobs: int,
) -> None:
    """Choose the layout, prepare what kernels take, and share the runs among threads."""
    from interplay.ops import rate_network as kernels
    from interplay.ops.lane_math import prepared

    share = plan.dt_s / arrays["tau"]
    rk4 = plan.method == "rk4"
    spread = arrays["noise"] * np.sqrt(-np.expm1(-2.0 * share)) if arrays["noise"].size else arrays["noise"]
    n_runs, n = arrays["x"].shape
    weights, work, width = arrays["weights"], cast(Any, kernels.integrate), kernels.LANES
    extra: tuple[Any, ...] = ()
    if circuit.delay is not None and (circuit.delay > 0).any():
        from interplay.ops.rate_network_delays import integrate_delayed

        work, extra = integrate_delayed, (np.rint(circuit.delay / plan.dt_s).astype(np.int64),)
    elif _wide(n_runs, n, len(weights)):
        from interplay.ops.rate_network_wide import integrate_wide

        work, width, weights = integrate_wide, 1, np.swapaxes(weights, 1, 2)
    inputs = (
        weights,
        circuit.codes,
        prepared(circuit.codes, arrays["parameters"]),
        share if rk4 else np.exp(-share),
        arrays["drive"],
        spread,
        kernels.run_keys(np.uint64(seed), np.uint64(key_word(key)), np.array(arrays["runs"])),
    )
    common = (
        kernels.RK4 if rk4 else kernels.EXPONENTIAL_EULER,
        plan.n_steps,
        plan.record_every,
        *map(_readable, inputs),
        arrays["x"],
        rates[:, 1:],
        *map(_readable, extra),
    )
    parts = -(-n_runs // width)
    if jobs == 1 or parts == 1:
        work(0, parts, *common)
        return
    cuts = np.linspace(0, parts, min(jobs, parts) + 1).astype(int)
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda k: work(cuts[k], cuts[k + 1], *common), range(len(cuts) - 1)))


def _readable(array: NDArray[Any]) -> NDArray[Any]:
    """Give every input one type, contiguous and read-only: kernels are compiled anew for each type they meet."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


def _wide(n_runs: int, n_units: int, n_circuits: int) -> bool:
    """Say whether runs one by one, vectorised over their units, are quicker than blocks of 64 runs (measured)."""
    full = n_runs / -(-n_runs // 64)
    return n_units >= 4 and (full <= min(n_units, 48) or (n_circuits > 1 and n_units >= 32))


def _judge(circuit: RateCircuit | CircuitBatch, drive: Floats, rates: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Give every run's residual at the end; runs that diverged get inf, and NaN for what came after."""
    last = rates[:, -1]
    lost = ~np.isfinite(last).all(axis=1)
    with np.errstate(invalid="ignore", over="ignore"):
        if isinstance(circuit, RateCircuit):
            off = circuit.residual(last, drive)
        else:
            z = np.einsum("bij,bj->bi", circuit.weights, last) + drive
            off = last - circuit.rates(z)
        residual = np.abs(off).max(axis=1)
    residual[lost | ~np.isfinite(residual)] = np.inf
    if not lost.any():
        return residual, ()
    for b in np.flatnonzero(lost):
        first = int(np.argmax(~np.isfinite(rates[b]).all(axis=1)))
        rates[b, first:] = np.nan
    note = (
        f"{int(lost.sum())} of {len(rates)} runs left the finite numbers (first: run {int(np.argmax(lost))}); their "
        "rates are NaN from there on. Either activations do not saturate and the excitation is too strong, or the step "
        "of the simulation is too long."
    )
    warnings.warn(note, InterplayWarning, stacklevel=3)
    return residual, (note,)


def _drive_of_runs(drive: Floats, n_runs: int) -> Floats:
    """Shape it as the result has it: (B, N) where it does not change, else (B, T, N)."""
    each = np.broadcast_to(drive, (n_runs, *drive.shape[1:]))
    return each[:, 0] if drive.shape[1] == 1 else each
