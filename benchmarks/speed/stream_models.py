"""Models of streams in training: events per processor second on a made stream, turn by turn with the peer.

One training step scores a batch of 200 events and as many negatives, moves the parameters, and writes the batch. The
marks are taken inside the real training loop, every `ROUND` events, where the peer then takes its turn on the same
events; its process and ours each count their own processor time. The first `WARM` events fill memories and are left
out.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.speed.machine import peak_mib
from interplay.data import EventSplit, TemporalGraph

ROUND, WARM, BATCH = 4000, 20_000, 200


def made(n_events, n_nodes, n_features=16, seed=0):
    """Give a stream whose nodes are Zipf, and in which 60 % of events repeat one some thousand places back."""
    rng = np.random.default_rng(seed)
    share = 1 / np.arange(1, n_nodes + 1) ** 0.8
    share /= share.sum()
    order = rng.permutation(n_nodes)
    src = order[rng.choice(n_nodes, n_events, p=share)]
    dst = order[rng.choice(n_nodes, n_events, p=share)]
    again, back = rng.random(n_events) < 0.6, rng.geometric(1 / 2000, n_events)
    where = np.arange(n_events) - back
    for i in np.flatnonzero(again & (where >= 0)).tolist():
        src[i], dst[i] = src[where[i]], dst[where[i]]
    moment = np.cumsum(rng.integers(1, 20, n_events)).astype(float)
    told = rng.standard_normal((n_events, n_features)).astype(np.float32)
    return TemporalGraph(
        src=src, dst=dst, time=moment, n_nodes=n_nodes, span=(0.0, float(moment[-1] + 1)), features=told
    )


def whole(graph):
    """Give a split that trains on all but the last two events."""
    last = len(graph)
    hidden = np.zeros(graph.n_nodes, bool)
    return EventSplit(graph=graph, train_stop=last - 2, validation_stop=last - 1, hidden=hidden, tie_share=0.0)


def clocks():
    """Give the seconds that processor and wall clock show."""
    return np.array([time.process_time(), time.perf_counter()])


def trained(config, graph, turn=None, every=ROUND):
    """Train one epoch; give the processor and wall seconds of every `every` events, and call `turn` between them."""
    from interplay.represent.stream_task import StreamTask
    from interplay.tensors import TrainingPlan, seeded_torch, train

    spent = []

    class Timed(StreamTask):
        def batches(self, data, epoch):
            events, begun = 0, clocks()
            for step in super().batches(data, epoch):
                if events and events % every == 0:
                    spent.append(clocks() - begun)
                    if turn is not None:
                        turn()
                    begun = clocks()
                yield step
                events += len(step.batch.src)
            spent.append(clocks() - begun)

    split = whole(graph)
    with seeded_torch(0, config.name, "initial"):
        encoder = config.encoder(graph.n_nodes, graph.features.shape[1])
    config.prepare(encoder, split.training)
    task = Timed(split, config.aim, BATCH, 0, encoder.parts, config.batches(split.training))
    found = train(encoder, task, graph, TrainingPlan(epochs=1, learning_rate=config.learning_rate))
    return spent, float(found.trace["loss"][0])


class Peer:
    """A process that trains the peer's model, `ROUND` events whenever it is told to."""

    def __init__(self, graph, which, n_rounds):
        python = os.environ.get("INTERPLAY_PEERS")
        self.process = None
        if not python:
            print(f"{which} is left out: INTERPLAY_PEERS names no interpreter that has it.", file=sys.stderr)
            return
        self.folder = tempfile.TemporaryDirectory()
        place = Path(self.folder.name) / "stream.npz"
        columns = {"src": graph.src, "dst": graph.dst, "time": graph.time, "told": graph.features}
        np.savez(place, **columns, pool=np.unique(graph.dst), n_nodes=graph.n_nodes)
        script = Path(__file__).with_name("stream_models_peers.py")
        command = [python, str(script), str(place), which, str(BATCH), str(ROUND), str(n_rounds)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told = []

    def turn(self):
        if self.process is not None and self.process.poll() is None:
            print("go", file=self.process.stdin, flush=True)
            self.told.append(json.loads(self.process.stdout.readline()))

    def end(self):
        if self.process is None:
            return []
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.folder.cleanup()
        return self.told


def figures(spent, skip=WARM // ROUND, events=ROUND):
    """Give the median round's seconds, and events per processor second there and in the best round."""
    cpu, wall = np.array(spent[skip:]).T
    rates = {"events_per_cpu_s": events / float(np.median(cpu)), "best_round": events / float(cpu.min())}
    return {"cpu_s": float(np.median(cpu)), "wall_s": float(np.median(wall)), "rounds": len(cpu)} | rates


def models():
    from interplay.represent import TGN

    return {"tgn": TGN(batch=BATCH)}


def rows(n_rounds=15, grow=(100_000, 1_000_000)):
    graph = made(100_000, 10_000)
    part = graph.take(slice(0, n_rounds * ROUND + 2))
    case = f"{ROUND} events after {WARM}, by turns"
    common = {"bench": "stream_models", "case": case, "events": len(part), "nodes": graph.n_nodes, "batch": BATCH}
    for name, config in models().items():
        peer = Peer(graph, "pyg", n_rounds)
        spent, loss = trained(config, part, peer.turn)
        ours = figures(spent[: len(part) // ROUND])
        told = peer.end()
        yield common | {"who": f"interplay {name}", "loss": loss} | ours
        if told:
            theirs = figures([(row["cpu_s"], row["wall_s"]) for row in told])
            ratio = {"ratio_cpu": theirs["cpu_s"] / ours["cpu_s"], "beside": name}
            curve = {"loss": float(np.mean([row["loss"] for row in told])), "losses": [row["loss"] for row in told]}
            yield common | {"who": f"{told[0]['who']}, TGN"} | curve | theirs | ratio
    for size in grow:
        yield from grown(size)


def grown(size):
    """Give one row per model: a whole epoch of a longer stream with more nodes."""
    graph = made(size, size // 10)
    for name, config in models().items():
        spent, loss = trained(config, graph, every=size // 10)
        tenths = [round(size / 10 / cpu) for cpu, _ in spent[:10]]
        cpu, wall = np.sum(spent, 0).tolist()
        row = {
            "bench": "stream_models",
            "case": f"an epoch of {size} events",
            "cpu_s": cpu,
            "wall_s": wall,
            "events": size,
            "nodes": graph.n_nodes,
            "batch": BATCH,
        }
        row |= {"who": f"interplay {name}", "loss": loss, "events_per_cpu_s": size / cpu}
        yield row | {"events_per_cpu_s_by_tenth": tenths, "peak_mib": peak_mib()}
