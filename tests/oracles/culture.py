"""A culture by its definition: float64, one unit and one synapse at a time, every past spike remembered."""

import math

WORD = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def _mix64(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & WORD
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & WORD
    return x ^ (x >> 31)


def _key(*parts):
    """Fold (seed, ...) into 64 bits."""
    state = _mix64(_mix64((parts[0] + GOLDEN) & WORD))
    for part in parts[1:]:
        state = _mix64(state ^ _mix64((part + GOLDEN) & WORD))
    return state


def noise(seed, names, unit, step):
    """Sum of the four bytes of a hashed word, centred and scaled to variance 1."""
    word = (_key(seed, names["unit"], unit) >> 32) ^ (_key(seed, names["noise"], step) >> 32)
    word = ((word ^ (word >> 16)) * 0x7FEB352D) & 0xFFFFFFFF
    word = ((word ^ (word >> 15)) * 0x846CA68B) & 0xFFFFFFFF
    word ^= word >> 16
    total = sum(word.to_bytes(4, "little"))
    return (total - 4 * 127.5) / math.sqrt(4 * (256**2 - 1) / 12)


class SlowCulture:
    """Units as dictionaries with a, b, c, d, mean, sd, use; synapses with src, dst, weight, delay, plastic, excites."""

    def __init__(self, units, synapses, settings, *, seed, names):
        self.units, self.synapses, self.p = units, synapses, settings
        self.seed, self.names = seed, names
        self.step = 0
        self.past = [[] for _ in units]  # steps at which each unit fired
        self.arriving = {}  # step -> list of (unit, excites, amount)
        self.reward_mean = 0.0
        for unit in units:
            unit.update(
                v=-65.0, u=-65.0 * unit["b"], ampa=0.0, nmda=0.0, gaba=0.0, left=1.0, rate=settings["target_hz"]
            )
            unit["spikes"] = 0
        for synapse in synapses:
            synapse["eligible"] = 0.0

    def advance(self, n_steps, pulses=()):
        """Run; `pulses` are (step, unit, mV). Gives the list of (step, unit)."""
        fired = []
        for _ in range(n_steps):
            fired += [(self.step, i) for i in self._one(pulses)]
            self.step += 1
        return fired

    def _one(self, pulses):
        p, dt, now = self.p, self.p["dt_ms"], self.step
        for when, i, mv in pulses:
            if when == now:
                self.units[i]["v"] += mv
        for unit in self.units:
            for name, tau in zip(("ampa", "nmda", "gaba"), p["tau_ms"], strict=True):
                unit[name] *= math.exp(-dt / tau)
            unit["left"] += (1 - unit["left"]) * (1 - math.exp(-dt / p["recovery_ms"]))
        for synapse in self.synapses:
            synapse["eligible"] *= math.exp(-dt / p["eligibility_ms"])
        for i, excites, amount in self.arriving.pop(now, []):
            if excites:
                self.units[i]["ampa"] += amount
                self.units[i]["nmda"] += p["nmda_share"] * amount
            else:
                self.units[i]["gaba"] += amount
        fired = []
        for i, unit in enumerate(self.units):
            v, u = unit["v"], unit["u"]
            current = unit["mean"] + unit["sd"] * noise(self.seed, self.names, i, now)
            x = ((v + 80) / 60) ** 2
            nmda = unit["nmda"] * x / (1 + x)
            g = unit["ampa"] + nmda + unit["gaba"]
            drift = 0.04 * v**2 + 5 * v + 140 - u + current + unit["gaba"] * p["reversal_mv"]
            unit["v"] = (v + dt * drift) / (1 + dt * g)
            unit["u"] = u + dt * unit["a"] * (unit["b"] * v - u)
            if unit["v"] >= 30:
                fired.append(i)
        self._synapses(fired)
        for i in fired:
            unit = self.units[i]
            unit["v"], unit["u"] = unit["c"], unit["u"] + unit["d"]
            unit["left"] -= unit["use"] * unit["left"]
            unit["spikes"] += 1
            self.past[i].append(now)
        if p["mode"] != "frozen" and (now + 1) * dt % 1000 == 0:
            self._scale()
        return fired

    def _trace(self, i, tau_ms):
        return sum(math.exp(-(self.step - k) * self.p["dt_ms"] / tau_ms) for k in self.past[i])

    def _synapses(self, fired):
        p = self.p
        for synapse in self.synapses:
            i, j = synapse["src"], synapse["dst"]
            if i in fired:
                use = self.units[i]["use"]
                share = use * self.units[i]["left"] if use else 1.0
                arrival = self.step + synapse["delay"]
                self.arriving.setdefault(arrival, []).append((j, synapse["excites"], share * synapse["weight"]))
        for synapse in self.synapses:
            i, j = synapse["src"], synapse["dst"]
            if not synapse["plastic"] or p["mode"] == "frozen":
                continue
            for sign, amount in (
                (-1, p["minus"] * self._trace(j, p["window_ms"][1]) if i in fired else 0.0),
                (+1, p["plus"] * self._trace(i, p["window_ms"][0]) if j in fired else 0.0),
            ):
                if p["mode"] == "stdp":
                    synapse["weight"] = min(max(synapse["weight"] + sign * amount, 0.0), p["most"])
                else:
                    synapse["eligible"] += sign * amount

    def _scale(self):
        p = self.p
        for j, unit in enumerate(self.units):
            unit["rate"] += (1 - math.exp(-1 / p["rate_tau_s"])) * (unit["spikes"] - unit["rate"])
            unit["spikes"] = 0
            pull = min(max(1 - unit["rate"] / p["target_hz"], -1.0), 1.0)
            for synapse in self.synapses:
                if synapse["plastic"] and synapse["dst"] == j:
                    synapse["weight"] = min(synapse["weight"] * (1 + p["scaling"] * pull), p["most"])

    def reward(self, value):
        """Credit the eligible synapses with the reward beyond its running mean."""
        p = self.p
        centred = value - self.reward_mean
        self.reward_mean += p["reward_blend"] * centred
        for synapse in self.synapses:
            if synapse["plastic"] and p["mode"] == "r_stdp_centred":
                # Eligibilities fade at the start of a step; the reward comes before the next one starts.
                faded = synapse["eligible"] * math.exp(-p["dt_ms"] / p["eligibility_ms"])
                synapse["weight"] = min(max(synapse["weight"] + p["learning_rate"] * centred * faded, 0.0), p["most"])
