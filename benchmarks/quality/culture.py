"""What the default culture does by itself, and what a pulse evokes: `python -m benchmarks.quality culture`."""

import numpy as np

from interplay._core.rng import stream
from interplay.spiking import Culture

BIN_S = 0.01
#: A burst: the population rate over 30 ms stays above twice its mean and reaches five times it; gaps below 100 ms are
#: no gaps. This definition is ours.
SMOOTH, EDGE, PEAK, GAP = 3, 2.0, 5.0, 10


def bursts(time, span_s):
    """Give start and stop (s) of the bursts in [0, span_s)."""
    count = np.histogram(time, bins=np.arange(0, span_s + BIN_S / 2, BIN_S))[0].astype(float)
    rate, mean = np.convolve(count, np.ones(SMOOTH) / SMOOTH, "same"), count.mean()
    step = np.diff(np.concatenate([[0], rate > EDGE * mean, [0]]).astype(int))
    runs = []
    for start, stop in zip(np.flatnonzero(step == 1), np.flatnonzero(step == -1), strict=True):
        if runs and start - runs[-1][1] < GAP:
            runs[-1][1] = stop
        else:
            runs.append([start, stop])
    kept = [run for run in runs if rate[run[0] : run[1]].max() >= PEAK * mean]
    return np.array(kept, float).reshape(-1, 2) * BIN_S


def spontaneous(config, seed, *, seconds=300, settle_s=30):
    """Measure five minutes without stimulation."""
    live = config.begin(seed)
    live.advance(settle_s * 100)
    time, unit = [], []
    for _ in range(seconds):
        live.advance(100)
        found = live.spikes_of_units()
        time.append(found[0] - settle_s)
        unit.append(found[1])
    time, unit = np.concatenate(time), np.concatenate(unit)
    found = bursts(time, seconds)
    rate = np.bincount(unit, minlength=config.n_units) / seconds
    inside = sum(int(np.diff(np.searchsorted(time, run))[0]) for run in found)
    return {
        "plasticity": config.plasticity,
        "n_units": config.n_units,
        "seed": seed,
        "rate_hz": float(rate.mean()),
        "rate_median_hz": float(np.median(rate)),
        "rate_excitatory_hz": float(rate[: config.n_excitatory].mean()),
        "rate_inhibitory_hz": float(rate[config.n_excitatory :].mean()),
        "bursts_per_min": len(found) / seconds * 60,
        "burst_ms": float(np.median(found[:, 1] - found[:, 0]) * 1000) if len(found) else None,
        "interval_s": float(np.diff(found[:, 0]).mean()) if len(found) > 1 else None,
        "share_in_bursts": inside / max(len(time), 1),
        "seen": int((live.seen_by >= 0).sum()),
    }


def evoked(config, seed, *, n_pulses=300, amplitude_mv=75.0, gap_s=1.0, settle_s=30):
    """Count spikes at the electrodes of each block in the 50 ms after a pulse, and in the 50 ms before it."""
    live = config.begin(seed)
    live.advance(settle_s * 100)
    group = live.electrodes.group
    sensory = np.flatnonzero(group == "sensory")
    rng = stream(seed, "pulses")
    counts = {name: np.zeros((n_pulses, 2)) for name in ("sensory", "motor_left", "motor_right")}
    curve = np.zeros(20)
    for k in range(n_pulses):
        live.advance(round(gap_s * 100))
        before = group[live.advance(5)[1]]
        live.stimulate([rng.choice(sensory)], amplitude_mv)
        after = []
        for tick in range(20):
            seen = group[live.advance(1)[1]]
            curve[tick] += np.char.startswith(seen, "motor").sum() / n_pulses
            after.append(seen)
        after = np.concatenate(after[:5])
        for name, count in counts.items():
            count[k] = (before == name).sum(), (after == name).sum()
    motor = counts["motor_left"] + counts["motor_right"]
    gain = motor[:, 1] - motor[:, 0]
    return {
        "plasticity": config.plasticity,
        "seed": seed,
        "amplitude_mv": amplitude_mv,
        "gap_s": gap_s,
        "n_pulses": n_pulses,
        "sensory": float(counts["sensory"][:, 1].mean()),
        "sensory_without": float(counts["sensory"][:, 0].mean()),
        "motor": float(motor[:, 1].mean()),
        "motor_without": float(motor[:, 0].mean()),
        "evoked_motor_spikes": float(gain.mean()),
        "standard_error": float(gain.std(ddof=1) / np.sqrt(n_pulses)),
        "motor_per_10_ms": [round(float(x), 2) for x in curve],
    }


def sites(config, seed, *, rate_hz=20.0, seconds=160, settle_s=30):
    """Drive one of eight sites for half a second at a time, and guess its place from the spikes at the motor blocks.

    Gives the correlation of the place (0 to 7) with left minus right counts, and with a ridge regression (penalty 10)
    on the square roots of the counts at the motor electrodes, fitted to the first half and tested on the second.
    """
    live = config.begin(seed)
    live.advance(settle_s * 100)
    position, group = live.electrodes.position_um, live.electrodes.group
    sensory, motor = np.flatnonzero(group == "sensory"), np.flatnonzero(group != "sensory")
    low, high = position[sensory].min(axis=0), position[sensory].max(axis=0)
    rng, counts, site = stream(seed, "sites"), [], []
    for _ in range(seconds * 2):
        site.append(int(rng.integers(8)))
        centre = np.array([low[0] + (high[0] - low[0]) * (site[-1] + 0.5) / 8, (low[1] + high[1]) / 2])
        near = sensory[np.linalg.norm(position[sensory] - centre, axis=1) <= 100.0]
        count = np.zeros(len(group))
        for tick in range(50):
            if tick % round(100 / rate_hz) == 0:
                live.stimulate(near, 75.0)
            np.add.at(count, live.advance(1)[1], 1)
        counts.append(count[motor])
    counts, place = np.array(counts), np.array(site) - 3.5
    half, root = len(place) // 2, np.sqrt(counts)
    known = np.column_stack([root - root[:half].mean(axis=0), np.ones(len(root))])
    gram = known[:half].T @ known[:half] + 10.0 * np.eye(known.shape[1])
    guess = known @ np.linalg.solve(gram, known[:half].T @ place[:half])
    right = group[motor] == "motor_right"
    balance = counts[:, right].sum(axis=1) - counts[:, ~right].sum(axis=1)
    return {
        "plasticity": config.plasticity,
        "seed": seed,
        "rate_hz": rate_hz,
        "windows": len(place),
        "correlation_left_right": float(np.corrcoef(balance, place)[0, 1]),
        "correlation_ridge": float(np.corrcoef(guess[half:], place[half:])[0, 1]),
    }


def rows(seeds=range(5)):
    for plasticity in ("stdp", "frozen"):
        for seed in seeds:
            yield {"what": "spontaneous, 30 to 330 s"} | spontaneous(Culture(plasticity=plasticity), seed)
    for seed in seeds:
        yield {"what": "spontaneous, 900 to 1200 s"} | spontaneous(Culture(), seed, settle_s=900)
    for name in ("5k", "20k"):
        seconds = 120 if name == "5k" else 60
        yield {"what": f"spontaneous, {name}"} | spontaneous(Culture.preset(name), 0, seconds=seconds)
    for seed in seeds:
        frozen = Culture(plasticity="frozen")
        for amplitude in (75.0, 150.0):
            yield {"what": "evoked"} | evoked(frozen, seed, amplitude_mv=amplitude)
        for rate_hz in (4.0, 20.0, 40.0):
            yield {"what": "sites"} | sites(frozen, seed, rate_hz=rate_hz)
