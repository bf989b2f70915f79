"""What is written comes back with the same digest, whatever the recording."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import interplay as ip
from interplay.data import Events, Intervals, Recording, Series, Snapshots, TemporalGraph, Units
from interplay.io import load_snapshots, save_graph, save_nwb, save_recording, save_snapshots

finite = st.floats(-1e6, 1e6, allow_nan=False, width=64)
words = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cs", "Cc")), max_size=6)


@st.composite
def series(draw, channels):
    n = draw(st.integers(1, 5))
    time = np.sort(np.array(draw(st.lists(finite, min_size=n, max_size=n))))
    kind = draw(st.sampled_from([np.float32, np.float64]))
    cells = st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6, width=32))
    flat = draw(st.lists(cells, min_size=n * channels, max_size=n * channels))
    names = draw(st.lists(words, min_size=channels, max_size=channels))
    return Series(time=time, values=np.array(flat, kind).reshape(n, channels), names=tuple(names), unit=draw(words))


@st.composite
def intervals(draw, least=0):
    edges = draw(st.lists(st.integers(-50, 50), min_size=2 * least, max_size=6, unique=True))
    edges = sorted(edges)[: len(edges) // 2 * 2]
    bounds = np.array(edges, float).reshape(-1, 2)
    labels = draw(st.lists(words, min_size=len(bounds), max_size=len(bounds)))
    return Intervals(start=bounds[:, 0], stop=bounds[:, 1], label=np.array(labels, dtype=str))


@st.composite
def snapshots(draw, n):
    s = draw(st.integers(0, 3))
    directed = draw(st.booleans())
    cells = draw(st.lists(st.sampled_from([0.0, 0.0, 1.5, -0.25]), min_size=s * n * n, max_size=s * n * n))
    w = np.array(cells).reshape(s, n, n)
    w = w if directed else np.triu(w, 1) + np.triu(w, 1).transpose(0, 2, 1)
    p = np.full((s, n, n), 0.5) if draw(st.booleans()) else None
    present = np.array(draw(st.lists(st.booleans(), min_size=s * n, max_size=s * n)), dtype=bool).reshape(s, n)
    bounds = np.column_stack([np.arange(s), np.arange(s) + 2.0])
    return Snapshots.from_dense(w, bounds, directed=directed, pvalues=p, present=present)


@st.composite
def recordings(draw):
    n = draw(st.integers(1, 4))
    observed = draw(intervals(least=1))
    inside = [st.floats(a, b, exclude_max=True) for a, b in observed.bounds.tolist()]
    pairs = draw(st.lists(st.tuples(st.one_of(*inside), st.integers(0, n - 1)), max_size=12))
    pairs.sort(key=lambda pair: pair[0])
    time, unit = np.array([t for t, _ in pairs]), np.array([u for _, u in pairs], dtype=np.int64)
    has_events = draw(st.booleans())
    span = (float(observed.start[0]), float(observed.stop[-1]) + draw(st.sampled_from([0.0, 1.5])))
    width = draw(st.sampled_from([None, 2, 3]))
    cells = st.one_of(st.just(float("nan")), finite)
    position = (
        None
        if width is None
        else np.array(draw(st.lists(cells, min_size=n * width, max_size=n * width))).reshape(n, width)
    )
    units = Units(
        n=n,
        id=np.array(draw(st.lists(words, min_size=n, max_size=n, unique=True)), dtype=str),
        position_um=position,
        group=np.array(draw(st.lists(words, min_size=n, max_size=n)), dtype=str),
        sign=np.array(draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=n, max_size=n))),
    )
    return Recording(
        events=Events(time=time, unit=unit, n_units=n, span=span) if has_events else None,
        traces=draw(series(n)) if not has_events or draw(st.booleans()) else None,
        units=units,
        observed=observed,
        behavior=draw(st.dictionaries(words, series(2), max_size=2)),
        epochs=draw(st.dictionaries(words, intervals(), max_size=2)),
        truth=draw(st.one_of(st.none(), snapshots(n))),
        meta=draw(st.dictionaries(words, st.text(max_size=5), max_size=2)),
        notes=tuple(draw(st.lists(words, max_size=2))),
    )


quick = settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)


@settings(quick, max_examples=8)  # pynwb takes most of the time
@given(recordings())
def test_a_recording_survives_nwb(recording):
    with tempfile.TemporaryDirectory() as folder:
        path = save_nwb(recording, Path(folder) / "a.nwb")
        found = ip.load(path)
        assert found.digest == recording.digest
        assert found.notes == recording.notes
        first = path.read_bytes()
        assert save_nwb(found, Path(folder) / "b.nwb").read_bytes() == first


def test_a_negative_zero_survives_nwb():
    units = Units(n=1, position_um=np.array([[-0.0, 0.0]]))
    recording = Recording(events=Events(time=[-0.0], unit=[0], n_units=1, span=(-1, 1)), units=units)
    with tempfile.TemporaryDirectory() as folder:
        assert ip.load(save_nwb(recording, Path(folder) / "a.nwb")).digest == recording.digest


@quick
@given(recordings())
def test_a_recording_survives_npz(recording):
    with tempfile.TemporaryDirectory() as folder:
        path = save_recording(recording, Path(folder) / "a.npz")
        found = ip.load(path)
        assert found.digest == recording.digest
        assert found.notes == recording.notes
        assert save_recording(found, Path(folder) / "b.npz").read_bytes() == path.read_bytes()


@quick
@given(st.integers(1, 4).flatmap(snapshots))
def test_snapshots_survive_npz(found):
    with tempfile.TemporaryDirectory() as folder:
        assert load_snapshots(save_snapshots(found, Path(folder) / "a.npz")).digest == found.digest


@quick
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), finite, finite), max_size=8), st.booleans())
def test_graphs_survive_npz_and_text(rows, named):
    rows.sort(key=lambda row: row[2])
    columns = [np.array([r[k] for r in rows], dtype=float if k > 1 else int) for k in range(4)]
    names = np.array(["a", "b", "c", "d"]) if named else None
    graph = TemporalGraph(
        src=columns[0], dst=columns[1], time=columns[2], weight=columns[3], n_nodes=4, span=(-2e6, 2e6), names=names
    )
    with tempfile.TemporaryDirectory() as folder:
        assert ip.load(save_graph(graph, Path(folder) / "g.npz")).digest == graph.digest
        if rows:
            text = "src,dst,time,weight\n" + "".join(f"{a},{b},{t!r},{w!r}\n" for a, b, t, w in rows)
            (Path(folder) / "g.csv").write_text(text)
            found = ip.load(Path(folder) / "g.csv", n_nodes=4, span=(-2e6, 2e6))
            assert all(np.array_equal(getattr(found, c), getattr(graph, c)) for c in ("src", "dst", "time", "weight"))
