"""Kinds and features of events, and streams cut and joined."""

import numpy as np
import pytest

from interplay import TemporalGraph
from interplay._core.errors import DataError
from interplay.io import load, save_graph


def graph(**changes):
    parts = {
        "src": [0, 1, 2, 0],
        "dst": [1, 2, 0, 0],
        "time": [0.0, 1.0, 1.0, 3.0],
        "weight": [1.0, -1.0, 2.0, 1.0],
        "n_nodes": 3,
        "span": (0.0, 4.0),
        "kind": [0, 2, 1, 0],
        "features": np.arange(8, dtype=np.float32).reshape(4, 2),
    }
    return TemporalGraph(**(parts | changes))


def test_columns_are_cut_with_their_events():
    part = graph().window(1.0, 3.0)
    assert part.kind.tolist() == [2, 1]
    assert part.features.tolist() == [[2.0, 3.0], [4.0, 5.0]]
    assert part.features.dtype == np.float32
    assert not part.features.flags.writeable


def test_columns_count_in_the_digest_and_survive_files(tmp_path):
    plain = graph(kind=None, features=None)
    assert len({plain.digest, graph().digest, graph(kind=None).digest, graph(features=None).digest}) == 4
    for one in (plain, graph(), graph(kind=None), graph(features=None)):
        assert load(save_graph(one, tmp_path / "g.npz")).digest == one.digest


def test_events_in_any_order_keep_their_columns():
    order = [3, 1, 2, 0]
    one = graph()
    columns = {k: getattr(one, k)[order] for k in ("src", "dst", "time", "weight", "kind", "features")}
    assert TemporalGraph.from_events(**columns, n_nodes=3, span=(0.0, 4.0)).digest == one.digest


def test_taking_events():
    one = graph()
    assert one.take(slice(1, 3)).digest == one.take([1, 2]).digest
    assert one.take([1, 2]).digest == one.take(np.array([False, True, True, False])).digest
    assert np.shares_memory(one.take(slice(0, 3)).src, one.src)
    assert len(one.take([])) == 0
    with pytest.raises(DataError, match="strictly increase"):
        one.take([2, 1])
    with pytest.raises(DataError, match=r"`events` must lie in \[0, E=4\)"):
        one.take([4])
    with pytest.raises(DataError, match="must have shape"):
        one.take(np.array([True]))
    with pytest.raises(DataError, match="must not run backwards"):
        one.take(slice(None, None, -1))


def test_streams_are_joined_in_time():
    one = graph()
    whole = one.window(0.0, 1.0).followed_by(one.window(1.0, 4.0))
    assert whole.digest == one.digest
    with pytest.raises(DataError, match="`time` must not decrease"):
        one.followed_by(one)
    with pytest.raises(DataError, match="must have `kind` exactly if"):
        one.followed_by(graph(kind=None, time=[4.0] * 4, span=(4.0, 5.0)))
    with pytest.raises(DataError, match="of the same nodes"):
        one.followed_by(graph(n_nodes=4, time=[4.0] * 4, span=(4.0, 5.0)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": [0, -1, 0, 0]}, "`kind` must be numbers >= 0, got -1"),
        ({"kind": [0, 1]}, "`kind` must have shape"),
        ({"features": np.zeros((3, 2))}, "`features` must have shape"),
        ({"features": np.full((4, 1), np.nan)}, "`features` must be finite"),
    ],
)
def test_wrong_columns_are_refused(changes, message):
    with pytest.raises(DataError, match=message):
        graph(**changes)


def test_checks_reach_every_part_of_a_long_stream():
    n = (1 << 20) + 3
    time = np.arange(n, dtype=float)
    ids = np.zeros(n, np.int64)
    good = {"src": ids, "dst": ids, "time": time, "n_nodes": 1, "span": (0.0, float(n))}
    TemporalGraph(**good)
    for place in (5, (1 << 20) - 1, 1 << 20, n - 1):
        late = time.copy()
        late[place] = late[place - 1] - 0.5
        with pytest.raises(DataError, match=rf"time\[{place - 1}\]"):
            TemporalGraph(**(good | {"time": late}))
        wrong = ids.copy()
        wrong[place] = 1
        with pytest.raises(DataError, match=rf"src\[{place}\]=1"):
            TemporalGraph(**(good | {"src": wrong}))
        odd = np.ones(n)
        odd[place] = np.inf
        with pytest.raises(DataError, match=rf"weight\[{place}\]=inf"):
            TemporalGraph(**(good | {"weight": odd}))
