"""Images and matrices: CIFTI parcels, volumes over an atlas, connectivity with names."""

import builtins
import json

import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import ConfigError, DataError, MissingExtraError
from interplay.data import Cohort, Recording
from interplay.io import load_matrix, sniff

nibabel = pytest.importorskip("nibabel", reason="nibabel is not installed (extra fmri)")
AFFINE = np.diag([3.0, 3.0, 3.0, 1.0])


def parcels(path, values, names, *, step=0.72, unit="SECOND", rows=None):
    """Write a CIFTI file of parcels by time, or by parcels."""
    cifti2 = nibabel.cifti2
    model = cifti2.BrainModelAxis.from_mask(np.ones((2, 2, 2), bool), affine=np.eye(4), name="thalamus_left")
    axis = cifti2.ParcelsAxis.from_brain_models([(name, model[k : k + 1]) for k, name in enumerate(names)])
    first = axis if rows == "parcels" else cifti2.SeriesAxis(start=0, step=step, size=len(values), unit=unit)
    cifti2.Cifti2Image(np.asarray(values, np.float32), (first, axis)).to_filename(path)
    return path


def volume(path, values, *, step=None, affine=AFFINE):
    image = nibabel.Nifti1Image(np.asarray(values), affine)
    if step is not None:
        image.header.set_xyzt_units("mm", "sec")
        image.header.set_zooms((*image.header.get_zooms()[:3], step))
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    return path


@pytest.fixture
def brain(tmp_path):
    """A volume of 4 x 4 x 4 voxels and 6 moments, an atlas of regions 2, 5 and 9."""
    rng = np.random.default_rng(0)
    values = rng.normal(100, 5, size=(4, 4, 4, 6)).astype(np.float32)
    atlas = np.zeros((4, 4, 4), np.int16)
    atlas[0], atlas[1], atlas[3, 3, 3] = 2, 5, 9
    return (
        volume(tmp_path / "bold.nii.gz", values, step=0.8),
        volume(tmp_path / "atlas.nii.gz", atlas),
        np.stack([values[atlas == k].mean(axis=0) for k in (2, 5, 9)], axis=1),
    )


def test_parcels_by_time_are_a_recording(tmp_path):
    x = np.arange(10.0).reshape(5, 2)
    path = parcels(tmp_path / "a.ptseries.nii", x, ["A", "B"])
    found = ip.load(path)
    assert sniff(path) == "nifti"
    assert isinstance(found, Recording)
    np.testing.assert_array_equal(found.traces.values, x)
    np.testing.assert_allclose(found.traces.time, 0.72 * np.arange(5))
    assert found.units.id.tolist() == ["A", "B"]
    with pytest.raises(ConfigError, match="`atlas` means nothing for a CIFTI file"):
        ip.load(path, atlas="x")
    path = parcels(tmp_path / "b.ptseries.nii", x, ["A", "B"], unit="HERTZ")
    with pytest.raises(DataError, match="step between samples is not known"):
        ip.load(path)


def test_parcels_by_parcels_are_a_matrix(tmp_path):
    path = parcels(tmp_path / "a.pconn.nii", np.eye(3), ["A", "B", "C"], rows="parcels")
    found = load_matrix(path)
    assert found.columns == found.rows == ("A", "B", "C")
    np.testing.assert_array_equal(found.values, np.eye(3))
    with pytest.raises(DataError, match="it holds no times"):
        ip.load(path)


def test_a_study_of_parcels(tmp_path):
    for subject in "ab":
        (tmp_path / f"sub-{subject}" / "func").mkdir(parents=True)
        place = tmp_path / f"sub-{subject}" / "func" / f"sub-{subject}_task-rest_timeseries.ptseries.nii"
        parcels(place, np.ones((4, 2)), ["A", "B"])
    cohort = ip.load(tmp_path)
    assert isinstance(cohort, Cohort)
    assert cohort.dt_s == 0.72
    assert cohort.regions.id.tolist() == ["A", "B"]


def test_grayordinates_need_parcels_first(tmp_path):
    model = nibabel.cifti2.BrainModelAxis.from_mask(np.ones((2, 2, 2), bool), affine=np.eye(4), name="thalamus_left")
    times = nibabel.cifti2.SeriesAxis(start=0, step=1, size=3)
    path = tmp_path / "a.dtseries.nii"
    nibabel.cifti2.Cifti2Image(np.zeros((3, 8), np.float32), (times, model)).to_filename(path)
    with pytest.raises(DataError, match=r"must hold parcels by time.*-cifti-parcellate"):
        ip.load(path)


def test_a_volume_is_averaged_over_the_regions_of_an_atlas(brain, tmp_path):
    bold, atlas, truth = brain
    found = ip.load(bold, atlas=str(atlas))
    np.testing.assert_allclose(found.traces.values, truth, rtol=1e-5)
    np.testing.assert_allclose(found.traces.time, 0.8 * np.arange(6), rtol=1e-6)
    assert found.units.id.tolist() == ["2", "5", "9"]
    labels = tmp_path / "labels.tsv"
    labels.write_text("index\tname\tnetwork\n0\tnone\tn/a\n5\tB\tVis\n2\tA\tVis\n9\tC\tCont\n7\tD\tCont\n")
    assert ip.load(bold, atlas=str(atlas), labels=str(labels)).units.id.tolist() == ["A", "B", "C"]
    labels.write_text("index\tname\n2\tA\n5\tB\n")
    with pytest.raises(DataError, match=r"lacks \[9\]"):
        ip.load(bold, atlas=str(atlas), labels=str(labels))


@pytest.mark.slow
def test_a_region_outside_the_volume_is_missing(brain, tmp_path):
    pytest.importorskip("nilearn", reason="nilearn is not installed (extra fmri)")
    bold, atlas, truth = brain
    cut = volume(tmp_path / "cut.nii", nibabel.load(bold).get_fdata()[:3].astype(np.float32), step=0.8)
    found = ip.load(cut, atlas=str(atlas))
    np.testing.assert_allclose(found.traces.values[:, :2], truth[:, :2], rtol=1e-5)
    assert np.isnan(found.traces.values[:, 2]).all()
    assert any("1 region(s) of the atlas have no voxel and are NaN" in note for note in found.notes)


def test_confounds_are_regressed_out_only_as_named(brain, tmp_path):
    bold, atlas, truth = brain
    table = tmp_path / "motion.tsv"
    drift = np.arange(6.0) ** 2
    table.write_text("x\ty\tfd\n" + "".join(f"{v}\t{-k}\t{'n/a' if k == 2 else k}\n" for k, v in enumerate(drift)))
    found = ip.load(bold, atlas=str(atlas), confounds=str(table), confound_columns="x").traces.values
    slope = truth - truth.mean(axis=0)
    z = drift - drift.mean()
    expected = truth - np.outer(z, z @ slope / (z @ z))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    with pytest.raises(ConfigError, match="`confound_columns` must name"):
        ip.load(bold, atlas=str(atlas), confounds=str(table))
    with pytest.raises(DataError, match="has no column 'z'"):
        ip.load(bold, atlas=str(atlas), confounds=str(table), confound_columns="x, z")
    with pytest.raises(DataError, match=r"motion\.tsv: line 4: column 'fd' is missing"):
        ip.load(bold, atlas=str(atlas), confounds=str(table), confound_columns="fd")


def test_the_first_value_of_a_derivative_is_missing_by_nature(brain, tmp_path):
    bold, atlas, truth = brain
    (tmp_path / "motion.tsv").write_text("fd\nn/a\n3\n1\n4\n1\n6\n")
    found = ip.load(bold, atlas=str(atlas), confounds=str(tmp_path / "motion.tsv"), confound_columns="fd")
    fd = np.array([3.0, 3, 1, 4, 1, 6]) - 3
    expected = truth - np.outer(fd, fd @ truth / (fd @ fd))
    np.testing.assert_allclose(found.traces.values, expected, rtol=1e-5)
    assert any("first value of confound column 'fd' is missing" in note for note in found.notes)


def test_voxels_that_are_not_finite_count_nowhere(brain, tmp_path):
    bold, atlas, truth = brain
    x = nibabel.load(bold).get_fdata().astype(np.float32)
    x[0, 0, 0, 3] = np.nan
    found = ip.load(volume(tmp_path / "hole.nii", x, step=0.8), atlas=str(atlas))
    rest = x[0].reshape(16, 6)[1:].astype(np.float64).mean(axis=0)
    np.testing.assert_allclose(found.traces.values, np.column_stack([rest, truth[:, 1:]]), rtol=1e-5)
    assert any("1 voxel(s) are not finite" in note for note in found.notes)


@pytest.mark.slow
def test_means_are_those_of_nilearn_and_another_place_is_refused(brain, tmp_path):
    maskers = pytest.importorskip("nilearn.maskers", reason="nilearn is not installed (extra fmri)")
    fine = np.kron(np.asarray(nibabel.load(brain[1]).dataobj), np.ones((3, 3, 3), np.int16))
    place = np.eye(4)
    place[:3, 3] = -1
    atlas = volume(tmp_path / "fine.nii", fine, affine=place)
    theirs = maskers.NiftiLabelsMasker(str(atlas), resampling_target="data", standardize=None)
    theirs = theirs.fit_transform(str(brain[0]))
    np.testing.assert_allclose(ip.load(brain[0], atlas=str(atlas)).traces.values, theirs, rtol=1e-5)
    place[0, 3] = 500
    away = volume(tmp_path / "away.nii", fine, affine=place)
    with pytest.raises(DataError, match=r"no voxel of .* lies in a region"):
        ip.load(brain[0], atlas=str(away))


def test_a_study_of_volumes(brain, tmp_path):
    bold, atlas, truth = brain
    root = tmp_path / "study"
    for subject in "ab":
        stem = f"sub-{subject}_task-rest"
        volume(root / f"sub-{subject}/func/{stem}_space-MNI_desc-preproc_bold.nii.gz", nibabel.load(bold).get_fdata())
        rows = "".join(f"{k}\n" for k in (3, 1, 2, 9, 4, 4))
        (root / f"sub-{subject}/func/{stem}_desc-confounds_timeseries.tsv").write_text("x\n" + rows)
    (root / "task-rest_bold.json").write_text(json.dumps({"RepetitionTime": 1.5}))
    cohort = ip.load(root, atlas=str(atlas))
    assert cohort.dt_s == 1.5
    assert cohort.regions.id.tolist() == ["2", "5", "9"]
    np.testing.assert_allclose(cohort.scan(1), truth, rtol=1e-5)
    clean = ip.load(root, atlas=str(atlas), confound_columns="x").scan(0)
    assert abs(np.corrcoef(clean[:, 0], [3, 1, 2, 9, 4, 4])[0, 1]) < 1e-3
    with pytest.raises(DataError, match=r"There are volumes.*`atlas`"):
        ip.load(root)


def test_volumes_without_an_atlas_or_time(brain, tmp_path):
    bold, atlas, _ = brain
    with pytest.raises(ConfigError, match="`atlas` must be the path of an atlas image"):
        ip.load(bold)
    with pytest.raises(DataError, match=r"volume of moments \(4 axes\)"):
        ip.load(atlas, atlas=str(atlas))
    with pytest.raises(DataError, match="image of whole numbers >= 0"):
        ip.load(bold, atlas=str(volume(tmp_path / "mean.nii", np.full((4, 4, 4), 0.5))))
    with pytest.raises(DataError, match="holds no region, only 0"):
        ip.load(bold, atlas=str(volume(tmp_path / "none.nii", np.zeros((4, 4, 4), np.int16))))


def test_without_the_extra_the_command_is_named(brain, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **settings):
        if name.split(".")[0] in ("nibabel", "nilearn"):
            raise ImportError(name)
        return real(name, *args, **settings)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"interplay\[fmri\]"):
        ip.load(brain[0], atlas=str(brain[1]))
