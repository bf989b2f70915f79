"""References of the methods, so that a result can say what to cite."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from interplay._core.bibliography import ENTRIES, Reference
from interplay._core.errors import ConfigError, unknown_name

#: By key.
REFERENCES = {entry.key: entry for entry in ENTRIES}


def references(keys: Iterable[str]) -> list[Reference]:
    """Give the references behind citation keys, each once, in the order of the table.

    Parameters
    ----------
    keys : iterable of str

    Returns
    -------
    list of Reference

    Raises
    ------
    ConfigError
        If a key is unknown.
    """
    wanted = set(keys)
    for key in sorted(wanted):
        if key not in REFERENCES:
            raise ConfigError(unknown_name("citation", key, REFERENCES))
    return [entry for key, entry in REFERENCES.items() if key in wanted]


def cite(*results: Any) -> str:
    """Give BibTeX entries for the methods that were really used.

    Parameters
    ----------
    *results : result objects
        Anything with `citations`.

    Returns
    -------
    str
        One entry per paper, each once; empty if nothing needs citing.
    """
    keys = [key for result in results for key in result.citations]
    return "\n\n".join(entry.bibtex for entry in references(keys))
