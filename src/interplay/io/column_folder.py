"""Folders of bare columns under one manifest: held by one writer, checked against what was written."""

from __future__ import annotations

import fcntl
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from interplay._core.errors import ConfigError, DataError
from interplay.io.guard import foreign

#: Bytes read at once where a column is checked.
_BLOCK = 1 << 24


def hold_folder(
    folder: Path, what: str, manifest: str, is_own: Callable[[str], bool], *, aside: tuple[str, ...] = ()
) -> IO[bytes]:
    """Hold a folder for this process, made if absent; what is neither empty nor of this kind is refused.

    Parameters
    ----------
    folder : Path
    what : str
        What it is to hold, for messages.
    manifest : str
        The file that marks it.
    is_own : callable
        Whether a file of that name may lie there before there is a manifest.
    aside : tuple of str
        Other files that are prepared aside, as the manifest is: what is left of that by a killed writer goes.

    Returns
    -------
    file
        The lock; closing it lets go.

    Raises
    ------
    DataError
        If the folder is a file, has no parent, or holds something else.
    ConfigError
        If another process holds it.
    """
    if folder.exists() and not folder.is_dir():
        raise DataError(f"`path` must be a folder: {folder} is a file. Choose another name.")
    if not folder.parent.is_dir():
        raise DataError(f"`path` must lie in an existing folder: {folder.parent} is not one. Create the folder first.")
    left = {p.name for p in folder.iterdir() if not _is_draft(p, (manifest, *aside))} if folder.exists() else set()
    strange = sorted(name for name in left if name not in ("lock", manifest) and not is_own(name))
    if strange and manifest not in left:
        raise DataError(
            f"`path` must be new, empty or {what}: {folder} holds {strange[0]!r}, and is left as it is. "
            "Choose another name."
        )
    try:
        folder.mkdir(exist_ok=True)
        file = (folder / "lock").open("wb")
    except OSError as error:
        raise DataError(
            f"`path` must be a folder that can be written to: {folder} cannot ({error.strerror}). Choose another one."
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise ConfigError(f"another process is writing to {folder}. Wait for it, or choose another folder.") from error
    for draft in [p for p in folder.iterdir() if _is_draft(p, (manifest, *aside))]:  # of a writer that was killed
        shutil.rmtree(draft)
    return file


def _is_draft(path: Path, names: tuple[str, ...]) -> bool:
    """Tell the folders in which `interplay.io.atomic.aside` prepares files."""
    return path.is_dir() and path.name.startswith(tuple(f".{name}." for name in names))


def checksum(path: Path, size: int) -> int:
    """Give the checksum of a file's first `size` bytes."""
    left, found = size, 0
    with foreign(str(path)), path.open("rb") as file:
        while left:
            raw = file.read(min(left, _BLOCK))
            if not raw:
                raise DataError(f"{path} became shorter while it was read. Open it again.")
            found, left = zlib.crc32(raw, found), left - len(raw)
    return found
