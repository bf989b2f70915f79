"""The machine a figure belongs to, and how it is measured."""

import os
import platform
import resource
import subprocess
import time
from importlib import metadata
from pathlib import Path


def header():
    """Describe processor, memory, versions and source state."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.split(":")[1].strip() for line in text.splitlines() if line.startswith("model name")), "")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "machine": model or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "numpy": metadata.version("numpy"),
        "numba": metadata.version("numba"),
        "interplay": metadata.version("interplay"),
        "commit": commit.stdout.strip(),
        "threads": os.environ.get("OMP_NUM_THREADS", "unset"),
    }


def measure(work, repeats):
    """Run `work` several times and give the least processor and wall seconds; a first, unmeasured call compiles."""
    work()
    cpu, wall = [], []
    for _ in range(repeats):
        started, begun = time.perf_counter(), time.process_time()
        work()
        cpu.append(time.process_time() - begun)
        wall.append(time.perf_counter() - started)
    return {"cpu_s": min(cpu), "wall_s": min(wall), "repeats": repeats}


def peak_mib():
    """Give the most memory this process has held, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
