"""The table from names to lazily imported objects."""

import sys

import pytest

from interplay._core.errors import ConfigError
from interplay._core.registry import Registry


def make():
    return Registry("shape", {"circle": "wave:Wave_read", "square": "interplay._core.rng:stream"})


def test_names_are_listed_without_importing():
    sys.modules.pop("wave", None)
    table = make()
    assert list(table) == ["circle", "square"]
    assert len(table) == 2
    assert "circle" in table
    assert "wave" not in sys.modules


def test_objects_are_imported_on_use():
    from interplay._core.rng import stream

    assert make()["square"] is stream


def test_a_wrong_name_gets_a_suggestion():
    with pytest.raises(ConfigError, match=r"Unknown shape 'circel'; did you mean 'circle'\? Valid: circle, square."):
        make()["circel"]
