"""Studies as pipelines leave them: what is found, what is told, what is refused."""

import json

import numpy as np
import pytest
from tests.unit.io.study_files import NAMES, edges, signals, small_study, table

import interplay as ip
from interplay._core.errors import ConfigError, DataError
from interplay.data import Cohort, Recording
from interplay.io import ingest_cohort, sniff


@pytest.fixture
def study(tmp_path):
    root = tmp_path / "study"
    return root, small_study(root)


def test_a_study_is_what_its_files_hold(study):
    root, truth = study
    cohort = ip.load(root)
    assert sniff(root) == "bids"
    assert isinstance(cohort, Cohort)
    assert cohort.dt_s == 0.8
    assert cohort.regions.id.tolist() == list(NAMES)
    assert cohort.regions.group.tolist() == ["Vis", "Default", "Vis", ""]
    assert list(zip(cohort.subject.tolist(), cohort.session.tolist(), strict=True)) == sorted(truth)
    for s in range(len(cohort)):
        x, w = truth[str(cohort.subject[s]), str(cohort.session[s])]
        np.testing.assert_array_equal(cohort.scan(s), x)
        assert cohort.has_structure[s] == (w is not None)
        if w is not None:
            np.testing.assert_array_equal(cohort.matrix(s), w)
    np.testing.assert_array_equal(cohort.covariate("age"), [31, 31, np.nan, np.nan, np.nan, np.nan])
    assert cohort.covariate("sex").tolist() == ["M", "M", "F", "F", "", ""]
    assert any("'03'" in note and "not in participants.tsv" in note for note in cohort.notes)
    assert any("'09'" in note and "no scan" in note for note in cohort.notes)


def test_a_study_becomes_a_folder_scan_by_scan(study, tmp_path):
    root, _ = study
    out = ingest_cohort(root, tmp_path / "cohort")
    assert ip.load(out).digest == ip.load(root).digest


def test_shared_structure_is_stored_once(tmp_path):
    root, rng = tmp_path / "s", np.random.default_rng(0)
    for session in ("1", "2"):
        signals(root, "a", session, values=rng.normal(size=(5, 4)))
    edges(root, "a", values=np.eye(4))
    cohort = ip.load(root, dt_s=2)
    assert cohort.structure.shape == (1, 4, 4)
    assert cohort.structure_of.tolist() == [0, 0]
    assert ip.load(ingest_cohort(root, tmp_path / "c", dt_s=2)).digest == cohort.digest


def test_runs_and_tasks_become_sessions(tmp_path):
    for task, run in (("rest", "1"), ("rest", "2"), ("movie", "1")):
        signals(tmp_path, "a", "x", values=np.ones((3, 4)), more=f"task-{task}_run-{run}")
    signals(tmp_path, "b", values=np.ones((3, 4)), more="task-rest_run-1")
    cohort = ip.load(tmp_path, dt_s=1)
    assert cohort.session.tolist() == [
        "x_task-movie_run-1",
        "x_task-rest_run-1",
        "x_task-rest_run-2",
        "task-rest_run-1",
    ]
    only = ip.load(tmp_path, dt_s=1, select="task-rest,run-2,run-3")
    assert only.session.tolist() == ["x"]


def test_regions_in_another_order_are_put_in_order_and_it_is_said(tmp_path):
    x = np.arange(12.0).reshape(3, 4)
    signals(tmp_path, "a", values=x)
    signals(tmp_path, "b", values=x[:, ::-1], names=NAMES[::-1])
    edges(tmp_path, "b", values=np.diag([4.0, 3, 2, 1]), names=NAMES[::-1])
    cohort = ip.load(tmp_path, dt_s=1)
    np.testing.assert_array_equal(cohort.scan(0), cohort.scan(1))
    np.testing.assert_array_equal(cohort.matrix(1), np.diag([1.0, 2, 3, 4]))
    assert sum("another order" in note for note in cohort.notes) == 2


def test_an_other_atlas_is_refused_with_the_difference_named(tmp_path):
    signals(tmp_path, "a", values=np.ones((3, 4)))
    signals(tmp_path, "b", values=np.ones((3, 4)), names=(*NAMES[:3], "caudate"))
    with pytest.raises(DataError, match=r"sub-b.*lacks 'thalamus', and has 'caudate' besides") as caught:
        ip.load(tmp_path, dt_s=1)
    assert "\n" not in str(caught.value)
    signals(tmp_path, "b", values=np.ones((3, 5)), names=None)
    with pytest.raises(DataError, match=r"has 5 regions, the atlas has R=4"):
        ip.load(tmp_path, dt_s=1)


def test_several_atlases_need_a_choice(tmp_path):
    signals(tmp_path, "a", values=np.ones((3, 4)), more="atlas-S4")
    signals(tmp_path, "a", values=np.ones((3, 2)), more="atlas-S2", names=("L", "R"))
    edges(tmp_path, "a", values=np.eye(2), more="atlas-S2")
    with pytest.raises(DataError, match=r"one atlas, got 'S2', 'S4'.*`atlas`"):
        ip.load(tmp_path, dt_s=1)
    cohort = ip.load(tmp_path, dt_s=1, atlas="S2")
    assert cohort.n_regions == 2
    assert cohort.has_structure.all()
    with pytest.raises(DataError, match="one of S2, S4; got 'S3'"):
        ip.load(tmp_path, dt_s=1, atlas="S3")


def test_an_atlas_of_another_name_is_refused_where_names_cannot_be_compared(tmp_path):
    signals(tmp_path, "a", values=np.ones((3, 4)))
    edges(tmp_path, "a", values=np.eye(4), more="atlas-AAL")
    with pytest.raises(DataError, match="the atlas of the signals, 'S4': its name says 'AAL'"):
        ip.load(tmp_path, dt_s=1)
    edges(tmp_path, "a", values=np.eye(4), more="atlas-AAL", names=NAMES)
    assert ip.load(tmp_path, dt_s=1).has_structure.all()


def test_two_files_for_one_place_need_a_choice(tmp_path):
    for space in ("MNI", "native"):
        signals(tmp_path, "a", values=np.ones((3, 4)), more=f"space-{space}")
        edges(tmp_path, "a", values=np.eye(4), more=f"desc-{space}")
    with pytest.raises(DataError, match=r"one file of connectivity per scan.*`select`"):
        ip.load(tmp_path, dt_s=1, select="space-MNI")
    with pytest.raises(DataError, match="one file of function per scan"):
        ip.load(tmp_path, dt_s=1, select="desc-MNI")
    assert len(ip.load(tmp_path, dt_s=1, select="space-MNI,desc-native")) == 1
    edges(tmp_path, "a", values=np.zeros((4, 4)), more="atlas-S4")
    assert ip.load(tmp_path, dt_s=1, select="space-MNI,desc-native").matrix(0)[0, 0] == 1
    with pytest.raises(ConfigError, match="`select` must be words key-value"):
        ip.load(tmp_path, select="rest")


def test_a_choice_that_leaves_nothing_is_refused(study, tmp_path):
    root, _ = study
    with pytest.raises(DataError, match=r"keep some of the 6 file\(s\) of function, got 'task-movie'.*'task-rest'"):
        ip.load(root, select="task-movie")
    (tmp_path / "atlas.nii").write_bytes(b"x")
    with pytest.raises(DataError, match="holds no volumes"):
        ip.load(root, atlas=str(tmp_path / "atlas.nii"))


def test_maps_of_one_value_and_functional_matrices_are_no_scans(tmp_path):
    signals(tmp_path, "a", values=np.ones((3, 4)), more="stat-mean")
    for name in ("sub-a_stat-coverage_bold.tsv", "sub-a_stat-pearson_relmat.tsv", "sub-a_desc-filtered_motion.tsv"):
        table(tmp_path / "sub-a" / "func" / name, np.ones((4, 4)))
    cohort = ip.load(tmp_path, dt_s=1)
    assert len(cohort) == 1
    assert not cohort.has_structure.any()
    table(tmp_path / "sub-a" / "func" / "sub-a_desc-effective_connectivity.tsv", -np.eye(4), None)
    np.testing.assert_array_equal(ip.load(tmp_path, dt_s=1).matrix(0), -np.eye(4))


def test_the_step_is_never_guessed(tmp_path):
    path = signals(tmp_path, "a", values=np.ones((3, 4)))
    with pytest.raises(DataError, match=r"step between samples is not known.*`dt_s`"):
        ip.load(tmp_path)
    side = path.with_suffix(".json")
    side.write_text(json.dumps({"SamplingFrequency": 4}))
    assert ip.load(tmp_path).dt_s == 0.25
    assert ip.load(tmp_path, dt_s=3).dt_s == 3
    found = ip.load(path)
    assert isinstance(found, Recording)
    assert found.traces.time.tolist() == [0, 0.25, 0.5]
    assert found.units.id.tolist() == list(NAMES)
    side.write_text(json.dumps({"RepetitionTime": "2 s"}))
    with pytest.raises(DataError, match="RepetitionTime must be a number > 0"):
        ip.load(tmp_path)
    side.write_text(json.dumps({"RepetitionTime": 2}))
    other = signals(tmp_path, "b", values=np.ones((3, 4)))
    other.with_suffix(".json").write_text(json.dumps({"RepetitionTime": 0.72}))
    with pytest.raises(DataError, match=r"one step between samples.*0\.72 s.*2 s"):
        ip.load(tmp_path)


def test_structure_alone_is_a_cohort(tmp_path):
    for subject in "ab":
        edges(tmp_path, subject, values=np.eye(4), names=NAMES)
    cohort = ip.load(tmp_path)
    assert cohort.series is None
    assert cohort.regions.id.tolist() == list(NAMES)
    assert ip.load(ingest_cohort(tmp_path, tmp_path / "out")).digest == cohort.digest


def test_missing_entries_are_whole_regions_or_an_error(tmp_path):
    w = np.ones((4, 4))
    w[2], w[:, 2], w[0, 0] = np.nan, np.nan, np.nan
    edges(tmp_path, "a", values=w)
    cohort = ip.load(tmp_path)
    assert cohort.matrix(0)[0, 0] == 0
    assert np.isnan(cohort.matrix(0)).sum() == 7
    assert any("1 missing values on the diagonal" in note for note in cohort.notes)
    w[0, 1] = np.nan
    edges(tmp_path, "a", values=w)
    with pytest.raises(DataError, match=r"entry \[0, 1\] is missing alone"):
        ip.load(tmp_path)
    w = np.ones((4, 4))
    w[2] = np.nan
    edges(tmp_path, "a", values=w)
    with pytest.raises(DataError, match=r"entry \[2, 0\] is missing alone"):
        ip.load(tmp_path)


def test_signals_that_are_partly_or_wholly_missing(tmp_path):
    x = np.ones((3, 4))
    x[1, 2] = np.nan
    signals(tmp_path, "a", values=x)
    assert any("1 region(s) lack some samples" in note for note in ip.load(tmp_path, dt_s=1).notes)
    signals(tmp_path, "b", values=np.full((3, 4), np.nan))
    with pytest.raises(DataError, match=r"sub-b.*no sample that is not missing"):
        ip.load(tmp_path, dt_s=1)


def test_a_file_of_a_study_knows_the_sidecars_of_the_study(study):
    root, truth = study
    found = ip.load(root / "sub-01/ses-pre/func/sub-01_ses-pre_task-rest_atlas-S4_timeseries.tsv")
    assert found.traces.time[1] == 0.8
    np.testing.assert_array_equal(found.traces.values, truth["01", "pre"][0])


def test_what_matters_of_a_matrix_is_said_once(study):
    notes = ip.load(study[0]).notes
    assert sum("rows are taken as sources" in note for note in notes) == 1


def test_confounds_are_for_volumes(study):
    with pytest.raises(ConfigError, match="`confound_columns` is for volumes"):
        ip.load(study[0], confound_columns="a")


def test_sessions_have_their_own_covariates(study):
    root, _ = study
    (root / "sub-01" / "sub-01_sessions.tsv").write_text("session_id\tage\nses-pre\t31\nses-post\t33\n")
    assert ip.load(root).covariate("age")[:2].tolist() == [33, 31]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("who\tage\n01\t3\n", "must have a header with participant_id"),
        ("participant_id\tage\nsub-01\n", "row 2 has 1 fields, 2 are needed"),
        ("participant_id\tage\nsub-01\t1\nsub-01\t2\n", "row 3 must name a new participant_id"),
    ],
)
def test_a_damaged_table_of_participants_is_told(study, text, message):
    root, _ = study
    (root / "participants.tsv").write_text(text)
    with pytest.raises(DataError, match=message):
        ip.load(root)


def test_labels_name_regions_and_networks(tmp_path):
    signals(tmp_path, "a", values=np.ones((3, 4)), names=None)
    with pytest.raises(DataError, match=r"must name the R=4 regions"):
        ip.load(tmp_path, dt_s=1, labels=_label_file(tmp_path, "short.txt", "A\nB\n"))
    plain = ip.load(tmp_path, dt_s=1, labels=_label_file(tmp_path, "names.txt", "A\nB\nC\nD\n"))
    assert plain.regions.id.tolist() == list("ABCD")
    text = "index\tlabel\tnetwork_label\n0\tBackground\tn/a\n1\tA\tVis\n2\tB\tn/a\n3\tC\tVis\n4\tD\tCont\n"
    (tmp_path / "atlas-S4_dseg.tsv").write_text(text)
    found = ip.load(tmp_path, dt_s=1)
    assert found.regions.id.tolist() == list("ABCD")
    assert found.regions.group.tolist() == ["Vis", "", "Vis", "Cont"]
    with pytest.raises(DataError, match="a name of its own, got 'A'"):
        ip.load(tmp_path, dt_s=1, labels=_label_file(tmp_path, "twice.txt", "A\nA\nB\nC\n"))


def _label_file(folder, name, text):
    (folder / name).write_text(text)
    return folder / name


def test_a_folder_without_scans_says_what_is_needed(tmp_path):
    (tmp_path / "participants.tsv").write_text("participant_id\nsub-1\n")
    with pytest.raises(DataError, match="holds no regional signals"):
        ip.load(tmp_path)
    (tmp_path / "sub-1" / "func").mkdir(parents=True)
    (tmp_path / "sub-1" / "func" / "sub-1_bold.nii.gz").write_bytes(b"\x1f\x8b")
    with pytest.raises(DataError, match=r"There are volumes.*`atlas`"):
        ip.load(tmp_path)
    with pytest.raises(ConfigError, match="`rows` means nothing for a BIDS derivative"):
        ip.load(tmp_path, rows="time")
