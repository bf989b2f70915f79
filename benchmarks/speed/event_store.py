"""Parquet into a mapped stream with its index: 10^5 to 10^7 events, time and memory, each in a process of its own.

Beside it, on the same file: loading it whole, and pandas reading the table and numbering its nodes.
"""

import json
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import numpy as np

from interplay._core.rng import stream

SIZES = (100_000, 1_000_000, 10_000_000)
N_NODES = 100_000
_BLOCK = 1 << 20

#: Runs in a fresh process: CPU seconds of the work alone, and the peak of memory that is not a mapped file.
_RUN = """
import json, sys, threading, time
def anonymous():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon")) / 1024
peak, stop = [0.0], threading.Event()
def watch():
    while not stop.is_set():
        peak[0] = max(peak[0], anonymous())
        time.sleep(0.005)
{prepare}
before = anonymous()
thread = threading.Thread(target=watch)
thread.start()
cpu, wall = time.process_time(), time.perf_counter()
{work}
row = {{"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}}
stop.set()
thread.join()
print(json.dumps(row | {{"peak_mib": peak[0] - before, "n_events_read": n}}))
"""

_WORK = {
    "interplay, ingest with index, mapped": (
        "import pyarrow.parquet, numpy; from interplay.io import ingest_events; import interplay.ops.event_rows",
        "n = len(ingest_events(sys.argv[1], sys.argv[2]))",
    ),
    "interplay, load whole": (
        "import pyarrow.parquet, numpy; from interplay import load; import interplay.io.parquet",
        "n = len(load(sys.argv[1]))",
    ),
    "pandas, read and number the nodes": (
        "import pandas, numpy, pyarrow.parquet",
        textwrap.dedent("""
            table = pandas.read_parquet(sys.argv[1])
            codes, ids = pandas.factorize(numpy.concatenate([table.src, table.dst]), sort=True)
            n = len(table)
        """),
    ),
}


def rows():
    with tempfile.TemporaryDirectory() as folder:
        for n_events in SIZES:
            file = Path(folder) / f"{n_events}.parquet"
            _write(file, n_events)
            ours = None
            for who, (prepare, work) in _WORK.items():
                repeats = [
                    _measured(prepare, work, file, Path(folder) / f"{n_events}.{k}")
                    for k in range(3 if n_events < SIZES[-1] else 1)
                ]
                row = min(repeats, key=lambda r: r["cpu_s"])
                assert row.pop("n_events_read") == n_events
                ours = ours or row["cpu_s"]
                common = {"bench": "event_store", "case": f"{n_events} events", "who": who, "n_events": n_events}
                yield (
                    common
                    | row
                    | {
                        "ratio_cpu": row["cpu_s"] / ours,
                        "events_per_cpu_s": n_events / row["cpu_s"],
                        "file_mib": file.stat().st_size / 2**20,
                    }
                )


def _measured(prepare, work, file, target):
    script = _RUN.format(prepare=prepare, work=work)
    done = subprocess.run(
        [sys.executable, "-c", script, str(file), str(target)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def _write(file, n_events):
    import pyarrow as pa
    import pyarrow.parquet as parquet

    rng, last, writer = stream(0, "benchmark", "event store", n_events), 0.0, None
    for k in range(0, n_events, _BLOCK):
        count = min(_BLOCK, n_events - k)
        time = last + np.cumsum(rng.integers(1, 20, count)).astype(float)
        last = time[-1]
        ends = rng.integers(0, N_NODES, (2, count))
        part = pa.table({"src": ends[0], "dst": ends[1], "time": time, "weight": rng.standard_normal(count)})
        writer = writer or parquet.ParquetWriter(file, part.schema)
        writer.write_table(part)
    writer.close()
