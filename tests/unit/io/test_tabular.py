import numpy as np
import pytest

import interplay as ip
from interplay._core.errors import ConfigError, DataError


def write(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def load(tmp_path, text, **more):
    return ip.load(write(tmp_path, text), **more)


def said(thing, words):
    return any(words in note for note in thing.notes)


def test_one_edge_keeps_its_direction(tmp_path):
    graph = load(tmp_path, "source,target,time\n0,1,5\n", n_nodes=3)
    assert (graph.src[0], graph.dst[0], graph.time[0], graph.n_nodes) == (0, 1, 5.0, 3)
    assert graph.span == (5.0, 6.0)
    assert said(graph, "no weight column")


@pytest.mark.parametrize(
    "header",
    [
        "src,dst,time,weight",
        "Source,Target,Timestamp,W",
        "u,v,t,sign",
        "from,to,ts,rating",
        "sender,receiver,time,w",
        "pre,post,time,w",
    ],
)
def test_names_are_guessed_where_only_one_reading_is_possible(tmp_path, header):
    graph = load(tmp_path, header + "\n3,5,1.5,-2\n5,3,2.5,1\n")
    assert graph.names.tolist() == ["3", "5"]
    assert graph.src.tolist() == [0, 1]
    assert graph.weight.tolist() == [-2.0, 1.0]
    assert said(graph, "columns used")


def test_label_and_weight_in_one_file(tmp_path):
    graph = load(tmp_path, ",u,i,ts,label,weight,idx\n0,6,2,10.5,1,4,1\n1,6,5,11.5,-1,-3,2\n")
    assert graph.weight.tolist() == [4.0, -3.0]
    assert said(graph, "'weight' was taken as the weight although there is also 'label'")
    assert said(graph, "columns not used: '', 'label', 'idx'")
    assert load(tmp_path, ",u,i,ts,label,weight,idx\n0,6,2,10.5,1,4,1\n", weight_column="label").weight.tolist() == [
        1.0
    ]


def test_two_equally_good_names_are_not_guessed(tmp_path):
    with pytest.raises(DataError, match="'src' and 'source' could both be the src column"):
        load(tmp_path, "src,source,dst,time\n0,1,2,3\n")


@pytest.mark.parametrize(
    "text", ["1 2 10\n2 1 20\n", "1,2,10\n2,1,20\n", "# a comment\n1\t2\t10\n2\t1\t20\n", "a;b;10\nb;a;20\n"]
)
def test_three_bare_columns_are_source_target_time(tmp_path, text):
    graph = load(tmp_path, text)
    assert graph.time.tolist() == [10.0, 20.0]
    assert graph.src.tolist() == [0, 1]
    assert said(graph, "no header: the three columns were taken to be source, target, time")


def test_a_comment_can_be_the_header(tmp_path):
    graph = load(tmp_path, "% time src dst\n10 1 2\n20 2 1\n")
    assert graph.time.tolist() == [10.0, 20.0]


@pytest.mark.parametrize(
    "text", ["1 2\n3 4\n", "1 2 3 4\n5 6 7 8\n", "0.5 0.25 1\n0.5 0.5 2\n", "1\n2\n", "channel,x,y\n1,2,3\n"]
)
def test_an_ambiguous_table_asks_for_a_hint(tmp_path, text):
    with pytest.raises(DataError, match="Say it: `src_column`"):
        load(tmp_path, text)


def test_positions_say_what_headerless_columns_are(tmp_path):
    graph = load(tmp_path, "2001,7,9,3\n2002,9,7,1\n", time_column=0, src_column=1, dst_column=2, weight_column=3)
    assert graph.names.tolist() == ["7", "9"]
    assert graph.weight.tolist() == [3.0, 1.0]
    with pytest.raises(ConfigError, match=r"`src_column` must lie in \[0, 4\)"):
        load(tmp_path, "1,2,3,4\n", src_column=4)
    with pytest.raises(ConfigError, match="the file has no header"):
        load(tmp_path, "1,2,3,4\n", src_column="a")
    with pytest.raises(ConfigError, match="did you mean 'when'"):
        load(tmp_path, "src,dst,when\n1,2,3\n", time_column="whe")


def test_a_graph_without_times_is_no_event_list(tmp_path):
    with pytest.raises(DataError, match=r"needs a time column.*static graph"):
        load(tmp_path, "src,dst\n1,2\n")


def test_the_line_of_a_mistake_is_named(tmp_path):
    for text, message in [
        ("src,dst,time\n0,1,2\n\n0,x1,oops\n", "line 4: column 'time' must hold numbers, got 'oops'"),
        ("src,dst,time\n0,1,2\n0,1\n", "line 3 has 2 fields, 3 are needed"),
        ("src,dst,time\n0,1,5\n0,1,nan\n", "line 3: column 'time' must hold finite numbers, got nan"),
        ("src,dst,time\n0,1,5\n0,1,7\n1,0,6.5\n", "line 4: times must not decrease, but 6.5 s follows 7.0 s"),
        ("# c\nsrc,dst,time\n0,1,5\n0.5,1,7\n", "line 4: column 'src' must hold whole numbers, got 0.5"),
        ("src,dst,time,w\n0,1,5,1\n0,1,7,\n", "line 3: column 'w' must hold numbers, got ''"),
        ("src,dst,time\n0,1,5\na,,6\n", "line 3: column 'dst' is empty"),
        ("src,dst,time\n", "line 1 is a header and no rows follow it"),
        ("# only\n\n", "no rows, only blank lines or comments"),
        (b"src,dst,time\n0,1,5\n\xff\xfe,1,6\n", "line 3: byte 19 is not UTF-8"),
        ("src,dst,time\n0,1,5\n0\x01,1,6\n", "line 3: the control character"),
    ]:
        with pytest.raises(DataError, match=message.replace("(", r"\(")):
            load(tmp_path, text)


def test_sorting_is_asked_for_and_said(tmp_path):
    text = "src,dst,time,w\n0,1,5,1\n1,2,3,2\n2,0,4,3\n"
    graph = load(tmp_path, text, sort=True)
    assert graph.time.tolist() == [3.0, 4.0, 5.0]
    assert graph.weight.tolist() == [2.0, 3.0, 1.0]
    assert said(graph, "sorted by time, as asked: 3 of 3 changed place")


def test_nodes_are_the_ids_that_occur_unless_their_number_is_given(tmp_path):
    text = "src,dst,time\n4,2,1\n2,9,2\n"
    graph = load(tmp_path, text)
    assert (graph.n_nodes, graph.names.tolist(), graph.src.tolist()) == (3, ["2", "4", "9"], [1, 0])
    graph = load(tmp_path, text, n_nodes=12)
    assert (graph.n_nodes, graph.names, graph.dst.tolist()) == (12, None, [2, 9])
    with pytest.raises(DataError, match=r"line 3: column 'dst' must lie in \[0, n_nodes=9\), got 9"):
        load(tmp_path, text, n_nodes=9)
    with pytest.raises(DataError, match="goes with whole numbers"):
        load(tmp_path, "src,dst,time\na,b,1\n", n_nodes=2)


def test_names_of_nodes_are_kept(tmp_path):
    graph = load(tmp_path, 'src,dst,time\n"Ann, A.",Bob,1\nBob,7,2\n')
    assert graph.names.tolist() == ["7", "Ann, A.", "Bob"]
    assert said(graph, "mixes whole numbers and names")


def test_large_ids_keep_every_digit(tmp_path):
    graph = load(tmp_path, "src,dst,time\n9007199254740993,9007199254740992,1\n")
    assert graph.names.tolist() == ["9007199254740992", "9007199254740993"]


def test_units_of_time(tmp_path):
    text = "src,dst,time_ms\n0,1,1500\n"
    assert load(tmp_path, text).time[0] == 1.5
    assert said(load(tmp_path, text), "read in ms, as the column name")
    assert load(tmp_path, "src,dst,t\n0,1,90\n", time_unit="min").time[0] == 5400.0
    dated = load(tmp_path, "src,dst,date\n0,1,1970-01-01 00:01\n1,0,1970-01-02 00:00:00.5\n")
    assert dated.time.tolist() == [60.0, 86400.5]
    with pytest.raises(DataError, match="line 3: column 'date' must hold dates"):
        load(tmp_path, "src,dst,date\n0,1,1970-01-01\n1,0,soon\n")
    with pytest.raises(DataError, match="date that does not exist"):
        load(tmp_path, "src,dst,date\n0,1,1970-02-31\n")


def test_the_span_is_given_or_said(tmp_path):
    text = "src,dst,time\n0,1,10\n1,0,10.5\n0,1,12\n"
    assert load(tmp_path, text).span == (10.0, 12.5)
    graph = load(tmp_path, text, span=(0, 20))
    assert graph.span == (0.0, 20.0)
    with pytest.raises(DataError, match=r"must lie in span \[0.0, 11.0\)"):
        load(tmp_path, text, span=(0, 11))


def test_spike_lists_become_recordings(tmp_path):
    recording = load(tmp_path, "time,unit,amplitude\n0.5,a,1\n0.75,b,1\n1.5,a,1\n")
    assert recording.units.id.tolist() == ["a", "b"]
    assert [t.tolist() for t in recording.events.trains()] == [[0.5, 1.5], [0.75]]
    assert said(recording, "columns not used: 'amplitude'")
    assert load(tmp_path, "time,unit\n0.5,3\n", n_units=5).n_units == 5
    assert load(tmp_path, "0.5 3\n0.75 1\n", kind="spikes", time_column=0, unit_column=1).n_units == 2


def test_traces_with_and_without_a_clock(tmp_path):
    recording = load(tmp_path, "time,x1,x2\n0,1,2\n0.5,3,\n1,5,nan\n")
    assert recording.traces.values.shape == (3, 2)
    assert recording.units.id.tolist() == ["x1", "x2"]
    assert said(recording, "2 of 6 samples are NaN")
    matrix = "1 2 3 4\n5 6 7 8\n"
    assert load(tmp_path, matrix, rows="units", rate_hz=2).traces.values.shape == (4, 2)
    assert load(tmp_path, matrix, rows="time", dt_s=0.5).traces.time.tolist() == [0.0, 0.5]
    with pytest.raises(DataError, match="which axis is time is not known"):
        load(tmp_path, matrix, rate_hz=2)
    with pytest.raises(DataError, match="the sampling of the matrix is not known"):
        load(tmp_path, matrix, rows="time")
    with pytest.raises(DataError, match="all 4 values of the traces are NaN"):
        load(tmp_path, "time,a,b\n0,nan,nan\n1,nan,nan\n")
    with pytest.raises(DataError, match="the table has a time column"):
        load(tmp_path, "time,a\n0,1\n", rate_hz=3)
    assert load(tmp_path, ",a,b\n0,1,2\n1,3,4\n", rate_hz=1.0).units.id.tolist() == ["a", "b"]


def test_parquet_reads_like_text(tmp_path):
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import pyarrow.parquet as parquet

    table = pa.table(
        {"src": ["a", "b"], "dst": ["b", "a"], "time": pa.array([1000, 2500], pa.timestamp("ms")), "w": [1.0, -2.0]}
    )
    parquet.write_table(table, tmp_path / "e.parquet")
    graph = ip.load(tmp_path / "e.parquet")
    assert graph.names.tolist() == ["a", "b"]
    assert graph.time.tolist() == [1.0, 2.5]
    assert graph.weight.tolist() == [1.0, -2.0]
    raw = (tmp_path / "e.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(DataError, match="cannot be read"):
        ip.load(tmp_path / "cut.parquet")
    parquet.write_table(
        pa.table({"src": [1], "dst": [2], "time": pa.array([None], pa.float64())}), tmp_path / "n.parquet"
    )
    with pytest.raises(DataError, match="row 0: column 'time' must hold finite numbers"):
        ip.load(tmp_path / "n.parquet")


def test_parquet_without_its_reader_names_the_extra(tmp_path, monkeypatch):
    import sys

    from interplay._core.errors import MissingExtraError

    path = write(tmp_path, b"PAR1" + bytes(20), "a.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtraError, match=r"interplay\[parquet\]"):
        ip.load(path)


def test_college_messages(data_dir):
    graph = ip.load(data_dir / "college_msg" / "CollegeMsg.txt")
    assert (len(graph), graph.n_nodes) == (59835, 1899)
    assert len(np.unique(graph.src * graph.n_nodes + graph.dst)) == 20296


@pytest.mark.parametrize(("name", "events", "nodes"), [("otc", 35592, 5881), ("alpha", 24186, 3783)])
def test_bitcoin(data_dir, name, events, nodes):
    graph = ip.load(data_dir / "signed" / f"ml_bitcoin{name}.csv")
    assert (len(graph), graph.n_nodes) == (events, nodes)
    assert (graph.weight.min(), graph.weight.max()) == (-10.0, 10.0)


def test_zebrafish_traces(data_dir):
    path = data_dir / "zebrafish_calcium" / "zf1.ca2"
    recording = ip.load(path, rows="units", rate_hz=2.1646)
    assert recording.traces.values.shape == (1950, 143)
    with pytest.raises(DataError, match="rows"):
        ip.load(path)


@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_every_kind_of_line_end_is_read(tmp_path, end):
    path = tmp_path / "events.csv"
    path.write_bytes(end.join(["src,dst,time", "0,1,0.5", "1,2,1", ""]).encode())
    assert ip.load(path).time.tolist() == [0.5, 1.0]


@pytest.mark.parametrize("field", ["9" * 140_000, "x" * 140_000])
@pytest.mark.parametrize("row", [0, 1, 2])
def test_a_field_without_end_is_no_crash(tmp_path, field, row):
    lines = ["src,dst,time,weight", "0,1,0.5,1", "1,2,1,1"]
    lines[row] = ",".join([*lines[row].split(",")[:-1], field])
    path = tmp_path / "events.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"field larger|must hold"):
        ip.load(path)


def test_underscores_make_no_numbers(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("src,dst,time\n0,1,1\n1,2,2_000\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 3: column 'time' must hold numbers, got '2_000'"):
        ip.load(path)
    path.write_text("src,dst,time\n5,10,1\n1_0,5,2\n", encoding="utf-8")
    assert ip.load(path).names.tolist() == ["10", "1_0", "5"]


def test_utf16_is_named(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("src,dst,time\n0,1,1\n", encoding="utf-16")
    with pytest.raises(DataError, match="UTF-16 text: save it as UTF-8"):
        ip.load(path)


def test_dates_in_utc_may_say_so(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("src,dst,date\n0,1,1970-01-01T00:00:00Z\n1,2,1970-01-01T00:01:30.5Z\n", encoding="utf-8")
    assert ip.load(path).time.tolist() == [0.0, 90.5]
