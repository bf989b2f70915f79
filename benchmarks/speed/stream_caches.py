"""NAT in training: events per processor second on the stream of `stream_models`, turn by turn with the same peer.

The peer is PyG's TGN, the one model of streams that is maintained: no maintained library has NAT. The authors' own
code was measured once beside that peer, on this stream and on another day: 1.06 times as many events as it with both
tables, and 1.48 times with the first alone (`AUTHORS`); the ratio to the authors is the quotient of the two ratios.
"""

import numpy as np

from benchmarks.speed.stream_models import BATCH, ROUND, WARM, Peer, figures, made, trained

#: Events per processor second of the authors' code over those of the peer, by case.
AUTHORS = {"both tables": 2044 / 1928, "first table alone": 2853 / 1928}


def models():
    from interplay.represent import NAT

    return {"both tables": NAT(batch=BATCH), "first table alone": NAT(batch=BATCH, second=0)}


def rows(n_rounds=12, grow=(100_000, 1_000_000)):
    graph = made(100_000, 10_000)
    part = graph.take(slice(0, n_rounds * ROUND + 2))
    for name, config in models().items():
        case = f"{ROUND} events after {WARM}, {name}"
        row = {"bench": "stream_caches", "case": case, "events": len(part), "nodes": graph.n_nodes, "batch": BATCH}
        peer = Peer(graph, "pyg", n_rounds)
        spent, loss = trained(config, part, peer.turn)
        ours, told = figures(spent[: len(part) // ROUND]), peer.end()
        yield row | {"who": "interplay", "loss": loss} | ours
        if told:
            theirs = figures([(turn["cpu_s"], turn["wall_s"]) for turn in told])
            ratio = theirs["cpu_s"] / ours["cpu_s"]
            row |= {"who": f"{told[0]['who']}, TGN", "ratio_cpu": ratio}
            yield row | theirs | {"ratio_to_authors": ratio / AUTHORS[name]}
    for size in grow:
        longer = made(size, size // 10)
        spent, loss = trained(models()["both tables"], longer, every=size // 10)
        cpu, wall = np.sum(spent, 0).tolist()
        row = {"bench": "stream_caches", "case": f"an epoch of {size} events", "who": "interplay", "cpu_s": cpu}
        row |= {"wall_s": wall, "events": size, "nodes": longer.n_nodes, "batch": BATCH, "loss": loss}
        tenths = [round(size / 10 / part) for part, _ in spent[:10]]
        yield row | {"events_per_cpu_s": size / cpu, "events_per_cpu_s_by_tenth": tenths}
