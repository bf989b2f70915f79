"""The border to other people's files: damaged input becomes one clear error, and no claim is believed unchecked."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from interplay._core.errors import DataError, InterplayError

#: No compressor in use here shrinks data further than deflate's 1032 : 1; a larger claim is a damaged or hostile file.
MAX_RATIO = 1100
#: Claims below this many bytes are never refused: they can do no harm.
HARMLESS = 1 << 22


def one_paragraph(text: str) -> str:
    """Join lines and blanks, drop what no terminal can print, and shorten what is too long to read."""
    flat = re.sub(r"\s+", " ", text).strip()
    flat = "".join(c if c.isprintable() else "�" for c in flat)
    return flat if len(flat) <= 900 else flat[:880] + " ..."


@contextlib.contextmanager
def foreign(what: str, remedy: str = "The file is damaged or incomplete: fetch or export it again.") -> Iterator[None]:
    """Guard a call into a file library: whatever it raises becomes a DataError that says what could not be read.

    Only calls into other packages belong inside; a mistake of ours must stay visible as one.
    """
    try:
        yield
    except InterplayError:
        raise
    except PermissionError as error:
        raise DataError(f"{what} cannot be opened: permission denied. Change its permissions, or copy it.") from error
    except MemoryError as error:
        raise DataError(f"{what} needs more memory than there is. Cut the file, or use a larger machine.") from error
    except Exception as error:
        detail = one_paragraph(str(error))[:240] or type(error).__name__
        raise DataError(f"{what} cannot be read ({detail}). {remedy}") from error


def require_file(path: Path) -> int:
    """Demand a regular, readable, non-empty file; give its size in bytes."""
    try:
        found = path.stat()
    except FileNotFoundError:
        near = f" The folder {path.parent} does not exist." if not path.parent.is_dir() else ""
        raise DataError(f"there is no file {path}.{near} Check the name.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}. Check its name and permissions.") from error
    if stat.S_ISDIR(found.st_mode):
        raise DataError(f"{path} is a folder, a file is needed. Name a file inside it.")
    if not stat.S_ISREG(found.st_mode):
        raise DataError(
            f"{path} is neither a file nor a folder (a device or a pipe). Save its content to a file first."
        )
    if not os.access(path, os.R_OK):
        raise DataError(f"{path} cannot be opened: permission denied. Change its permissions, or copy it.")
    if found.st_size == 0:
        raise DataError(f"{path} is empty (0 bytes). Fetch or export it again.")
    return found.st_size


def require_claim(what: str, claimed: int, stored: int) -> None:
    """Refuse a claimed size in bytes that the stored bytes cannot hold, before anything is allocated."""
    if claimed > HARMLESS and claimed > stored * MAX_RATIO:
        raise DataError(
            f"{what} claims {claimed} bytes but the file holds only {stored} bytes for it. "
            "The file is damaged or incomplete: fetch or export it again."
        )


def first_step_back(time: object) -> int | None:
    """Find the first k with time[k] > time[k + 1], or None."""
    import numpy as np

    step = np.diff(np.asarray(time))
    bad = step < 0
    return int(np.argmax(bad)) if bad.any() else None
