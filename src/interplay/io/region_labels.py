"""Names and networks of regions, from label files and from the names themselves."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Units
from interplay.io.guard import foreign, require_file

_NAME = ("label", "name", "region", "roi", "parcel", "labels", "names")
_NETWORK = ("network_label", "network", "network_label_7network", "networks", "group", "system")
_INDEX = ("index", "id", "value", "roi_id")
#: "7Networks_LH_Vis_1", "LH_Default_PFC_1": hemisphere, then network.
_SCHAEFER = re.compile(r"(?:\d+Networks_)?[LR]H_([A-Za-z]+)_.+")


class Labels(NamedTuple):
    """What a label file says of an atlas, in its order.

    Attributes
    ----------
    names : tuple of str
    networks : tuple of str or None
    numbers : tuple of int or None
        Value of each region in the atlas image.
    """

    names: tuple[str, ...]
    networks: tuple[str, ...] | None
    numbers: tuple[int, ...] | None


def read_labels(path: Path) -> Labels:
    """Read a label file.

    Parameters
    ----------
    path : Path
        One name per line; all names in one line, separated by commas or tabs; or a table with a header that has a
        column of names (label, name, region ...) and may have index and network (network_label, network ...).

    Returns
    -------
    Labels

    Raises
    ------
    DataError
        If it is no such file, or a name is empty or given twice.
    """
    if require_file(path) > 1 << 24:
        raise DataError(f"{path} must be a label file, its size is {path.stat().st_size} bytes. Name another one.")
    with foreign(str(path)):
        text = path.read_text(encoding="utf-8-sig")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("#", "%"))]
    if not lines:
        raise DataError(f"{path} holds no names. Name another label file.")
    mark = next((m for m in ("\t", ",", ";") if m in lines[0]), None)
    rows = [[f.strip().strip('"') for f in (line.split(mark) if mark else [line])] for line in lines]
    if len(rows) == 1:
        found = Labels(tuple(rows[0]), None, None)
    elif mark is None:
        found = Labels(tuple(row[0] for row in rows), None, None)
    else:
        found = _table(path, rows)
    repeated = sorted({name for name in found.names if found.names.count(name) > 1})
    if repeated or "" in found.names:
        raise DataError(f"{path}: every region needs a name of its own, got {(repeated or [''])[0]!r}. Correct it.")
    return found


def load_regions(path: str | os.PathLike[str]) -> Units:
    """Read an atlas from a label file.

    Parameters
    ----------
    path : path
        As for `read_labels`.

    Returns
    -------
    Units
        Names, and the network of each region as `group`: of the file's column of networks, else read out of names like
        "7Networks_LH_Vis_1", else "".

    Raises
    ------
    DataError
        If it is no label file, or a name is empty or given twice.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "atlas.csv").write_text("7Networks_LH_Vis_1,7Networks_RH_Cont_1")
    ...     load_regions(folder + "/atlas.csv").group.tolist()
    ['Vis', 'Cont']
    """
    told = read_labels(Path(path))
    group = networks_of(told.names) if told.networks is None else np.array(told.networks, dtype=str)
    return Units(n=len(told.names), id=np.array(told.names, dtype=str), group=group)


def _table(path: Path, rows: list[list[str]]) -> Labels:
    header = [name.lower() for name in rows[0]]
    name = next((header.index(n) for n in _NAME if n in header), None)
    if name is None or any(len(row) != len(header) for row in rows):
        raise DataError(
            f"{path} must be a table with a column of names ({', '.join(_NAME[:3])}), got the header "
            f"{', '.join(rows[0][:8])}. Rename the column, or write one name per line."
        )
    network = next((header.index(n) for n in _NETWORK if n in header), None)
    index = next((header.index(n) for n in _INDEX if n in header), None)
    body = rows[1:]
    numbers: tuple[int, ...] | None = None
    if index is not None and all(re.fullmatch(r"\d+(\.0+)?", row[index]) for row in body):
        numbers = tuple(int(float(row[index])) for row in body)
        if 0 in numbers:  # the background of the image
            k = numbers.index(0)
            body, numbers = body[:k] + body[k + 1 :], numbers[:k] + numbers[k + 1 :]
    missing = ("n/a", "nan", "na")
    groups = None if network is None else tuple("" if r[network].lower() in missing else r[network] for r in body)
    return Labels(tuple(row[name] for row in body), groups, numbers)


def networks_of(names: Sequence[str]) -> NDArray[np.str_]:
    """Read the network out of names like "7Networks_LH_Vis_1" or "LH_Default_PFC_1"; "" where there is none."""
    found = (_SCHAEFER.fullmatch(name) for name in names)
    return np.array([m[1] if m else "" for m in found], dtype=str)
