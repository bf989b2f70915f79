"""SEMBA written out event by event, in lists and loops."""

import math

import numpy as np


def sign(x):
    return (x > 0) - (x < 0)


class SlowEvidence:
    """All events of before, gone through anew for every pair; events as (clock, src, dst, sign)."""

    def __init__(self, partners, scales):
        self.partners, self.scales, self.past = partners, scales, []

    def write(self, batch):
        """Take in (src, dst, time, weight) events of any times, in order."""
        for time in dict.fromkeys(e[2] for e in batch):
            clock = len(self.past)
            self.past += [(clock, u, v, sign(w)) for u, v, t, w in batch if t == time]

    def count(self, node, role, what, before=math.inf):
        return sum(e[1 + role] == node and e[3] == what and e[0] < before for e in self.past)

    def mean_sign(self, node, role, before=math.inf):
        p, n = self.count(node, role, 1, before), self.count(node, role, -1, before)
        return (p - n) / (p + n + 1)

    def last(self, events):
        """Clock and sign of the last of some events; None and 0 where there is none."""
        if not events:
            return None, 0
        clock = max(e[0] for e in events)
        return clock, sign(sum(e[3] for e in events if e[0] == clock))

    def fresh(self, clock):
        return 0.0 if clock is None else 1 / (1 + math.log1p(len(self.past) - clock))

    def ring(self, node, role):
        """The last partners met for the first time, with the events of each that are remembered."""
        held = {}
        for e in self.past:
            if e[1 + role] == node:
                other = e[2 - role]
                if other not in held and len(held) == self.partners:
                    del held[next(iter(held))]
                held.setdefault(other, []).append(e)
        return {other: self.last(events) for other, events in held.items()}

    def off(self, node):
        """How far the signs of a node were from what their destinations had received: distance and direction."""
        own = [e for e in self.past if e[1] == node and e[3]]
        each = [e[3] - self.mean_sign(e[2], 1, e[0]) for e in own]
        return sum(map(abs, each)) / (len(each) + 2), sum(each) / (len(each) + 2)

    def fading(self, node, scale):
        now = len(self.past)
        out = []
        for role in (0, 1):
            for what in (1, -1):
                out.append(
                    math.log1p(
                        sum(math.exp((e[0] - now) / scale) for e in self.past if (e[1 + role], e[3]) == (node, what))
                    )
                )
        return out

    def paths(self, u, v):
        out = []
        for a, b in ((0, 1), (1, 1), (0, 0), (1, 0)):
            one, two = self.ring(u, a), self.ring(v, b)
            products = [one[w][1] * two[w][1] for w in one.keys() & two.keys()]
            out += [math.log1p(products.count(1)), math.log1p(products.count(-1))]
        return out

    def features(self, u, v):
        counts = [self.count(node, role, what) for node in (u, v) for role in (0, 1) for what in (1, -1)]
        lasts = [self.last([e for e in self.past if e[1 + role] == node]) for node in (u, v) for role in (0, 1)]
        first = [next((e[0] for e in self.past if node in e[1:3]), None) for node in (u, v)]
        forth, back = self.ring(u, 0).get(v, (None, 0)), self.ring(v, 0).get(u, (None, 0))
        top, bottom = 0.0, 1.0
        for source, (_, s) in self.ring(v, 1).items():
            fair = 1 - self.off(source)[0] / 2
            top, bottom = top + fair * s, bottom + fair
        return [
            *(math.log1p(c) for c in counts),
            *(self.mean_sign(*which) for which in ((u, 0), (u, 1), (v, 1))),
            back[1],
            self.mean_sign(v, 0),
            *(self.fresh(clock) for clock, _ in lasts),
            *(s for _, s in lasts),
            *(0.0 if clock is None else math.log1p(len(self.past) - clock) for clock in first),
            *(x for scale in self.scales for node in (u, v) for x in self.fading(node, scale)),
            *self.paths(u, v),
            *self.off(u),
            top / bottom,
            forth[1],
            self.fresh(forth[0]),
            self.fresh(back[0]),
        ]


def logistic(x):
    return 1 / (1 + np.exp(-x))


class SlowSemba:
    """The model with given parameters (arrays by name); events are (src, dst, time, weight, features)."""

    def __init__(self, config, parameters, n_nodes, scales):
        self.c, self.p = config, parameters
        self.rows = {side: [np.zeros(config.width) for _ in range(n_nodes)] for side in ("friends", "enemies")}
        self.since = {side: [None] * n_nodes for side in self.rows}
        self.box = {side: [[] for _ in range(n_nodes)] for side in self.rows}
        self.events = [[] for _ in range(n_nodes)]
        self.evidence = SlowEvidence(config.partners, scales)

    def code(self, name, seconds):
        return np.cos(seconds * self.p[f"{name}.frequency"] + self.p[f"{name}.phase"])

    def moved(self, side, node):
        """The row of a node with its mail, and when that was sent."""
        own, mail = self.rows[side][node], self.box[side][node]
        if not mail:
            return own, self.since[side][node]
        when = np.mean([time for _, time in mail])
        waited = 0.0 if self.since[side][node] is None else when - self.since[side][node]
        code = self.code(f"memory.{side}.time_code", waited)
        x = np.concatenate([own, np.mean([told for told, _ in mail], axis=0), code])
        w, u, b, c = (self.p[f"memory.{side}.cell.{n}"] for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        (ri, zi, ni), (rh, zh, nh) = np.split(w @ x + b, 3), np.split(u @ own + c, 3)
        r, z = logistic(ri + rh), logistic(zi + zh)
        return (1 - z) * np.tanh(ni + r * nh) + z * own, when

    def both(self, node):
        return np.concatenate([self.moved(side, node)[0] for side in ("friends", "enemies")])

    def raw(self, event):
        return np.array([sign(event[3]), math.log1p(abs(event[3])), *event[4]])

    def write(self, batch):
        for side in self.rows:
            for node in {n for e in batch for n in e[:2]}:
                self.rows[side][node], self.since[side][node] = self.moved(side, node)
                self.box[side][node] = []
        kept = {side: list(rows) for side, rows in self.rows.items()}
        for e in batch:
            for node, other in dict.fromkeys([(e[0], e[1]), (e[1], e[0])]):
                self.events[node].append((other, e))
                for side, across in (("friends", "enemies"), ("enemies", "friends")):
                    told = self.raw(e)
                    same, crossed = kept[side][other], kept[across][other]
                    vector = {1: same, -1: crossed, 0: (same + crossed) / 2}[sign(e[3])] if self.c.balance else same
                    if side == "enemies":
                        told[0] = -told[0]
                    self.box[side][node].append((np.concatenate([vector, told]), e[2]))
        self.evidence.write([e[:4] for e in batch])

    def read(self, node, time):
        p, heads, own = self.p, self.c.heads, self.both(node)
        out = p["attention.skip.weight"] @ own + p["attention.skip.bias"]
        recent = self.events[node][::-1][: self.c.neighbours]
        seen = [np.concatenate([self.both(o), self.raw(e), self.code("time_code", time - e[2])]) for o, e in recent]
        query = p["attention.query.weight"] @ own + p["attention.query.bias"]
        size = len(out) // heads
        for h in range(heads if seen else 0):
            part = slice(h * size, (h + 1) * size)
            score = np.array([query[part] @ (p["attention.key"][part] @ x) for x in seen]) / math.sqrt(size)
            share = np.exp(score - score.max())
            out[part] += sum(
                s * (p["attention.value"][part] @ x) for s, x in zip(share / share.sum(), seen, strict=True)
            )
        return out

    def score(self, u, v, time):
        p, told = self.p, np.array(self.evidence.features(u, v), np.float32).astype(float)
        scaled = np.clip((told - p["centre"]) / p["spread"], -5, 5)
        logit = p["direct.weight"] @ scaled + p["direct.bias"]
        for name, inside in (("head", [self.read(u, time), self.read(v, time)]), ("told_head", [scaled])):
            hidden = np.maximum(p[f"{name}.0.weight"] @ np.concatenate(inside) + p[f"{name}.0.bias"], 0)
            logit = logit + p[f"{name}.3.weight"] @ hidden + p[f"{name}.3.bias"]
        return logit.item()
