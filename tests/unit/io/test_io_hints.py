import pytest

from interplay._core.errors import ConfigError
from interplay.io.hints import Hints


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"time_colum": "t"}, "did you mean 'time_column'"),
        ({"time_unit": "sec"}, "Unknown time_unit 'sec'"),
        ({"rows": "cells"}, "Unknown rows 'cells'"),
        ({"rate_hz": 5, "dt_s": 0.2}, "give one of them"),
        ({"rate_hz": 0}, "`rate_hz` must be > 0"),
        ({"rate_hz": float("nan")}, "`rate_hz` must be > 0"),
        ({"dt_s": "fast"}, "`dt_s` must be a number"),
        ({"n_nodes": 0}, "`n_nodes` must be >= 1"),
        ({"n_units": 2.5}, "`n_units` must be an int"),
        ({"src_column": 1.5}, "`src_column` must be a column's name"),
        ({"span": (2, 1)}, "start < stop"),
        ({"span": 3}, "two numbers"),
    ],
)
def test_a_wrong_hint_is_said_to_be_wrong(given, message):
    with pytest.raises(ConfigError, match=message.replace("(", r"\(")):
        Hints.of(given)


def test_hints_without_use_are_refused():
    with pytest.raises(ConfigError, match="`rows` means nothing for an NWB file"):
        Hints(rows="time").require_used(("span",), "an NWB file")


def test_rate_and_step_say_the_same():
    assert Hints(rate_hz=4).step_s == Hints(dt_s=0.25).step_s == 0.25
    assert Hints().step_s is None
    assert Hints(span=[0, 2]).span == (0.0, 2.0)
