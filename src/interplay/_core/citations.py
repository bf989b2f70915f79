"""References of the methods, so that a result can say what to cite."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from interplay._core.errors import ConfigError, unknown_name


@dataclass(frozen=True, slots=True)
class Reference:
    """One paper: BibTeX fields, and the line a reader sees."""

    key: str
    kind: str
    author: str
    title: str
    year: int
    where: str
    extra: str = ""

    @property
    def line(self) -> str:
        """The reference as one line of text."""
        tail = f", {self.extra}" if self.extra else ""
        return f"{self.author.replace(' and ', ', ')} ({self.year}). {self.title}. {self.where}{tail}."

    @property
    def bibtex(self) -> str:
        """The reference as a BibTeX entry."""
        field = {"article": "journal", "inproceedings": "booktitle", "misc": "howpublished"}[self.kind]
        note = f",\n  note = {{{self.extra}}}" if self.extra else ""
        return (
            f"@{self.kind}{{{self.key},\n  author = {{{self.author}}},\n  title = {{{self.title}}},\n"
            f"  {field} = {{{self.where}}},\n  year = {{{self.year}}}{note}\n}}"
        )


_ENTRIES: tuple[Reference, ...] = ()

REFERENCES = {entry.key: entry for entry in _ENTRIES}


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
