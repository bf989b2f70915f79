"""The culture's kernel as one reads it in the docs: one step, one unit, one synapse at a time, in plain Python."""

import math

from interplay._core.rng import uniform


def simulate(*, n_steps, dt_s, scale_hz, bias, pool, gain, drive, edges, decays, tired_after, rest_steps, key):
    """Give [(unit, frame)] in order of step and unit; `edges` is a list of (src, dst, weight, delay)."""
    n, n_pools = len(bias), max(pool) + 1
    keep_e, keep_i, keep_t, keep_s = decays
    arrivals = {}  # (step, unit) -> [excitation, inhibition]
    excite, inhibit, tired, silent_until = [0.0] * n, [0.0] * n, [0.0] * n, [-1] * n
    shared, spikes = [0.0] * n_pools, []
    steps = range(n_steps)
    pool_draw = [uniform(key, "shared", k, list(steps)).tolist() for k in range(n_pools)]
    unit_draw = [uniform(key, "spike", i, list(steps)).tolist() for i in range(n)]
    for step in steps:
        for k in range(n_pools):
            noise = (pool_draw[k][step] - 0.5) * math.sqrt(12)
            shared[k] = keep_s * shared[k] + math.sqrt(1 - keep_s**2) * noise
        for i in range(n):
            came = arrivals.get((step, i), [0.0, 0.0])
            excite[i] = keep_e * excite[i] + came[0]
            inhibit[i] = keep_i * inhibit[i] + came[1]
            tired[i] *= keep_t
            if step <= silent_until[i]:
                continue
            level = bias[i] + excite[i] - inhibit[i] + gain[i] * shared[pool[i]] + drive[i]
            relative = math.exp(level) if level < 0 else 1 + level
            chance = 1 - math.exp(-scale_hz[i] * relative * (1 - tired[i]) * dt_s)
            draw = unit_draw[i][step]
            if draw >= chance:
                continue
            frames = round(dt_s * 20_000)
            spikes.append((i, step * frames + min(int(frames * (draw / chance)), frames - 1)))
            silent_until[i] = step + rest_steps
            tired[i] = tired_after
            for src, dst, weight, delay in edges:
                if src == i:
                    arrivals.setdefault((step + delay, dst), [0.0, 0.0])[0 if weight > 0 else 1] += abs(weight)
    return spikes
