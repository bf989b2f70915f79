"""Hints as typed: the right type for each key, every wrong one named."""

import dataclasses

import pytest

from interplay._core.errors import ConfigError
from interplay.io import Hints
from interplay.job.hints import read_hints

GOOD = {
    "time_column": ("t", "t"),
    "src_column": ("0", 0),
    "dst_column": ("to", "to"),
    "weight_column": ("3", 3),
    "unit_column": ("id", "id"),
    "time_unit": ("ms", "ms"),
    "n_nodes": ("12", 12),
    "n_units": ("7", 7),
    "span": ("-1.5,20", (-1.5, 20.0)),
    "rate_hz": ("2.16", 2.16),
    "dt_s": ("1e-3", 0.001),
    "rows": ("units", "units"),
    "variable": ("a=b", "a=b"),
    "select": ("task-rest,run-1", "task-rest,run-1"),
    "atlas": ("Schaefer400", "Schaefer400"),
    "labels": ("names.tsv", "names.tsv"),
    "confounds": ("motion.tsv", "motion.tsv"),
    "confound_columns": ("trans_x,trans_y", "trans_x,trans_y"),
    "sort": ("true", True),
    "kind": ("spikes", "spikes"),
}


@pytest.mark.parametrize("key", [*(f.name for f in dataclasses.fields(Hints)), "kind"])
def test_every_hint_can_be_typed(key):
    text, value = GOOD[key]
    found = read_hints([f"{key}={text}"])
    assert found == {key: value}
    assert type(found[key]) is type(value)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        (["rate_hz"], "must be written key=value, got 'rate_hz'"),
        (["=3"], "must be written key=value"),
        (["rows=units", "rows=time"], "got 'rows' twice"),
        (["rate=2"], "did you mean 'rate_hz'"),
        (["rate_hz=fast"], "`rate_hz` must be a number, got 'fast'"),
        (["rate_hz=inf"], "rate_hz"),
        (["n_nodes=2.5"], "`n_nodes` must be a whole number"),
        (["span=1"], "`span` must be two numbers"),
        (["span=a,b"], "`span` must be start,stop"),
        (["sort=maybe"], "`sort` must be true or false"),
        (["rows=unit"], "did you mean 'units'"),
        (["kind=spike"], "did you mean 'spikes'"),
    ],
)
def test_a_wrong_hint_is_named(pairs, words):
    with pytest.raises(ConfigError, match=words):
        read_hints(pairs)
