"""The five errors and the one warning of the library.

A message has four parts: which argument, what is required, what arrived, what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InterplayError(Exception):
    """Anything this library raises on purpose."""


class DataError(InterplayError, ValueError):
    """The data do not fit: a file, an array, or their combination."""


class ConfigError(InterplayError, ValueError):
    """A setting is unknown, out of range, or contradicts another."""


class MissingExtraError(InterplayError, ImportError):
    """An optional package is needed and absent."""

    @classmethod
    def of(cls, what: str, package: str, extra: str) -> MissingExtraError:
        """Say which feature needs which package, and the command that installs it."""
        return cls(f"{what} needs {package}, which is not installed: `pip install 'interplay[{extra}]'`.")


class NumericalError(InterplayError, ArithmeticError):
    """A computation has no usable result."""


class InterplayWarning(UserWarning):
    """The result is valid, but a reader must know something about it; the same text is in the result's `notes`."""


def unknown_name(kind: str, name: str, valid: Iterable[str]) -> str:
    """Word the message for a name that is not in a table.

    Parameters
    ----------
    kind : str
        What the table holds, for example "measure".
    name : str
        What arrived; anything else is said to be no name.
    valid : iterable of str
        What would have been accepted.

    Returns
    -------
    str
        The message, with a suggestion where one name is close.
    """
    names = sorted(valid)
    if not isinstance(name, str):
        return f"The {kind} must be a name, got {type(name).__name__}. Valid: {', '.join(names)}."
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    return f"Unknown {kind} {name!r}{hint} Valid: {', '.join(names)}."
