"""What importing the package and asking for help cost, each in a fresh process; numpy and torch beside it."""

import resource
import subprocess
import sys
import time

CASES = {
    "import interplay": ["-c", "import interplay"],
    "interplay --help": ["-m", "interplay", "--help"],
    "import every room but tensors": [
        "-c",
        "import interplay.data, interplay.io, interplay.infer, interplay.measures, interplay.stats, interplay.spiking",
    ],
    "import interplay.tensors": ["-c", "import interplay.tensors"],
    "import numpy": ["-c", "import numpy"],
    "import torch": ["-c", "import torch"],
}


def rows():
    for case, arguments in CASES.items():
        cpu, wall = map(min, zip(*(_run(arguments) for _ in range(4)), strict=True))
        yield {"case": case, "who": "fresh process", "cpu_s": cpu, "wall_s": wall, "repeats": 4}


def _run(arguments):
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall
