"""JODIE event by event, with one-hot vectors written out: slow, from the equations and the names of the weights."""

from __future__ import annotations

import numpy as np


def unit(x):
    return x / max(np.linalg.norm(x), 1e-12)


class SlowJodie:
    """One event at a time; no batches at all."""

    def __init__(self, weights, scale):
        self.w = {k: v.astype(np.float64) for k, v in weights.items()}
        self.scale = scale
        self.row, self.time, self.last = {}, {}, {}
        self.width = len(self.w["start_src"])
        self.n = len(self.w["of_source"])

    def lag(self, node, time):
        return np.log1p((time - self.time[node]) / self.scale) if node in self.time else 0.0

    def at(self, node, start):
        return self.row.get(node, unit(self.w[start]))

    def guess(self, u, time):
        """The guessed row, and the guessed one-hot vector of N numbers."""
        w, last = self.w, self.last.get(u, self.n)
        projected = self.at(u, "start_src") * (1 + self.lag(u, time) * w["project"])
        dynamic = unit(w["start_dst"]) if last == self.n else self.row[last]
        x = w["guess.weight"] @ np.concatenate([projected, dynamic]) + w["guess.bias"]
        x = x + w["from_source.weight"] @ w["of_source"][u] + w["from_previous.weight"] @ w["of_previous"][last]
        one_hot = w["factors"] @ x[self.width :]
        if last < self.n:
            one_hot[last] += w["again_all"] + w["again"][last]
        return x[: self.width], one_hot

    def error(self, u, v, time):
        near, one_hot = self.guess(u, time)
        target = np.zeros(self.n)
        target[v] = 1
        return ((near - self.at(v, "start_dst")) ** 2).sum() + ((one_hot - target) ** 2).sum()

    def take_in(self, u, v, time, raw):
        """Move both ends; give the squared changes of the two."""
        w, a, b = self.w, self.at(u, "start_src"), self.at(v, "start_dst")
        told_u, told_v = np.append(raw, self.lag(u, time)), np.append(raw, self.lag(v, time))
        new_u = w["src_rows.weight"] @ np.concatenate([a, b]) + w["src_told.weight"] @ told_u + w["src_told.bias"]
        new_v = w["dst_rows.weight"] @ np.concatenate([b, a]) + w["dst_told.weight"] @ told_v + w["dst_told.bias"]
        new_u, new_v = unit(np.tanh(new_u)), unit(np.tanh(new_v))
        if u != v:
            self.row[v] = new_v
        self.row[u] = new_u
        self.time[u] = self.time[v] = time
        self.last[u] = v
        return ((new_u - a) ** 2).sum() + (((new_v - b) ** 2).sum() if u != v else 0.0)
