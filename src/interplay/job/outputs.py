"""Where results go: never over what they are made from, and never to a place that is not there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from interplay._core.errors import ConfigError, unknown_name

#: Files that a run writes into its folder under a name of their own.
_OF_A_RUN = ("recording.nwb", "events.npz", "snapshots.npz", "result.npz", "embedding.npz")


def require_file(
    out: Path, endings: tuple[str, ...], inputs: Iterable[str | Path | None], *, option: str = "out"
) -> None:
    """Refuse a file that could not be written in the end, or that would take the place of an input.

    Parameters
    ----------
    out : Path
    endings : tuple of str
        One of them must end its name.
    inputs : iterable of path or None
        What the command reads, or writes under another option.
    option : str
        The option that names the file, for messages.

    Raises
    ------
    ConfigError
        Before any work is done.
    """
    if out.is_dir():
        raise ConfigError(f"`--{option}` must name a file, got the folder {out}. Give a file name inside it.")
    if out.suffix not in endings:
        small = out.suffix.lower()
        remedy = f"got {out.suffix}. Write it in small letters: {out.with_suffix(small)}."
        if small not in endings:
            remedy = unknown_name("ending", out.suffix, endings)
        raise ConfigError(f"`{option}` must end in {' or '.join(endings)}: {remedy}")
    for source in inputs:
        if source is not None and same(out, source):
            raise ConfigError(f"`{option}` must be another file than the input, got {out.name} for both. Name another.")
    if not out.parent.is_dir():
        raise ConfigError(
            f"`--{option}` must lie in a folder that exists, got {out}: make the folder {out.parent} first."
        )


def require_folder(out: Path, source: str | Path | None) -> None:
    """Refuse the folder of a run that is its own input, or that holds it under a name that the run writes to.

    Parameters
    ----------
    out : Path
    source : path or None
        Of a recording or event list.

    Raises
    ------
    ConfigError
        Before any work is done.
    """
    if source is None:
        return
    path = Path(source)
    if same(out, path):
        raise ConfigError(f"`out` must be another folder than the input, got {out} for both. Name another.")
    if any(same(out / name, path) for name in _OF_A_RUN):
        raise ConfigError(
            f"`out` must not hold the input under a name that the run writes, got {path} and {out}. "
            "Name another folder."
        )


def same(one: str | Path, other: str | Path) -> bool:
    """Tell whether two paths are one file or folder, through links too; they need not exist.

    Parameters
    ----------
    one, other : path
    """
    first, second = Path(one), Path(other)
    try:
        return first.samefile(second)
    except OSError:
        return first.absolute() == second.absolute() or first.resolve() == second.resolve()
