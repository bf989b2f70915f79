"""py-tgx on given events, one statistic per line of input; run by an interpreter that has it, answers in JSON."""

import contextlib
import io
import json
import signal
import sys
import tempfile
import time
from importlib import metadata

import numpy as np


class TooLong(Exception):
    pass


def stop(*_):
    raise TooLong


def binned(data, key, start=0):
    """Give events as the peer holds them: bin -> pair -> count; `start` is the number of the first bin."""
    out = {k + start: {} for k in range(int(data[key].max()) + 1)}
    for t, u, v in zip((data[key] + start).tolist(), data["src"].tolist(), data["dst"].tolist(), strict=True):
        out[t][u, v] = out[t].get((u, v), 0) + 1
    return out


def statistics(data):
    """Give every statistic: name -> work."""
    import matplotlib

    matplotlib.use("Agg")
    import tgx
    from tgx.utils import stat
    from tgx.viz import TEA as tea_module
    from tgx.viz import TET as tet_module

    raw = {}
    for t, u, v in zip(data["time"].astype(int).tolist(), data["src"].tolist(), data["dst"].tolist(), strict=True):
        raw.setdefault(t, {})[u, v] = 1
    whole, many = tgx.Graph(edgelist=raw), tgx.Graph(edgelist=binned(data, "bin1000"))
    few = binned(data, "bin50")
    folder = tempfile.mkdtemp()

    def course():
        nodes, pairs = stat._calculate_node_per_ts(many), stat._calculate_edge_per_ts(many)
        parts = [len(sizes) for sizes in stat.size_connected_components(many)]
        return [*nodes, *pairs, *parts, *stat.get_avg_node_engagement(many)]

    def tea():
        found = tea_module.TEA_process_edgelist_per_timestamp(few)[0]
        return [*(d["new"] for d in found), *(d["repeated"] for d in found)]

    def tet():
        module = tet_module
        last = module.generate_edge_last_timestamp(few)
        number = module.generate_edge_idx_map(few, last)
        back = {v: k for k, v in number.items()}
        grid = module.generate_edge_presence_matrix(list(few), back, number, few)
        module.process_presence_matrix(grid, test_ratio_p=0.85)

    def picture(draw):
        draw(tgx.Graph(edgelist=few), filepath=folder, network_name="events")

    return {
        "discretise, 1000 bins": lambda: whole.discretize(time_scale=1000) and None,
        "surprise": lambda: stat.get_surprise(whole),
        "reoccurrence": lambda: stat.get_reoccurrence(whole),
        "novelty, 1000 bins": lambda: stat.get_novelty(many),
        "node activity, 1000 bins": lambda: stat.get_avg_node_activity(many),
        "nodes, edges, components, engagement": course,
        "degrees, 1000 bins": lambda: stat.get_avg_degree(many) and None,
        "TEA, 50 bins": tea,
        "TET, 50 bins": tet,
        "TEA, 50 bins, a picture": lambda: picture(tea_module.TEA),
        "TET, 50 bins, a picture": lambda: picture(tet_module.TET),
    }


def main(place, limit):
    with np.load(place) as file:
        data = dict(file)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        works = statistics(data)
    signal.signal(signal.SIGPROF, stop)
    who = f"py-tgx {metadata.version('py-tgx')}"
    for line in sys.stdin:
        values, cut = None, False
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            started, begun = time.perf_counter(), time.process_time()
            signal.setitimer(signal.ITIMER_PROF, float(limit))
            try:
                values = works[line.strip()]()
            except TooLong:
                cut = True
            signal.setitimer(signal.ITIMER_PROF, 0)
            row = {"cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started, "repeats": 1}
        row |= {"who": f"{who}, cut off" if cut else who, "cut_off": cut}
        print(
            json.dumps(row | {"values": values if values is None else np.asarray(values, float).tolist()}), flush=True
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
