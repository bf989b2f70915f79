import base64
import csv
import io

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.report import Recovery, Table, markup, words


def test_table_download_holds_numbers_in_full_and_names_quoted():
    table = Table(
        caption="t", columns=("unit", "x"), rows=(('a,"b', 1 / 3), ("c", float("nan")), ("d", None)), name="t"
    )
    rows = list(csv.reader(io.StringIO(table.csv())))
    assert rows == [["unit", "x"], ['a,"b', repr(1 / 3)], ["c", ""], ["d", ""]]
    assert base64.b64decode(table.link().split(",")[1]).decode() == table.csv()


def test_a_table_with_hidden_rows_says_how_many_there_are():
    def shown(n):
        return markup.table(Table(caption="t", columns=("a",), rows=((1,),) * n, note="why < not"))

    assert "<span>t</span>" in shown(12)
    assert "<span>t (13 rows)</span>" in shown(13)
    assert "The first 400 of 401 rows are shown." in shown(401)
    assert '<p class="quiet">why &lt; not</p>' in shown(1)


def test_table_refuses_ragged_rows():
    with pytest.raises(DataError, match="2 cells"):
        Table(caption="t", columns=("a", "b"), rows=((1,),))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (0.0, "0"), (1234567, "1 234 567"), (0.5, "0.5"), (-0.25, "−0.25"), (1234.5, "1 234"),
        (3.14159, "3.14"), (1.5e-7, "1.50e−07"), (float("nan"), "–"), (None, "–"), (60.0, "60"), (100.0, "100"),
    ],
)  # fmt: skip
def test_numbers_in_words(value, text):
    assert words.number(value).replace("\N{NARROW NO-BREAK SPACE}", " ") == text


def test_times_and_windows_in_words():
    assert words.window(0.0, 12.5) == "[0, 12.5) s"
    assert words.window(5537.0021, 5597.0021).replace("\N{NARROW NO-BREAK SPACE}", " ") == "[5 537, 5 597) s"
    assert words.window(100.002, 100.022) == "[100.002, 100.022) s"
    assert words.seconds(100000.25).replace("\N{NARROW NO-BREAK SPACE}", " ") == "100 000.2"
    assert words.seconds(-1.2345) == "−1.234"
    assert [words.duration(t) for t in (0.5, 60.0, 1140.0, 9000.0)] == ["0.5 s", "60 s", "19.0 min", "2.5 h"]


def test_probabilities_in_words():
    assert words.pvalue(0.004) == "p = 0.004"
    assert words.pvalue(1e-9) == "p < 0.0001"
    assert words.pvalue(float("nan")) == "no p-value"


def test_lists_in_words():
    assert words.listing([]) == ""
    assert words.listing(["a"]) == "a"
    assert words.listing(["a", "b", "c"]) == "a, b and c"
    assert words.listing("abcd", most=2) == "a, b and 2 more"


def test_change_errors_take_the_nearest_found_time():
    recovery = Recovery(edge_auc=0.9, true_changes_s=np.array([10.0, 50.0]), found_changes_s=np.array([12.0, 13.0]))
    assert recovery.change_errors().tolist() == [2.0, 37.0]
    assert np.isinf(Recovery(edge_auc=0.9, true_changes_s=np.array([1.0])).change_errors()).all()
    assert len(Recovery(edge_auc=0.9).change_errors()) == 0
