"""How NIfTI and CIFTI files are told."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from interplay.io.guard import foreign


def is_nifti(path: Path) -> bool:
    """Tell a NIfTI or CIFTI file, compressed or not, by its first bytes."""
    with foreign(str(path)), path.open("rb") as stream:
        head = stream.read(348)
    if head.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(path) as packed:
                head = packed.read(348)
        except (OSError, EOFError, zlib.error):
            return False
    return _magic(head)


def _magic(head: bytes) -> bool:
    sizes = {int.from_bytes(head[:4], order) for order in ("little", "big")}
    return (540 in sizes and head[4:7] == b"n+2") or (348 in sizes and head[344:347] in (b"n+1", b"ni1"))
