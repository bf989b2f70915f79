"""Where a result came from: its settings, the digest of its input, its seed and the versions that made it."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import numpy as np

_STACK = ("interplay", "numpy", "scipy", "numba", "h5py", "pynwb", "scikit-learn", "torch")


def digest(*parts: Any) -> str:
    """Hash arrays, numbers, texts and nests of them into 32 hexadecimal digits.

    Type, shape and order count; equal content gives equal digests on every machine.

    Parameters
    ----------
    *parts : array, str, number, bool, None, sequence, mapping or dataclass
        Mappings are hashed in the order of their sorted keys.

    Returns
    -------
    str
    """
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        _feed(state, part)
    return state.hexdigest()


def _feed(state: Any, part: Any) -> None:
    if isinstance(part, np.ndarray):
        array = np.ascontiguousarray(part)
        if array.dtype.kind == "U":
            _feed(state, [str(x) for x in array.ravel()])
            return
        state.update(f"array{array.dtype.newbyteorder('<').str}{array.shape}".encode())
        state.update(array.astype(array.dtype.newbyteorder("<"), copy=False).data)
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        _feed(state, {f.name: getattr(part, f.name) for f in dataclasses.fields(part)})
    elif isinstance(part, Mapping):
        state.update(f"map{len(part)}".encode())
        for key in sorted(part):
            _feed(state, str(key))
            _feed(state, part[key])
    elif isinstance(part, list | tuple):
        state.update(f"list{len(part)}".encode())
        for item in part:
            _feed(state, item)
    elif part is None or isinstance(part, str | bytes | bool | int | float | np.generic):
        value = part.item() if isinstance(part, np.generic) else part
        state.update(f"{type(value).__name__}:{value!r};".encode())
    else:
        raise TypeError(f"`digest` knows no canonical form of {type(part).__name__}.")


def versions() -> dict[str, str]:
    """Name the versions of Python and of the packages whose code shapes results (absent ones are left out)."""
    return dict(_versions())


@functools.cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Look them up once: every result asks, and each look-up reads files."""
    found = [("python", platform.python_version())]
    for name in _STACK:
        try:
            found.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            continue
    return tuple(found)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Result:
    """What every result carries, whatever the method.

    Attributes
    ----------
    config : object
        The frozen configuration that made it.
    made_from : str
        Digest of the input.
    seed : int or None
        Seed, where the method draws random numbers.
    notes : tuple of str
        What a reader must know: units left out, non-convergence, guesses.
    versions : mapping of str to str
        Package versions at the time of the computation.
    citations : tuple of str
        Keys into `interplay.cite` of the methods really used.
    """

    config: Any
    made_from: str
    seed: int | None = None
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = dataclasses.field(default_factory=versions)
    citations: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Close every array to writing: what was found must not change under those who go on from it."""
        for field in dataclasses.fields(self):
            if field.name not in _UNSHOWN:
                object.__setattr__(self, field.name, _read_only(getattr(self, field.name)))

    def __repr__(self) -> str:
        """Say what is there on one line: sizes of arrays, not their content."""
        shown = [f for f in dataclasses.fields(self) if f.name not in _UNSHOWN]
        return f"{type(self).__name__}({', '.join(f'{f.name}={_brief(getattr(self, f.name))}' for f in shown)})"


#: Fields of a result that its one line leaves out.
_UNSHOWN = ("config", "made_from", "versions", "citations")
_LONGEST = 60


def _read_only(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        view = value.view()
        view.flags.writeable = False
        return view
    if type(value) is dict:
        return {key: _read_only(inner) for key, inner in value.items()}
    if type(value) is tuple and any(isinstance(inner, np.ndarray) for inner in value):
        return tuple(map(_read_only, value))
    return value


def _brief(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array{value.shape}"
    if isinstance(value, Mapping):
        return f"{{{', '.join(map(str, value))}}}" if len(value) <= 4 else f"{{{len(value)} entries}}"
    if isinstance(value, list | tuple) and (len(value) > 4 or any(not isinstance(v, str | int | float) for v in value)):
        return f"({len(value)} entries)"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
