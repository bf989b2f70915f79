"""The represent stage inside a run: what it leaves, resumes, reuses and says; every method; networks it cannot take."""

import json

import numpy as np
import pytest
from tests.unit.job.toy_model import Toy

from interplay._core.errors import DataError
from interplay.io import save_nwb
from interplay.io.npz import load_arrays, load_header
from interplay.job import Plan, pipeline, report_again, run, training_size
from interplay.job.representing import split
from interplay.job.trainings import LABELS
from interplay.represent import METHODS
from interplay.spiking import Assemblies

SETTINGS = {"surrogates": 20, "nulls": 1, "permutations": 19, "behavior": "context", "folds": 3}
SMALL = {"hidden": 4, "latent": 2, "epochs": 2, "embedding_seeds": 2}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("input") / "small.nwb"
    save_nwb(Assemblies(n_units=12, n_assemblies=2, duration_s=120.0, context_s=(10, 20), seed=3).simulate(), path)
    return path


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(METHODS._table, "tavrnn", "tests.unit.job.toy_model:Toy")
    Toy.done.clear()


@pytest.fixture(autouse=True)
def no_page(monkeypatch):
    """Leave out the page, which takes most of a small run's time; the tests of the pipeline read it."""
    monkeypatch.setattr(pipeline, "write_page", lambda *_, **__: "no page")


def plan_of(source, **changes):
    return Plan.of(input=str(source), **({"window_s": 12.0} | SETTINGS | SMALL | changes))


class Stopper:
    """Stops a run at the n-th word of one stage."""

    def __init__(self, name=None, after=0):
        self.name, self.left, self.reused = name, after, {}

    def stage(self, name):
        def progress(done, total):
            if name == self.name:
                self.left -= 1
                if self.left == 0:
                    raise KeyboardInterrupt

        return progress

    def done(self, name, *, reused, seconds):
        self.reused[name] = reused


def test_a_stop_inside_training_loses_no_epoch(toy, source, tmp_path):
    plan = plan_of(source, epochs=5)
    run(plan, tmp_path / "undisturbed")
    whole = len(Toy.done)
    assert whole == 5 * 2 * 2 * 2  # epochs, seeds, protocols, windows of the network and of the read-out
    Toy.done.clear()
    for after in (3, 10, 17):
        with pytest.raises(KeyboardInterrupt):
            run(plan, tmp_path / "stopped", observer=Stopper("represent", after))
    run(plan, tmp_path / "stopped")
    assert len(Toy.done) == whole
    names = {p.name for p in (tmp_path / "stopped" / "stages").iterdir()}
    assert not [name for name in names if name.startswith("training-")]
    for name in ("embedding.npz", "stages/represent.npz", "stages/readout.npz", "summary.json"):
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()


def test_only_what_shapes_the_embedding_trains_it_again(toy, source, tmp_path):
    run(plan_of(source), tmp_path)
    for change, again in (({"permutations": 20}, False), ({"nulls": 2}, False), ({"latent": 3}, True)):
        watcher = Stopper()
        run(plan_of(source, **change), tmp_path, observer=watcher)
        assert watcher.reused["represent"] is not again


@pytest.mark.parametrize("method", list(LABELS))
def test_every_method_is_joined_to_the_run(source, tmp_path, method):
    done = run(plan_of(source, represent=method), tmp_path)
    rows = {r.name: r for r in done.readouts[0].rows}
    assert {f"{LABELS[method]}, mean over units", f"{LABELS[method]}, units"} <= set(rows)
    assert rows[f"{LABELS[method]}, units"].n_seeds == 2
    assert [r.train_until is None for r in (*done.readouts, *done.later_readouts)] == [True, False]
    found = done.summary["representation"]
    assert found["method"] == method
    assert found["seeds"] == [0, 1]
    assert set(found["links_auc"]) == {"all", "later"}
    assert "persistence" in found["links_auc"]["later"]
    assert f"{LABELS[method]}, units" in done.summary_text
    assert "mean of 2 seeds, spread" in done.summary_text


def test_embedding_npz_holds_what_the_page_says(source, tmp_path):
    done = run(plan_of(source), tmp_path)
    found, header = load_arrays(tmp_path / "embedding.npz"), load_header(tmp_path / "embedding.npz")
    n_windows = len(done.network.snapshots)
    assert found["embedding"].shape == (n_windows, 12, 2)
    assert found["embedding_of_seed"].shape == (2, n_windows, 12, 2)
    assert np.array_equal(found["embedding_of_seed"][0], found["embedding"])
    assert found["attention"].shape == (n_windows, n_windows)
    assert found["trained"].all()
    assert 0 < found["trained_past"].sum() < n_windows
    until = header["until_s"]
    assert (found["bounds_s"][found["trained_past"], 1] <= until).all()
    assert (header["method"], header["config"]["latent"]) == ("tavrnn", 2)
    assert header["notes"] == list(done.representation.notes)


def test_none_leaves_nothing_behind(source, tmp_path):
    run(plan_of(source), tmp_path)
    done = run(plan_of(source, represent="none"), tmp_path)
    assert done.representation is None
    assert done.later_readouts == ()
    assert not (tmp_path / "embedding.npz").exists()
    assert done.summary["representation"] == {"method": None, "reason": "None was asked for."}
    assert not any("TAVRNN" in row.name for row in done.readouts[0].rows)


def test_a_network_without_edges_has_no_embedding_and_says_why(toy, tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("src,dst,time\n" + "\n".join(f"{k % 3},{(k + 1) % 3},{k / 10}" for k in range(3)) + "\n0,1,99\n")
    plan = Plan.of(input=str(path), nulls=1, **SMALL)
    done = run(plan, tmp_path / "out")
    assert done.representation is None
    assert "at least 3 nodes, and 3 windows" in done.summary["representation"]["reason"]
    assert "no embedding: " in done.summary_text
    with pytest.raises(DataError, match="at least 3 nodes, and 3 windows"):
        run(plan.model_copy(update={"represent": "vgae"}), tmp_path / "other")


def test_the_report_of_a_folder_that_knew_no_embedding_gets_one(toy, source, tmp_path, monkeypatch):
    monkeypatch.setattr(training_size, "_EPOCHS", 4)
    monkeypatch.setattr(training_size, "_LEAST_EPOCHS", 4)
    run(plan_of(source, represent="none"), tmp_path)
    lines = (tmp_path / "plan.toml").read_text().splitlines()
    known = ("represent", "latent", "hidden", "epochs", "node_features", "embedding_", "train_share", "device")
    old = [line for line in lines if not line.lstrip("# ").startswith(known)]
    (tmp_path / "plan.toml").write_text("\n".join(old) + "\n")
    assert "represent" not in (tmp_path / "plan.toml").read_text()
    report_again(tmp_path)
    assert (tmp_path / "embedding.npz").is_file()
    assert json.loads((tmp_path / "summary.json").read_text())["representation"]["method"] == "toy"


def test_the_past_ends_by_a_share_of_the_windows():
    bounds = np.column_stack([np.arange(10.0), np.arange(10.0) + 2.0])
    assert split(bounds, 0.6) == 7.0
    assert split(bounds, 0.01) == 2.0
    assert (bounds[:, 1] <= split(bounds, 0.6)).sum() == 6
