"""Every registered model of streams and every baseline keeps its promises; the suite sees each of them broken."""

from dataclasses import replace

import numpy as np
import pytest

from interplay.data import split_events
from interplay.measures import STREAM_BASELINES
from interplay.measures.stream_baselines import Reputation
from interplay.represent import STREAM_METHODS
from interplay.testing import check_stream_model, random_graph

#: Models whose parameters or draws know nodes by number, so that renamed nodes are other nodes.
KNOWS_NODES = {"jodie", "nat"}


def stream(*, features=False):
    rng = np.random.Generator(np.random.Philox(3))
    graph = random_graph(rng, n_nodes=8, n_events=60, span=(0.0, 64.0))
    return replace(graph, features=rng.random((60, 2)).astype(np.float32)) if features else graph


def small(name, **changes):
    """Little settings of a registered method: few rounds over few numbers."""
    kind = STREAM_METHODS[name]
    sizes = {"memory": 8, "width": 8, "time_width": 4, "hidden": 8, "embedding": 8}
    known = kind.__dataclass_fields__
    return kind(epochs=1, batch=7, **{k: v for k, v in sizes.items() if k in known}, **changes)


@pytest.mark.parametrize("name", STREAM_BASELINES)
def test_baselines_keep_their_promises(name):
    config = STREAM_BASELINES[name](**({"rounds": 3} if name == "boosting" else {}))
    check_stream_model(config.fit, stream(), tolerance=1e-12)


@pytest.mark.parametrize("name", STREAM_METHODS)
def test_models_keep_their_promises(name):
    def make(graph):
        method = small(name)
        return method.online(method.fit(graph, split=split_events(graph)))

    check_stream_model(make, stream(features=True), relabels=name not in KNOWS_NODES)


class Broken:
    """A reputation that is right, but for one thing."""

    def __init__(self, graph, fault):
        self.graph, self.fault, self.asked = graph, fault, 0
        self.inner = Reputation(share=0.5).fit(graph)
        self.order = np.zeros(graph.n_nodes)

    def reset(self):
        self.order[:] = 0
        if self.fault != "reset":
            self.inner.reset()

    def score(self, src, dst, time):
        out = self.inner.score(src, dst, time)
        self.asked += len(out)
        if self.fault == "leak":
            out = out + np.isin(src * self.graph.n_nodes + dst, self.graph.src * self.graph.n_nodes + self.graph.dst)
        if self.fault == "impure":
            out = out + 1e-3 * self.asked
        if self.fault == "beside":
            out = out + 1e-3 * len(out)
        if self.fault == "clock":
            out = out + 1e-3 * np.asarray(time)
        if self.fault == "names":
            out = out + 1e-3 * np.asarray(dst)
        if self.fault == "ties":
            out = out + 1e-3 * self.order[dst]
        if self.fault == "infinite":
            out = np.where(np.asarray(src) == np.asarray(dst), np.inf, out)
        return out

    def write(self, events):
        self.inner.write(events)
        self.order[events.dst] = events.src

    def save(self):
        if self.fault == "alias":
            return {
                "counts": self.inner._history.counts,
                **{k: v for k, v in self.inner.save().items() if k != "counts"},
            }
        return self.inner.save() | {"order": self.order.copy()}

    def load(self, state):
        if self.fault != "load":
            self.inner.load({k: v for k, v in state.items() if k != "order"})
        if "order" in state:
            self.order = np.array(state["order"])


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        ("leak", "must not have been seen|must not move earlier"),
        ("impure", "forget|same bits"),
        ("beside", "beside a pair"),
        ("clock", "moving the clock"),
        ("names", "renaming nodes"),
        ("ties", "events of one time"),
        ("reset", "forget"),
        ("alias", "saved must not change"),
        ("load", "loaded"),
        ("infinite", "finite"),
    ],
)
def test_the_suite_sees_a_broken_promise(fault, promise):
    with pytest.raises(AssertionError, match=promise):
        check_stream_model(lambda graph: Broken(graph, fault), stream(), tolerance=1e-12)


def test_the_suite_passes_the_model_that_is_right():
    check_stream_model(lambda graph: Broken(graph, None), stream(), tolerance=1e-12)
