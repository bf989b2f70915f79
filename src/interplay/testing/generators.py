"""Random data objects with awkward content: silent units, ties, gaps, self-loops, negative weights, absent nodes."""

from __future__ import annotations

import numpy as np

from interplay.data import Events, Intervals, Recording, Series, Snapshots, TemporalGraph, Units


def random_events(
    rng: np.random.Generator,
    *,
    n_units: int = 6,
    span: tuple[float, float] = (0.0, 60.0),
    rate_hz: float = 4.0,
    ties: float = 0.1,
) -> Events:
    """Draw Poisson events; the last unit is silent and some times are repeated.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_units : int, >= 0
    span : (start, stop), s
    rate_hz : float, Hz, >= 0
        Mean rate of the units that fire.
    ties : float, in [0, 1]
        Share of events that take over the time of another one.

    Returns
    -------
    Events
    """
    start, stop = span
    loud = max(n_units - 1, 0)
    count = int(rng.poisson(rate_hz * loud * (stop - start))) if loud else 0
    time = np.minimum(start + (stop - start) * rng.random(count), np.nextafter(stop, start))
    same = rng.random(count) < ties
    if count:
        time[same] = rng.choice(time, size=int(same.sum()))
    return Events.from_events(time, rng.integers(max(loud, 1), size=count), n_units=n_units, span=span)


def random_recording(
    rng: np.random.Generator,
    *,
    n_units: int = 6,
    span: tuple[float, float] = (0.0, 60.0),
    rate_hz: float = 4.0,
    dt_s: float = 0.5,
    gap: tuple[float, float] | None = None,
    traces: bool = True,
) -> Recording:
    """Draw a recording with spikes, traces, a units table, behaviour, epochs and, if asked, a gap.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_units : int, >= 1
    span : (start, stop), s
    rate_hz : float, Hz, >= 0
    dt_s : float, s, > 0
        Between samples of traces and behaviour.
    gap : (start, stop), s, or None
        Inside the span; nothing is observed there.
    traces : bool
        Whether there are traces beside the spikes.

    Returns
    -------
    Recording
        Traces are autocorrelated, and the second unit follows the first.
    """
    start, stop = span
    events = random_events(rng, n_units=n_units, span=span, rate_hz=rate_hz)
    edges = [start, stop] if gap is None else [start, gap[0], gap[1], stop]
    observed = Intervals.from_bounds(np.reshape(edges, (-1, 2)))
    seen = observed.covers(events.time)
    events = Events(time=events.time[seen], unit=events.unit[seen], n_units=n_units, span=span)
    time = start + dt_s * np.arange(int(np.ceil((stop - start) / dt_s)), dtype=np.float64)
    time = time[time < stop]
    noise = rng.standard_normal((len(time), n_units))
    for t in range(1, len(time)):
        noise[t] += 0.5 * noise[t - 1]
    if n_units > 1:
        noise[1:, 1] += noise[:-1, 0]
    inner = np.sort(rng.uniform(start, stop, size=3))
    epochs = Intervals(
        start=np.array([start, *inner]), stop=np.array([*inner, stop]), label=np.array(["a", "b", "a", "b"])
    )
    return Recording(
        events=events,
        traces=Series(time=time, values=noise) if traces else None,
        units=Units(
            n=n_units,
            position_um=rng.uniform(0, 1000, (n_units, 2)),
            group=rng.choice(np.array(["left", "right"]), n_units),
            sign=rng.choice(np.array([-1, 0, 1]), n_units),
        ),
        observed=observed,
        behavior={"position": Series(time=time, values=np.cumsum(rng.standard_normal((len(time), 1)), axis=0))},
        epochs={"task": epochs},
        meta={"session_description": "random"},
    )


def random_graph(
    rng: np.random.Generator,
    *,
    n_nodes: int = 6,
    n_events: int = 40,
    span: tuple[float, float] = (0.0, 10.0),
    signed: bool = True,
) -> TemporalGraph:
    """Draw timed edges, self-loops and repeated pairs among them; the last node is isolated.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_nodes : int, >= 1
    n_events : int, >= 0
    span : (start, stop), s
    signed : bool
        Whether weights may be negative.

    Returns
    -------
    TemporalGraph
        Times lie on a coarse grid, so that some events coincide.
    """
    start, stop = span
    loud = max(n_nodes - 1, 1)
    weight = rng.uniform(-1 if signed else 0, 1, n_events)
    return TemporalGraph.from_events(
        rng.integers(loud, size=n_events),
        rng.integers(loud, size=n_events),
        start + (stop - start) * rng.integers(64, size=n_events) / 64,
        weight,
        n_nodes=n_nodes,
        span=span,
    )


def random_snapshots(
    rng: np.random.Generator,
    *,
    n_snapshots: int = 4,
    n_nodes: int = 6,
    density: float = 0.5,
    directed: bool = True,
    signed: bool = True,
    pvalues: bool = False,
    absent: bool = False,
) -> Snapshots:
    """Draw networks in overlapping windows.

    Parameters
    ----------
    rng : numpy.random.Generator
    n_snapshots, n_nodes : int, >= 0
    density : float, in [0, 1]
    directed, signed, pvalues : bool
    absent : bool
        Whether one node per snapshot is absent.

    Returns
    -------
    Snapshots
        Windows of 2 s every second.
    """
    shape = (n_snapshots, n_nodes, n_nodes)
    weights = rng.uniform(-1 if signed else 0, 1, shape) * (rng.random(shape) < density)
    p = rng.random(shape)
    if not directed:
        weights, p = np.triu(weights), np.triu(p)
        weights, p = weights + weights.transpose(0, 2, 1), p + np.triu(p, 1).transpose(0, 2, 1)
    present = np.ones(shape[:2], dtype=bool)
    if absent and n_nodes:
        present[np.arange(n_snapshots), rng.integers(n_nodes, size=n_snapshots)] = False
    first = np.arange(n_snapshots, dtype=np.float64)
    return Snapshots.from_dense(
        weights,
        np.column_stack([first, first + 2]),
        directed=directed,
        pvalues=p if pvalues else None,
        present=present,
    )
