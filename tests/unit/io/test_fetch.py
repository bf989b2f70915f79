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


@pytest.fixture
def about(table):
    """The same set as its makers describe others: an MD5 sum, and a size that is not known to the byte."""
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    return {"toy": replace(table["toy"], sha256="", md5=md5, size=int(0.9 * len(CONTENT)), exact=False)}


def test_a_set_with_an_md5_sum_and_a_size_known_about(server, about, tmp_path):
    steps = []
    path = fetch("toy", tmp_path, progress=lambda done, total: steps.append((done, total)), datasets=about)
    assert path.read_bytes() == CONTENT
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert all(done <= total for done, total in steps)
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(DataError, match=r"must have the MD5 sum .* about \d+ expected"):
        fetch("toy", tmp_path, datasets=about)


def test_a_transfer_of_unknown_size_goes_on_and_a_whole_one_is_not_fetched_again(server, about, tmp_path):
    server[0].mode = "half"
    with pytest.raises(DataError, match="the transfer stopped after"):
        fetch("toy", tmp_path, datasets=about)
    kept = (tmp_path / "toy.csv.part").stat().st_size
    server[0].mode = "good"
    assert fetch("toy", tmp_path, datasets=about).read_bytes() == CONTENT
    assert server[0].seen[-1] == f"bytes={kept}-"
    (tmp_path / "toy.csv").rename(tmp_path / "toy.csv.part")
    asked = len(server[0].seen)
    assert fetch("toy", tmp_path, datasets=about).read_bytes() == CONTENT
    assert len(server[0].seen) == asked


def test_more_than_twice_the_size_is_refused(server, about, tmp_path):
    small = {"toy": replace(about["toy"], size=len(CONTENT) // 3)}
    with pytest.raises(DataError, match="sends more than"):
        fetch("toy", tmp_path, datasets=small)
    (tmp_path / "toy.csv.part").write_bytes(CONTENT)
    wrong = {"toy": replace(small["toy"], md5="0" * 32)}
    with pytest.raises(DataError, match=r"toy.csv.part is larger than the data set"):
        fetch("toy", tmp_path, datasets=wrong)


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
    words, kind, digits = entry.checksum
    assert (words, len(digits)) in (("SHA-256", 64), ("MD5", 32))
    assert hashlib.new(kind).digest_size * 2 == len(digits)
    assert not (entry.sha256 and entry.md5)
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


@pytest.mark.parametrize("name", sorted(LOCAL))
def test_entries_fit_the_local_copies_and_their_hints_load_them(data_dir, name, tmp_path):
    entry = DATASETS[name]
    raw = (data_dir / LOCAL[name]).read_bytes()
    assert len(raw) == entry.size
    (tmp_path / entry.file).write_bytes(raw)
    assert ip.load(fetch(name, tmp_path), **entry.hints).notes


@pytest.mark.net
@pytest.mark.parametrize("name", sorted(DATASETS))
def test_entries_can_be_fetched(name, tmp_path):
    if DATASETS[name].size > 1e8:
        pytest.skip("too large to be fetched in a test")
    size = fetch(name, tmp_path).stat().st_size
    assert size == DATASETS[name].size or not DATASETS[name].exact
