"""Every key that a method gives is a paper we know, and every paper we list is given by some method."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import interplay as ip
from interplay._core.citations import REFERENCES, references
from interplay._core.errors import ConfigError

SOURCE = Path(ip.__file__).parent


def keys_in_code():
    found = set()
    for path in SOURCE.rglob("*.py"):
        if path.name != "bibliography.py":
            found |= set(re.findall(r'"([a-z]+(?:19|20)\d\d[a-z]*)"', path.read_text(encoding="utf-8")))
    return found


def test_keys_and_papers_agree():
    assert keys_in_code() == set(REFERENCES)


def test_the_table_is_sorted_and_complete():
    keys = list(REFERENCES)
    assert keys == sorted(keys)
    for entry in REFERENCES.values():
        assert str(entry.year) in entry.key
        assert str(entry.year) in entry.line


def test_cite_gives_each_paper_once():
    results = [
        SimpleNamespace(citations=("cutts2014tiling", "benjamini1995fdr")),
        SimpleNamespace(citations=("cutts2014tiling",)),
    ]
    text = ip.cite(*results)
    assert text.count("@article{cutts2014tiling,") == 1
    assert text.count("@") == 2
    assert ip.cite() == ""


def test_an_unknown_key_is_named():
    with pytest.raises(ConfigError, match="Unknown citation 'cuts2014tiling'; did you mean 'cutts2014tiling'"):
        references(["cuts2014tiling"])
