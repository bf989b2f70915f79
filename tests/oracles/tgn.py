"""TGN by a loop over nodes and events, with one dictionary per node; numpy only, written from the equations."""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Slow:
    """Rows, one waiting message and all past events per node; parameters by the names the module has."""

    def __init__(self, parameters, width, heads, neighbours):
        self.p, self.width, self.heads, self.neighbours = parameters, width, heads, neighbours
        self.row, self.when, self.mail, self.past = {}, {}, {}, {}

    def waves(self, seconds, place):
        return np.cos(seconds * self.p[f"{place}time_code.frequency"] + self.p[f"{place}time_code.phase"])

    def linear(self, x, name):
        out = self.p[f"{name}.weight"] @ x
        return out + self.p[f"{name}.bias"] if f"{name}.bias" in self.p else out

    def now(self, node):
        """The row with what waits for it, and when that was sent."""
        own = self.row.get(node, np.zeros(self.width))
        if node not in self.mail:
            return own, self.when.get(node)
        partner, told, sent = self.mail[node]
        since = sent - self.when[node] if node in self.when else 0.0
        given = np.concatenate([own, partner, told, self.waves(since, "memory.")])
        a = np.split(self.p["memory.cell.weight_ih"] @ given + self.p["memory.cell.bias_ih"], 3)
        b = np.split(self.p["memory.cell.weight_hh"] @ own + self.p["memory.cell.bias_hh"], 3)
        reset, update = sigmoid(a[0] + b[0]), sigmoid(a[1] + b[1])
        return (1 - update) * np.tanh(a[2] + reset * b[2]) + update * own, sent

    def vector(self, node, time):
        own, _ = self.now(node)
        seen = [
            np.concatenate([self.now(other)[0], told, self.waves(time - when, "")])
            for other, told, when in self.past.get(node, [])[: -self.neighbours - 1 : -1]
        ]
        out = self.linear(own, "attention.skip")
        if not seen:
            return out
        queries = np.split(self.linear(own, "attention.query"), self.heads)
        keys = np.split(self.p["attention.key"], self.heads)
        values = np.split(self.p["attention.value"], self.heads)
        found = []
        for query, key, value in zip(queries, keys, values, strict=True):
            score = np.array([query @ (key @ x) for x in seen]) / np.sqrt(len(query))
            share = np.exp(score) / np.exp(score).sum()
            found.append(sum(a * (value @ x) for a, x in zip(share, seen, strict=True)))
        return out + np.concatenate(found)

    def score(self, u, v, time):
        hidden = self.linear(self.vector(u, time), "head.src") + self.linear(self.vector(v, time), "head.dst")
        return float(self.linear(np.maximum(hidden, 0), "head.last")[0])

    def write(self, events):
        """Take in a batch of (src, dst, time, told): rows of its nodes first, then what is said to them."""
        for node in {x for event in events for x in event[:2]}:
            row, when = self.now(node)
            self.row[node] = row
            if when is not None:
                self.when[node] = when
            self.mail.pop(node, None)
        for src, dst, time, told in events:
            for node, partner in dict.fromkeys([(src, dst), (dst, src)]):
                self.mail[node] = (self.row[partner], told, time)
                self.past.setdefault(node, []).append((partner, told, time))
