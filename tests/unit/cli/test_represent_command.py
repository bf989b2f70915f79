"""`interplay represent`: files in and out, wrong usage, bad data, and going on after Ctrl-C."""

import json

import numpy as np
import pytest
from tests.unit.job.toy_model import Toy

from interplay.cli import EXIT_DATA, EXIT_DONE, EXIT_STOPPED, EXIT_USAGE
from interplay.cli.app import call
from interplay.data import Events, Recording, Snapshots
from interplay.io import save_nwb, save_snapshots
from interplay.io.npz import load_arrays, load_header, save_arrays
from interplay.job import embedding_alone
from interplay.represent import METHODS


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(METHODS._table, "tavrnn", "tests.unit.job.toy_model:Toy")
    Toy.done.clear()


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def dense(n_windows=6):
    w = np.zeros((n_windows, 5, 5))
    for t in range(n_windows):
        w[t, t % 3, 3] = w[t, 3, t % 3] = w[t, 0, 4] = w[t, 4, 0] = 0.5
    return w


def stored(path, w, *, directed=False, names=None):
    bounds = np.column_stack([np.arange(len(w)) * 2.0, np.arange(len(w)) * 2.0 + 2.0])
    about = None if names is None else {"names": names}
    save_snapshots(Snapshots.from_dense(w, bounds, directed=directed), path, about=about)
    return str(path)


def test_help_shows_the_models_and_the_settings(capsys):
    assert call(["represent", "--help"]) == EXIT_DONE
    out = capsys.readouterr().out
    for text in ("tavrnn, vgrnn", "semba", "--latent", "--set", "--train-until", "--undirected", "embedding.npz"):
        assert text in out


def test_networks_become_an_embedding(capsys, toy, tmp_path):
    path = stored(tmp_path / "s.npz", dense(), names=list("abcde"))
    assert call(["represent", path, "--latent", "3", "--seed", "4", "-o", "e.npz"]) == EXIT_DONE
    out = capsys.readouterr().out
    assert "tavrnn: 5 nodes in 6 windows, 3 numbers each" in out
    assert "note: a toy" in out
    found, header = load_arrays(tmp_path / "e.npz"), load_header(tmp_path / "e.npz")
    assert found["embedding"].shape == (6, 5, 3)
    assert found["bounds_s"][1].tolist() == [2.0, 4.0]
    assert found["node"].tolist() == [0, 1, 2, 3, 4]
    assert {"present", "trained", "loss/loss", "reconstruction/auc", "prediction/auc", "parameters/w"} <= set(found)
    assert (header["names"], header["seed"], header["config"]["latent"]) == (list("abcde"), 4, 3)


def test_a_csv_has_a_row_per_node_and_window(toy, tmp_path):
    path = stored(tmp_path / "s.npz", dense(), names=list("abcde"))
    assert call(["represent", path, "--nodes", "4", "-o", "e.csv"]) == EXIT_DONE
    rows = [line.split(",") for line in (tmp_path / "e.csv").read_text().splitlines()]
    assert rows[0][:4] == ["window", "start_s", "stop_s", "node"]
    assert rows[0][4:] == [f"z{d}" for d in range(8)]
    assert len(rows) == 1 + 6 * 4
    assert {row[3] for row in rows[1:]} == {"a", "b", "d", "e"}


def test_the_real_model_is_behind_it(capsys, tmp_path):
    path = stored(tmp_path / "s.npz", dense())
    options = ["--epochs", "2", "--hidden", "4", "--latent", "2", "--set", "convolution=sage", "--set", "window=3"]
    assert call(["represent", path, *options, "--train-until", "8", "-o", "e.npz"]) == EXIT_DONE
    assert "trained for 2 epochs" in capsys.readouterr().out
    found = load_arrays(tmp_path / "e.npz")
    assert found["attention"].shape == (6, 6)
    assert found["attention"][5, 2] == 0
    assert found["trained"].tolist() == [True, True, True, True, False, False]
    assert load_header(tmp_path / "e.npz")["config"]["convolution"] == "sage"


@pytest.mark.parametrize(
    ("options", "epochs", "warm_up"),
    [
        (["--epochs", "3"], 3, 2),
        (["--set", "epochs=2"], 2, 1),
        (["--epochs", "3", "--set", "warm_up=0"], 3, 0),
        (["--set", "patience=1", "--set", "warm_up=0", "--set", "tolerance=0.9"], 400, 0),
    ],
)
def test_most_of_a_short_training_is_warm_up(capsys, tmp_path, options, epochs, warm_up):
    path = stored(tmp_path / "s.npz", dense())
    assert call(["represent", path, "--hidden", "4", "--latent", "2", *options, "-o", "e.npz"]) == EXIT_DONE
    config = load_header(tmp_path / "e.npz")["config"]
    assert (config["epochs"], config["warm_up"]) == (epochs, warm_up)
    assert f"The warm-up took {warm_up} of at most {epochs} epochs" in capsys.readouterr().out


def test_a_recording_is_inferred_first(toy, tmp_path):
    rng = np.random.default_rng(1)
    trains = [np.sort(rng.uniform(0, 100, 300)) for _ in range(6)]
    save_nwb(Recording(events=Events.from_trains(trains, span=(0.0, 100.0))), tmp_path / "r.nwb")
    options = ["--window-s", "20", "--surrogates", "0", "--threshold", "proportional", "--density", "0.4"]
    assert call(["represent", "r.nwb", *options, "-o", "e.npz"]) == EXIT_DONE
    assert load_arrays(tmp_path / "e.npz")["embedding"].shape == (9, 6, 8)


@pytest.mark.parametrize("undirected", [False, True])
def test_directed_networks_are_taken_only_where_that_is_said(capsys, toy, tmp_path, undirected):
    w = dense()
    w[:, 3] = 0
    path = stored(tmp_path / "s.npz", w, directed=True)
    assert call(["represent", path, *["--undirected"] * undirected]) == (EXIT_DONE if undirected else EXIT_DATA)
    said = capsys.readouterr()
    assert ("no directions" in said.out) if undirected else ("Pass --undirected" in said.err)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["absent.npz"], EXIT_DATA, "absent.npz"),
        (["s.npz", "-o", "e.txt"], EXIT_USAGE, "`out` must end in .npz or .csv"),
        (["s.npz", "--set", "convolution"], EXIT_USAGE, "must be written key=value"),
        (["s.npz", "--set", "convolutoin=sage"], EXIT_USAGE, "did you mean 'convolution'"),
        (["s.npz", "--set", "convolution=cheb"], EXIT_USAGE, "convolution"),
        (["s.npz", "--latent", "0"], EXIT_USAGE, "`latent`"),
        (["s.npz", "--train-until", "0.5"], EXIT_DATA, "`train_until` must leave a window"),
        (["s.npz", "--node-features", "rates"], EXIT_USAGE, "must come with the recording"),
        (["empty.npz"], EXIT_DATA, "at least 3 nodes, and 3 windows"),
        (["arrays.npz"], EXIT_DATA, "arrays.npz"),
        (["e.csv", "--recording", "r.nwb"], EXIT_USAGE, "`recording` must be left out"),
        (["s.npz", "--recording", "r.nwb"], EXIT_USAGE, "the features 'identity' do not read it"),
        (["s.npz", "-m", "statistics", "--recording", "r.nwb"], EXIT_USAGE, "has features of its own"),
        (["s.npz", "-m", "statistics", "--node-features", "rates"], EXIT_USAGE, "statistics has no such setting"),
        (["s.npz", "--latent", "16", "--set", "latent=4"], EXIT_USAGE, "got `--latent 16` and `--set latent=4`"),
        (["s.npz", "--epochs", "3", "--set", "epochs=4"], EXIT_USAGE, "`epochs` must be said once"),
        (["s.npz", "--seed", "0", "--set", "seed=0"], EXIT_USAGE, "`seed` must be said once"),
        (["s.npz", "--node-features", "degree", "--set", "features=walks"], EXIT_USAGE, "`features` must be said once"),
        (["s.npz", "--set", "window=2", "--set", "window=3"], EXIT_USAGE, "`window` must be said once"),
        (["s.npz", "--window-s", "3"], EXIT_USAGE, "`--window-s` must be left out where the input holds networks"),
        (["s.npz", "--hint", "rate_hz=2"], EXIT_USAGE, "`--hint` must be left out where the input holds networks"),
        (["s.npz", "--density", "0.1"], EXIT_USAGE, "`--density` must be left out where the input holds networks"),
        (["s.npz", "--surrogates", "0"], EXIT_USAGE, "`--surrogates` must be left out where the input holds networks"),
        (["s.npz", "--epochs", "0"], EXIT_USAGE, "got 0"),
        (["s.npz", "--nodes", "2"], EXIT_USAGE, "`nodes` must be a whole number >= 3, got 2"),
        (["s.npz", "--set", "window=abc"], EXIT_USAGE, "`window` must be a whole number >= 1, got 'abc'"),
        (["s.npz", "--set", "seed=x"], EXIT_USAGE, "`seed` must be a whole number >= 0, got 'x'"),
        (["embedded.npz"], EXIT_DATA, "got embedded.npz, which is an embedding already"),
        (["s.npz", "-o", "s.npz"], EXIT_USAGE, "must be another file than the input, got s.npz for both"),
        (
            ["s.npz", "--recording", "r.csv", "-o", "r.csv"],
            EXIT_USAGE,
            "must be another file than the input, got r.csv",
        ),
        (["s.npz", "-o", "no/e.npz"], EXIT_USAGE, "`--out` must lie in a folder that exists"),
        (["s.npz", "-o", "E.NPZ"], EXIT_USAGE, "Write it in small letters: E.npz"),
    ],
)
def test_a_wrong_call_ends_in_one_paragraph_and_its_code(capsys, tmp_path, arguments, code, words):
    stored(tmp_path / "s.npz", dense())
    stored(tmp_path / "empty.npz", np.zeros((6, 5, 5)))
    np.savez(tmp_path / "arrays.npz", x=np.arange(3))
    save_arrays(tmp_path / "embedded.npz", {"x": np.arange(3)}, header={"holds": "Embedding"})
    before = (tmp_path / "s.npz").read_bytes()
    (tmp_path / "e.csv").write_text("src,dst,time\n" + "\n".join(f"{k % 3},{(k + 1) % 3},{k}" for k in range(90)))
    assert call(["represent", *arguments]) == code
    message = capsys.readouterr().err
    assert words in message
    assert "Traceback" not in message
    assert not list(tmp_path.glob("embedding*"))
    assert (tmp_path / "s.npz").read_bytes() == before


def test_the_same_command_goes_on_after_ctrl_c(capsys, toy, monkeypatch, tmp_path):
    path = stored(tmp_path / "s.npz", dense())
    from interplay.cli.progress import Bars

    def stage(self, name):
        def report(done, total):
            if name == "represent" and done == 3:
                raise KeyboardInterrupt

        return report

    with monkeypatch.context() as patched:
        patched.setattr(Bars, "stage", stage)
        assert call(["represent", path]) == EXIT_STOPPED
    assert "Stopped. The same command goes on inside training" in capsys.readouterr().err
    assert [json.loads(p.read_text()) for p in tmp_path.glob("embedding.npz.*.checkpoint")] == [3]
    assert not (tmp_path / "embedding.npz").exists()
    assert call(["represent", path]) == EXIT_DONE
    assert Toy.done == [0, 1, 2, 3]
    assert [p.name for p in tmp_path.glob("embedding*")] == ["embedding.npz"]


def test_a_stop_before_there_is_a_checkpoint_promises_none(capsys, toy, monkeypatch, tmp_path):
    path = stored(tmp_path / "s.npz", dense())

    def stop(*_, **__):
        raise KeyboardInterrupt

    for place in ("embeddable", "fit_and_embed"):
        with monkeypatch.context() as patched:
            patched.setattr(embedding_alone, place, stop)
            assert call(["represent", path]) == EXIT_STOPPED
        said = capsys.readouterr().err
        assert "This call had nothing to keep yet" in said
        assert "inside training" not in said


@pytest.mark.parametrize("command", [["infer"], ["measure"]])
def test_no_command_writes_over_its_input(capsys, tmp_path, command):
    (tmp_path / "ev.csv").write_text("src,dst,time\n0,1,1\n")
    assert call([*command, "ev.csv", "-o", "ev.csv"]) == EXIT_USAGE
    assert "`out` must be another file than the input, got ev.csv for both. Name another." in capsys.readouterr().err
    assert (tmp_path / "ev.csv").read_text() == "src,dst,time\n0,1,1\n"
