"""Small studies on the disk, for tests of imaging input."""

import json
from pathlib import Path

import numpy as np

NAMES = ("7Networks_LH_Vis_1", "7Networks_LH_Default_PFC_1", "7Networks_RH_Vis_1", "thalamus")


def table(path: Path, values, names=NAMES, mark="\t"):
    """Write signals or a matrix as text; NaN as n/a."""
    rows = [mark.join("n/a" if np.isnan(v) else repr(float(v)) for v in row) for row in values]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([] if names is None else [mark.join(names)]) + ("\n" if names else "") + "\n".join(rows))
    return path


def signals(root: Path, subject, session="", *, values, more="task-rest_atlas-S4", ending="tsv", names=NAMES):
    """Write the signals of one scan where a pipeline would."""
    words = [f"sub-{subject}", *([f"ses-{session}"] if session else []), *more.split("_"), f"timeseries.{ending}"]
    folder = root / f"sub-{subject}" / (f"ses-{session}" if session else "") / "func"
    return table(folder / "_".join(words), values, names, "," if ending == "csv" else "\t")


def edges(root: Path, subject, session="", *, values, more="atlas-S4", names=None):
    """Write the connectivity of one subject."""
    words = [f"sub-{subject}", *([f"ses-{session}"] if session else []), *more.split("_"), "connectivity.csv"]
    folder = root / f"sub-{subject}" / (f"ses-{session}" if session else "") / "dwi"
    return table(folder / "_".join(words), values, names, ",")


def small_study(root: Path, seed=0):
    """Three subjects, two visits; one without connectivity, one region missing in another; a step in a sidecar."""
    rng = np.random.default_rng(seed)
    truth = {}
    for subject in ("01", "02", "03"):
        for session in ("pre", "post"):
            x = rng.normal(size=(6 + int(subject), 4)).round(4)
            if subject == "02":
                x[:, 3] = np.nan
            w = rng.random((4, 4)).round(4)
            signals(root, subject, session, values=x)
            table(
                root / f"sub-{subject}/ses-{session}/func/sub-{subject}_desc-confounds_timeseries.tsv", [[1.0]], ("a",)
            )
            if subject != "03":
                edges(root, subject, session, values=w)
            truth[subject, session] = x, None if subject == "03" else w
    (root / "task-rest_bold.json").write_text(json.dumps({"RepetitionTime": 0.8}))
    (root / "participants.tsv").write_text("participant_id\tage\tsex\nsub-01\t31\tM\nsub-02\tn/a\tF\nsub-09\t3\tF\n")
    return truth
