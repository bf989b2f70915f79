"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from interplay._core.errors import DataError


@contextlib.contextmanager
def aside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary name in the same folder; at the end the file there takes the name `path`.

    Parameters
    ----------
    path : path
        Where the file shall be. Its folder must exist. An older file of that name stays until the very end.

    Yields
    ------
    Path
        A name that no file has yet, with the same ending as `path`. Write there, and close what you opened.

    Raises
    ------
    DataError
        If the folder does not exist or cannot be written to, if `path` is a folder, or if nothing was written.

    Notes
    -----
    The content reaches the disk before the rename (fsync of the file, then of the folder where the system allows it),
    so that a crash leaves the old file or the new one. If the block raises, nothing is left behind.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with aside(Path(folder) / "a.txt") as draft:
    ...         _ = draft.write_text("whole")
    ...     [p.name for p in Path(folder).iterdir()]
    ['a.txt']
    """
    target = Path(path)
    folder = target.parent
    if not folder.is_dir():
        raise DataError(f"`path` must lie in an existing folder: {folder} is not one. Create the folder first.")
    if target.is_dir():
        raise DataError(f"`path` must name a file: {target} is a folder. Give a file name inside it.")
    try:
        shelter = Path(tempfile.mkdtemp(prefix=f".{target.name[:60]}.", dir=folder))
    except OSError as error:
        raise DataError(
            f"`path` must lie in a folder that can be written to: {folder} cannot ({error.strerror}). "
            "Choose another folder or change its permissions."
        ) from error
    draft = shelter / f"draft{target.suffix}"
    try:
        yield draft
        if not draft.is_file():
            raise DataError(f"nothing was written for {target}: the writer left no file. Report this.")
        _flush(draft)
        draft.replace(target)
        _flush(folder)
    finally:
        draft.unlink(missing_ok=True)
        shelter.rmdir()


def _flush(path: Path) -> None:
    """Push a file to the disk; folders only where the system can."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def write_aside(path: str | os.PathLike[str], content: str | bytes | Callable[[Path], object]) -> Path:
    """Write a file that appears whole or not at all; see `aside`.

    Parameters
    ----------
    path : path
    content : str, bytes, or callable
        Text is written as UTF-8 with its line ends as they are. A callable gets the temporary path and writes there.

    Returns
    -------
    Path
        `path`.
    """
    with aside(path) as draft:
        if isinstance(content, str):
            draft.write_bytes(content.encode())
        elif isinstance(content, bytes):
            draft.write_bytes(content)
        else:
            content(draft)
    return Path(path)
