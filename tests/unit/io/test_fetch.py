import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

import interplay as ip
from interplay._core.errors import ConfigError, DataError
from interplay.io import DATASETS, fetch
from interplay.io.datasets import Dataset, cache_folder

CONTENT = b"src,dst,time\n" + b"".join(b"%d,%d,%d\n" % (k % 7, k % 5 + 7, k) for k in range(20000))


@pytest.fixture
def server():
    """A server on this machine that answers ranges, and can be told to stop half-way, to ignore ranges, or to fail."""

    class Handler(BaseHTTPRequestHandler):
        mode = "good"
        seen: ClassVar[list[str | None]] = []

        def do_GET(self):
            wanted = self.headers.get("Range")
            Handler.seen.append(wanted)
            if Handler.mode == "missing":
                self.send_error(404)
                return
            start = int(wanted[6:-1]) if wanted and Handler.mode != "no-ranges" else 0
            body = CONTENT[start:] if Handler.mode != "other" else CONTENT[::-1]
            body = body + b"more" if Handler.mode == "longer" else body
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if Handler.mode == "half" else body)

        def log_message(self, *_):
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Handler.seen = []
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    yield Handler, f"http://127.0.0.1:{web.server_port}/events.csv"
    web.shutdown()
    web.server_close()


@pytest.fixture
def table(server):
    entry = Dataset(
        name="toy", file="toy.csv", url=server[1], sha256=hashlib.sha256(CONTENT).hexdigest(), size=len(CONTENT),
        about="made up", licence="none", citation="none",
    )  # fmt: skip
    return {"toy": entry}


def test_a_set_is_fetched_once_checked_and_loaded(server, table, tmp_path):
    steps = []
    path = fetch("toy", tmp_path / "new", progress=lambda done, total: steps.append((done, total)), datasets=table)
    assert path.read_bytes() == CONTENT
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert [p.name for p in path.parent.iterdir()] == ["toy.csv"]
    assert fetch("toy", tmp_path / "new", datasets=table) == path
    assert len(server[0].seen) == 1
    assert len(ip.load(path)) == 20000


def test_an_interrupted_transfer_goes_on(server, table, tmp_path):
    server[0].mode = "half"
    with pytest.raises(DataError, match="could not be fetched from http"):
        fetch("toy", tmp_path, datasets=table)
    kept = (tmp_path / "toy.csv.part").stat().st_size
    assert 0 < kept < len(CONTENT)
    server[0].mode = "good"
    assert fetch("toy", tmp_path, datasets=table).read_bytes() == CONTENT
    assert server[0].seen[-1] == f"bytes={kept}-"


def test_a_server_without_ranges_starts_anew(server, table, tmp_path):
    (tmp_path / "toy.csv.part").write_bytes(b"xx")
    server[0].mode = "no-ranges"
    assert fetch("toy", tmp_path, datasets=table).read_bytes() == CONTENT


def test_a_wrong_checksum_is_refused_and_nothing_is_deleted(server, table, tmp_path):
    server[0].mode = "other"
    with pytest.raises(DataError, match="must have the SHA-256 sum"):
        fetch("toy", tmp_path, datasets=table)
    assert [p.name for p in tmp_path.iterdir()] == ["toy.csv.part"]
    (tmp_path / "toy.csv").write_text("mine")
    with pytest.raises(DataError, match="Move it away"):
        fetch("toy", tmp_path, datasets=table)
    assert (tmp_path / "toy.csv").read_text() == "mine"


def test_a_longer_answer_is_refused(server, table, tmp_path):
    server[0].mode = "longer"
    with pytest.raises(DataError, match="sends more than"):
        fetch("toy", tmp_path, datasets=table)
    assert not (tmp_path / "toy.csv").exists()


def test_missing_pages_and_no_network(server, table, tmp_path):
    server[0].mode = "missing"
    with pytest.raises(DataError, match=r"Not Found.*Check the connection"):
        fetch("toy", tmp_path, datasets=table)
    offline = {"toy": replace(table["toy"], url="http://127.0.0.1:9/none")}
    with pytest.raises(DataError, match=r"could not be fetched .* Check the connection"):
        fetch("toy", tmp_path, datasets=offline)
    with pytest.raises(ConfigError, match="did you mean 'toy'"):
        fetch("toi", tmp_path, datasets=table)


def test_the_cache_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("INTERPLAY_CACHE", str(tmp_path / "c"))
    assert cache_folder() == tmp_path / "c"
    monkeypatch.delenv("INTERPLAY_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "interplay"


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_every_entry_is_complete(name):
    entry = DATASETS[name]
    assert entry.name == name
    assert len(entry.sha256) == 64
    assert entry.url.startswith("https://")
    assert entry.size > 0
    assert entry.licence
    assert entry.citation


LOCAL = {
    "rat-linear-track": "rat_linear_track/spikes.mat",
    "zebrafish-tectum": "zebrafish_calcium/zf1.ca2",
    "simulated-labelled-spikes": "labelled_spikes/sim1917_long.npz",
    "college-messages": "college_msg/CollegeMsg.txt",
    "bitcoin-otc": "signed/ml_bitcoinotc.csv",
    "bitcoin-alpha": "signed/ml_bitcoinalpha.csv",
}


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_entries_fit_the_local_copies_and_their_hints_load_them(data_dir, name, tmp_path):
    entry = DATASETS[name]
    raw = (data_dir / LOCAL[name]).read_bytes()
    assert len(raw) == entry.size
    (tmp_path / entry.file).write_bytes(raw)
    assert ip.load(fetch(name, tmp_path), **entry.hints).notes


@pytest.mark.net
@pytest.mark.parametrize("name", sorted(DATASETS))
def test_entries_can_be_fetched(name, tmp_path):
    assert fetch(name, tmp_path).stat().st_size == DATASETS[name].size
