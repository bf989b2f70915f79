"""The caches of NAT as dictionaries, one event at a time; shares no code with the kernels."""


class Caches:
    """First and second tables by node and slot; `slot(hop, key)` and `gives_way(hop, own, key, wait)` are told."""

    def __init__(self, slot, gives_way):
        self.slot, self.gives_way = slot, gives_way
        self.first, self.second, self.last = {}, {}, {}

    def write(self, u, v, t):
        if u != v:
            for own, other in ((v, u), (u, v)):
                for _, (key, time, _gap) in sorted(self.first.get(other, {}).items()):
                    if key != own:
                        self._put(self.second, 2, own, key, self._wait(own, t), (time,))
        for own, other in ((u, v), (v, u))[: 1 if u == v else 2]:
            table = self.first.setdefault(own, {})
            held = table.get(self.slot(1, other))
            gap = t - held[1] if held and held[0] == other else 0.0
            self._put(self.first, 1, own, other, self._wait(own, t), (t, gap))
        for own, other in ((u, v), (v, u)):
            if own == u or u != v:
                self.last[own] = (other, t)

    def _wait(self, node, t):
        return t - self.last[node][1] if node in self.last else 0.0

    def _put(self, tables, hop, own, key, wait, rest):
        table = tables.setdefault(own, {})
        s = self.slot(hop, key)
        if s in table and table[s][0] != key and not self.gives_way(hop, own, key, wait):
            return
        table[s] = (key, *rest)


def joint_codes(first, second, u, v):
    """Give {key: code} of a pair from {node: set of keys} of both kinds of tables."""
    codes = {}
    for node, shift in ((u, 1), (v, 8)):
        for bit, keys in ((1, {node}), (2, first.get(node, set())), (4, second.get(node, set()))):
            for key in keys:
                codes[key] = codes.get(key, 0) | bit * shift
    return codes
