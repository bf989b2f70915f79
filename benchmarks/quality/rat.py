"""The main job on a real recording: the animal's end of the track, and rest versus run, beside every baseline."""

import tempfile

from benchmarks.quality.shifted_recordings import DATA
from interplay.job import Plan, run


def rows():
    path = DATA / "rat_linear_track" / "linear_track.nwb"
    if not path.exists():
        yield {"skipped": "no rat_linear_track/linear_track.nwb below INTERPLAY_DATA"}
        return
    with tempfile.TemporaryDirectory() as folder:
        done = run(Plan.of(input=str(path), behavior="position"), folder, jobs=2)
    for result in done.readouts:
        for row in result.rows:
            yield {
                "target": result.target,
                "vectors": row.name,
                "role": row.role,
                "balanced_accuracy": row.score,
                "low": row.low,
                "high": row.high,
                "p": row.pvalue,
            }
