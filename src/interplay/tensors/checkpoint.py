"""Where training stood, as a file: whole or absent, checked before it is read, and of one training only."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import torch

from interplay._core.errors import DataError
from interplay.io.atomic import write_aside

#: First line of every checkpoint; its number changes with the layout of what follows.
_MARK = b"interplay training 1\n"
_DIGEST = 32


def write_checkpoint(path: Path, key: str, state: dict[str, Any]) -> None:
    """Write the state of a training, in place of an older one.

    Parameters
    ----------
    path : Path
        Its folder must exist. The file appears whole or not at all.
    key : str
        Digest of everything that shapes the training.
    state : dict
        Tensors, numbers, texts, and lists and dicts of them.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    body = key.encode() + b"\n" + buffer.getvalue()
    write_aside(path, _MARK + hashlib.blake2b(body, digest_size=_DIGEST).digest() + body)


def read_checkpoint(path: Path, key: str, device: torch.device) -> dict[str, Any] | None:
    """Read the state of a training.

    Parameters
    ----------
    path : Path
    key : str
        What the file must have been written with.
    device : torch.device
        Where the tensors go.

    Returns
    -------
    dict or None
        None where there is no such file.

    Raises
    ------
    DataError
        If the file is no checkpoint, is damaged, or belongs to another training. It is left as it is: overwriting it
        could cost somebody a day's work.

    Notes
    -----
    The digest covers key and state, so that a flipped bit is found before anything is unpacked; what is unpacked holds
    tensors and plain values only (``weights_only=True``).
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataError(f"`checkpoint` must be a file that can be read: {path} ({error.strerror}).") from error
    remedy = "Remove it to begin anew, or give another path."
    if not content.startswith(_MARK):
        raise DataError(f"`checkpoint` must be a file that training wrote, or none yet: {path} is another. {remedy}")
    start = len(_MARK) + _DIGEST
    body = content[start:]
    if hashlib.blake2b(body, digest_size=_DIGEST).digest() != content[len(_MARK) : start]:
        raise DataError(f"`checkpoint` must be whole: {path} is damaged (its digest does not fit). {remedy}")
    found, _, packed = body.partition(b"\n")
    if found != key.encode():
        raise DataError(
            f"`checkpoint` must belong to this training: {path} was written with other data, settings, seed or initial "
            f"parameters (key {found.decode()}, here {key}). {remedy}"
        )
    state: dict[str, Any] = torch.load(io.BytesIO(packed), map_location=device, weights_only=True)
    return state
