"""Streams as folders: what was committed is what is read, whatever happens to the writer."""

import json
import mmap

import numpy as np
import pytest

from interplay import load
from interplay._core.errors import ConfigError, DataError
from interplay.data import TemporalGraph
from interplay.io import EventWriter, index_events, ingest_events, open_events, sniff


def stream(n_events=50, n_nodes=7, features=None, kind=False, seed=0):
    rng = np.random.Generator(np.random.Philox(seed))
    return TemporalGraph(
        src=rng.integers(0, n_nodes, n_events),
        dst=rng.integers(0, n_nodes, n_events),
        time=np.sort(rng.integers(0, n_events // 2 + 1, n_events)).astype(float),
        weight=rng.standard_normal(n_events),
        n_nodes=n_nodes,
        span=(0.0, n_events + 1.0),
        features=None if features is None else rng.standard_normal((n_events, features)).astype(np.float32),
        kind=rng.integers(0, 3, n_events) if kind else None,
    )


def is_mapped(array):
    while isinstance(array, np.ndarray):
        array = array.base
    return isinstance(array, mmap.mmap)


def write(folder, graph, cuts=(17, 17, 40), **settings):
    with EventWriter(folder, n_nodes=graph.n_nodes, span=graph.span, **settings) as writer:
        for a, b in zip((0, *cuts), (*cuts, len(graph)), strict=True):
            part = graph.take(slice(a, b))
            writer.append(part.src, part.dst, part.time, part.weight, kind=part.kind, features=part.features)


@pytest.mark.parametrize("changes", [{}, {"features": 3}, {"kind": True, "features": 1}])
def test_a_stream_in_chunks_comes_back_with_its_digest_mapped(tmp_path, changes):
    graph = stream(**changes)
    write(tmp_path / "s", graph)
    found = open_events(tmp_path / "s")
    assert found.digest == graph.digest
    assert is_mapped(found.time)
    assert not found.time.flags.writeable
    assert sniff(tmp_path / "s") == "events"
    assert load(tmp_path / "s").digest == graph.digest


def test_windows_of_a_mapped_stream_copy_nothing(tmp_path):
    graph = stream()
    write(tmp_path / "s", graph)
    found = open_events(tmp_path / "s")
    part = found.window(3.0, 9.0)
    assert np.shares_memory(part.src, found.src)
    assert part.digest == graph.window(3.0, 9.0).digest


def test_the_index_on_disk_equals_the_one_in_memory_and_goes_stale_with_new_events(tmp_path):
    graph = stream()
    write(tmp_path / "s", graph)
    index_events(tmp_path / "s")
    mapped = open_events(tmp_path / "s").index
    assert isinstance(mapped.event, np.memmap)
    for name in ("offsets", "event", "other"):
        assert np.array_equal(getattr(mapped, name), getattr(graph.index, name))
    with EventWriter(tmp_path / "s") as writer:
        writer.append([0], [1], [graph.time[-1]], [2.0])
    fresh = open_events(tmp_path / "s")
    assert len(fresh) == 51
    assert not isinstance(fresh.index.event, np.memmap)
    assert 50 in fresh.index.event


def test_a_writer_that_fails_leaves_what_was_committed(tmp_path):
    graph = stream()
    write(tmp_path / "s", graph)
    writer = EventWriter(tmp_path / "s")
    writer.append([1], [2], [graph.time[-1]])
    writer.__exit__(RuntimeError, RuntimeError(), None)
    assert open_events(tmp_path / "s").digest == graph.digest
    assert (tmp_path / "s" / "src.bin").stat().st_size > 8 * len(graph)  # the bytes are there, and do not count
    with EventWriter(tmp_path / "s") as writer:
        writer.append([3], [4], [graph.time[-1]], [-7.0])
    found = open_events(tmp_path / "s")
    assert len(found) == 51
    assert (found.src[-1], found.dst[-1], found.weight[-1]) == (3, 4, -7.0)


def test_commits_count_one_by_one(tmp_path):
    with EventWriter(tmp_path / "s", n_nodes=3) as writer:
        writer.append([0], [1], [1.0])
        writer.commit()
        writer.append([1], [2], [2.0])
        assert len(open_events(tmp_path / "s")) == 1
    found = open_events(tmp_path / "s")
    assert len(found) == 2
    assert found.span == (1.0, 3.0)


def test_only_one_process_writes(tmp_path):
    with EventWriter(tmp_path / "s", n_nodes=3), pytest.raises(ConfigError, match="another process is writing"):
        EventWriter(tmp_path / "s", n_nodes=3)


@pytest.mark.parametrize(
    ("chunk", "message"),
    [
        (([0], [1], [0.5]), "must not decrease: it begins at 0.5"),
        (([0], [9], [3.0]), r"`dst` must lie in \[0, n_nodes=3\)"),
        (([0, 1], [1, 2], [4.0, 3.0]), "`time` must not decrease"),
        (([0], [1], [np.nan]), "`time` must be finite"),
        (([0], [1], [99.0]), r"must lie in span \[0.0, 10.0\)"),
        (([0, 1], [1], [3.0]), "must have shape"),
    ],
)
def test_chunks_that_do_not_fit_are_refused_and_change_nothing(tmp_path, chunk, message):
    with EventWriter(tmp_path / "s", n_nodes=3, span=(0.0, 10.0)) as writer:
        writer.append([0], [1], [2.0])
        with pytest.raises(DataError, match=message):
            writer.append(*chunk)
    assert len(open_events(tmp_path / "s")) == 1


def test_columns_must_stay_the_same(tmp_path):
    with EventWriter(tmp_path / "s", n_nodes=3) as writer:
        writer.append([0], [1], [2.0], features=[[1.0, 2.0]])
        with pytest.raises(DataError, match="every chunk must have the columns"):
            writer.append([0], [1], [2.0])
        with pytest.raises(DataError, match="must have F=2 columns, got 1"):
            writer.append([0], [1], [2.0], features=[[1.0]])


def test_settings_of_a_stream_that_is_there_are_its_own(tmp_path):
    with pytest.raises(ConfigError, match="`n_nodes` must be given"):
        EventWriter(tmp_path / "s")
    write(tmp_path / "t", stream())
    with pytest.raises(ConfigError, match="must be left out"):
        EventWriter(tmp_path / "t", n_nodes=7)


def test_other_folders_are_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    with pytest.raises(DataError, match="must be new, empty or a stream"):
        EventWriter(tmp_path / "mine", n_nodes=3)
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_damage_is_found(tmp_path):
    write(tmp_path / "s", stream())
    place = tmp_path / "s" / "weight.bin"
    raw = bytearray(place.read_bytes())
    raw[8] ^= 1
    place.write_bytes(bytes(raw))
    with pytest.raises(DataError, match="its checksum differs"):
        open_events(tmp_path / "s")
    place.write_bytes(bytes(raw[:80]))
    with pytest.raises(DataError, match="missing or shorter"):
        open_events(tmp_path / "s")
    manifest = tmp_path / "s" / "events.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"layout": 99}))
    with pytest.raises(DataError, match="has layout 99"):
        open_events(tmp_path / "s")


def test_an_empty_stream_says_so(tmp_path):
    with EventWriter(tmp_path / "s", n_nodes=3):
        pass
    with pytest.raises(DataError, match="holds no event yet"):
        open_events(tmp_path / "s")


def table(path, **columns):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    parquet.write_table(pa.table(columns), path)
    return path


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_parquet_in_batches_equals_the_table_read_whole(tmp_path, named, chunk):
    graph = stream()
    ids = np.array([f"n{k}" for k in range(7)]) if named else np.array([3, 5, 8, 13, 21, 34, 55])
    file = table(
        tmp_path / "e.parquet",
        src=ids[graph.src],
        dst=ids[graph.dst],
        time=graph.time,
        weight=graph.weight,
        more=graph.src,
    )
    whole = load(file)
    found = ingest_events(file, tmp_path / "s", chunk=chunk)
    for name in ("src", "dst", "time", "weight", "names"):
        assert np.array_equal(getattr(found, name), getattr(whole, name))
    assert (found.span, found.n_nodes) == (whole.span, whole.n_nodes)
    assert any("'more'" in note for note in found.notes)
    assert isinstance(found.index.event, np.memmap)


@pytest.mark.parametrize("named", [False, True])
def test_parquet_out_of_order_is_refused_or_sorted_as_asked(tmp_path, named):
    time = np.array([5.0, 1.0, 3.0, 1.0, 2.0])
    ids = np.array(["a", "bb", "ccc", "d", "e"]) if named else np.arange(5)
    file = table(tmp_path / "e.parquet", src=ids, dst=ids[::-1].copy(), time=time)
    with pytest.raises(DataError, match=r"row 1: times must not decrease, but 1.0 s follows 5.0 s.*sort=True"):
        ingest_events(file, tmp_path / "s", chunk=2)
    found = ingest_events(file, tmp_path / "t", chunk=2, sort=True)
    assert found.time.tolist() == [1.0, 1.0, 2.0, 3.0, 5.0]
    assert found.src.tolist() == [1, 3, 4, 2, 0]
    assert found.dst.tolist() == [3, 1, 0, 2, 4]
    assert any("5 of 5 changed place" in note for note in found.notes)


def test_parquet_that_is_no_event_list(tmp_path):
    with pytest.raises(DataError, match="needs a time column"):
        ingest_events(table(tmp_path / "a.parquet", src=[1], dst=[2]), tmp_path / "s")
    with pytest.raises(DataError, match=r"row 1: column 'src' must hold finite numbers"):
        ingest_events(
            table(tmp_path / "b.parquet", src=[1, None], dst=[2, 2], time=[0.0, 1.0]), tmp_path / "s", chunk=1
        )
    with pytest.raises(DataError, match=r"`src` must lie in \[0, n_nodes=2\)"):
        ingest_events(table(tmp_path / "c.parquet", src=[1, 7], dst=[1, 1], time=[0.0, 1.0]), tmp_path / "s", n_nodes=2)


def test_text_is_ingested_too(tmp_path):
    (tmp_path / "e.csv").write_text("src,dst,time\n1,2,0\n2,3,5\n")
    found = ingest_events(tmp_path / "e.csv", tmp_path / "s")
    assert found.digest == load(tmp_path / "e.csv").digest


def test_drafts_of_a_killed_writer_are_cleared(tmp_path):
    place = tmp_path / "s"
    (place / ".events.json.k1ll3d").mkdir(parents=True)
    (place / "src.bin").write_bytes(b"12345678")
    write(place, stream())
    assert open_events(place).digest == stream().digest
    assert not list(place.glob(".events.json.*"))


@pytest.mark.parametrize(
    ("column", "message"),
    [({"kind": [-1]}, "`kind` must be numbers >= 0"), ({"features": [[1e300]]}, "must fit in single precision")],
)
def test_what_could_not_be_opened_is_not_written(tmp_path, column, message):
    with EventWriter(tmp_path / "s", n_nodes=3) as writer, pytest.raises(DataError, match=message):
        writer.append([0], [1], [2.0], **column)


def test_a_refused_first_chunk_does_not_fix_the_columns(tmp_path):
    with EventWriter(tmp_path / "s", n_nodes=3, span=(0.0, 1.0)) as writer:
        with pytest.raises(DataError, match="must lie in span"):
            writer.append([0], [1], [2.0], features=[[1.0]])
        writer.append([0], [1], [0.5])
    assert open_events(tmp_path / "s").features is None


def test_an_append_that_fails_midway_is_never_committed(tmp_path, monkeypatch):
    graph = stream()
    write(tmp_path / "s", graph)
    writer = EventWriter(tmp_path / "s")
    whole = EventWriter._file

    def full(self, name):
        if name == "time":
            raise OSError("no space left")
        return whole(self, name)

    monkeypatch.setattr(EventWriter, "_file", full)
    with pytest.raises(OSError, match="no space left"):
        writer.append([0], [1], [graph.time[-1]])
    monkeypatch.undo()
    for doing in (writer.commit, lambda: writer.append([0], [1], [graph.time[-1]])):
        with pytest.raises(DataError, match="failed midway"):
            doing()
    writer.__exit__(OSError, OSError(), None)
    assert open_events(tmp_path / "s").digest == graph.digest


def test_damage_of_the_index_is_found(tmp_path):
    write(tmp_path / "s", stream())
    index_events(tmp_path / "s")
    rows = sorted(tmp_path.glob("s/index_*.bin"))
    whole = rows[0].read_bytes()
    for path in rows:
        whole = path.read_bytes()
        path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        with pytest.raises(DataError, match="index"):
            open_events(tmp_path / "s")
        path.write_bytes(whole)
    open_events(tmp_path / "s")


def test_ingested_and_loaded_streams_have_one_digest(tmp_path):
    pytest.importorskip("pyarrow")
    path = table(tmp_path / "t.parquet", src=[0, 1, 2], dst=[1, 2, 0], time=[0.0, 1.0, 2.0])
    assert ingest_events(path, tmp_path / "s").digest == load(path).digest


def test_ids_beyond_what_int64_holds_are_refused_not_wrapped(tmp_path):
    pytest.importorskip("pyarrow")
    huge = np.array([2**63 + 5, 1, 2], np.uint64)
    path = table(tmp_path / "t.parquet", src=huge, dst=np.array([1, 2, 1], np.uint64), time=[0.0, 1.0, 2.0])
    with pytest.raises(DataError, match="src"):
        load(path)
