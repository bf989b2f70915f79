"""Damaged studies, cohorts and images end in one paragraph or in a valid object."""

import shutil
import warnings

import numpy as np
import pytest
import scipy.io
from tests.unit.io.study_files import small_study

import interplay as ip
from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import stream
from interplay.data import Cohort, Recording
from interplay.io import load_matrix, save_cohort
from interplay.io.grid import Grid
from interplay.testing.mutations import mangle


def damaged(load, path, wanted, *, target=None, seed=0, times=12):
    """Load after each of many damages to one file; give how many were refused."""
    target = path if target is None else target
    whole = target.read_bytes()
    messages = []
    for k in range(times):
        target.write_bytes(mangle(whole, stream(seed, "fuzz", target.name, k)))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.filterwarnings("ignore", module="nibabel|nilearn")
                found = load(path)
        except (DataError, ConfigError) as error:
            messages.append(str(error))
        except BaseException as error:
            raise AssertionError(f"{target.name}, damage {k}: {type(error).__name__}: {error}") from error
        else:
            assert isinstance(found, wanted)
    target.write_bytes(whole)
    assert all("\n" not in text and len(text) < 1200 for text in messages)
    return len(messages)


def test_damaged_studies(tmp_path):
    root = tmp_path / "study"
    small_study(root)
    for session in ("pre", "post"):
        shutil.rmtree(root / "sub-03" / f"ses-{session}")
    (root / "atlas-S4_dseg.tsv").write_text("index\tlabel\tnetwork\n1\tA\tX\n2\tB\tX\n3\tC\tY\n4\tD\tY\n")
    files = sorted(p for p in root.rglob("*") if p.is_file() and "confounds" not in p.name and "post" not in p.name)
    assert sum(damaged(ip.load, root, Cohort, target=path, times=4) for path in files) > 12


def test_damaged_cohort_folders(tmp_path):
    cohort = Cohort.of(
        np.ones((2, 3, 2)), regions=ip.Units(n=2), subject=["a", "b"], structure=np.ones((2, 2, 2)), dt_s=1.0
    )
    place = save_cohort(cohort, tmp_path / "c")
    for name in ("cohort.json", "series-0.bin", "structure-0.bin"):
        assert damaged(ip.load, place, Cohort, target=place / name, times=25) >= 20


def test_damaged_matrices(tmp_path):
    w = np.random.default_rng(0).random((4, 4))
    np.save(tmp_path / "w.npy", w)
    scipy.io.savemat(tmp_path / "w.mat", {"sc": w}, do_compression=True)
    np.savetxt(tmp_path / "w.csv", w, delimiter=",", header="A,B,C,D", comments="")
    assert sum(damaged(load_matrix, tmp_path / f"w.{kind}", Grid, times=40) for kind in ("npy", "mat", "csv")) > 40


@pytest.mark.slow
def test_damaged_images(tmp_path):
    nibabel = pytest.importorskip("nibabel", reason="nibabel is not installed (extra fmri)")
    cifti2 = nibabel.cifti2
    model = cifti2.BrainModelAxis.from_mask(np.ones((2, 2, 2), bool), affine=np.eye(4), name="thalamus_left")
    parcels = cifti2.ParcelsAxis.from_brain_models([("A", model[:4]), ("B", model[4:])])
    times = cifti2.SeriesAxis(start=0, step=0.7, size=5)
    place = tmp_path / "a.ptseries.nii"
    cifti2.Cifti2Image(np.ones((5, 2), np.float32), (times, parcels)).to_filename(place)
    assert damaged(ip.load, place, Recording, times=60) > 0
    values = np.random.default_rng(0).random((3, 3, 3, 4)).astype(np.float32)
    atlas = tmp_path / "atlas.nii"
    nibabel.save(nibabel.Nifti1Image((np.arange(27).reshape(3, 3, 3) % 3).astype(np.int16), np.eye(4)), atlas)
    for name in ("bold.nii", "bold.nii.gz"):
        nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / name)

        def load(path):
            return ip.load(path, atlas=str(atlas), dt_s=1)

        assert damaged(load, tmp_path / name, Recording, times=30) > 0
        assert damaged(load, tmp_path / name, Recording, target=atlas, times=30) > 0
