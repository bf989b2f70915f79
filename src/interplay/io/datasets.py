"""Public data sets by name: where they lie, what they are, and the checksum that guards them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.protocols import Progress

_CHUNK = 1 << 16
_TIMEOUT_S = 30.0
_RAW = "https://raw.githubusercontent.com"


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """One file that can be fetched.

    Parameters
    ----------
    name, file : str
        What to ask for, and what the file is called on this machine.
    url : str
    sha256 : str
        64 hexadecimal digits of the content; "" where its makers give another sum.
    size : int, bytes
        Of the content; about, where not `exact`.
    about, licence, citation : str
    hints : mapping
        What `interplay.load` must be told about the file.
    md5 : str
        32 hexadecimal digits, where there is no SHA-256. It tells a broken transfer from a whole one; against somebody
        who wants to deceive it is no protection.
    exact : bool
        Whether the size is known to the byte. Where not, up to twice of it is taken, and the sum decides.
    """

    name: str
    file: str
    url: str
    sha256: str
    size: int
    about: str
    licence: str
    citation: str
    hints: Mapping[str, object] = field(default_factory=dict)
    md5: str = ""
    exact: bool = True

    @property
    def checksum(self) -> tuple[str, str, str]:
        """The sum that guards the content: what people call it, its name in `hashlib`, its digits."""
        return ("SHA-256", "sha256", self.sha256) if self.sha256 else ("MD5", "md5", self.md5)


_ENTRIES = (
    Dataset(
        name="rat-linear-track",
        file="rat-linear-track.mat",
        url=f"{_RAW}/nelpy/example-data/6771e15ba0a5630c239a3095753d4bf2549fde94/linear-track/spikes.mat",
        sha256="615b05a9228a5eaea7f99d5fc5b11848a4d94fc154104612410c887875b65bc7",
        size=176567,
        about="rat hippocampus CA1 on a linear track: spike times of 31 units, 33 minutes of run and rest",
        licence="MIT",
        citation="nelpy example data, github.com/nelpy/example-data",
    ),
    Dataset(
        name="zebrafish-tectum",
        file="zebrafish-tectum.ca2",
        url=f"{_RAW}/GoodhillLab/CILVA/6bfbc925479193ad9241604b9a118813df59f335/data/zf1.ca2",
        sha256="826578981605a62b0b31183aa4eb0e620a38f586acc24d4519da52464a8f3c66",
        size=3676653,
        about="larval zebrafish optic tectum: calcium traces of 143 neurons, 1950 frames at 2.1646 Hz",
        licence="MIT",
        citation="Triplett, Pujic, Sun, Avitan, Goodhill (2020), PLoS Computational Biology 16:e1008330",
        hints=MappingProxyType({"rows": "units", "rate_hz": 2.1646}),
    ),
    Dataset(
        name="simulated-labelled-spikes",
        file="simulated-labelled-spikes.npz",
        url=f"{_RAW}/christiando/spycon/ca5b52d9fdd4d1d724d0caa447212d88a34a03c7/data/gt_data/"
        "ren_simulation_1917_Cell1Block1_long_340_20_ei5_example.npz",
        sha256="b510577afcba5de20e0137f2e3e78c0e3c5b1801f9e5280e9d78f2489fe02722",
        size=1135068,
        about="simulated network with known connections: 20 recorded units, one hour, 93 699 spikes",
        licence="MIT",
        citation="spycon, github.com/christiando/spycon; simulation after Ren, Ito, Hafizi, Beggs, Stevenson (2020)",
    ),
    Dataset(
        name="college-messages",
        file="college-messages.txt",
        url=f"{_RAW}/wyd1502/DGNN/6caedd3e1a6a17924311cd9d828d960c2ef7174c/data/CollegeMsg.txt",
        sha256="e00ba2415373dee52c00616065bcceaa4750e78de60d1855c76470600f10740f",
        size=1150439,
        about="private messages of students: 59 835 timed events between 1899 people",
        licence="MIT (the repository); data by Panzarasa and colleagues",
        citation="Panzarasa, Opsahl, Carley (2009), J. Am. Soc. Inf. Sci. Technol. 60:911",
    ),
    Dataset(
        name="bitcoin-otc",
        file="bitcoin-otc.csv",
        url=f"{_RAW}/kmj0792/PolarDSN/0eafb16f9770888f8d2e1fd30ef4ed965f0801d3/DynamicData/weight/ml_bitcoinotc.csv",
        sha256="19152f70789263177b2fd5da0400898be6f9ae893c507c0e60d5c25e8ff67ed8",
        size=1525060,
        about="who trusts whom on Bitcoin OTC: 35 592 timed ratings from -10 to +10 between 5881 people",
        licence="MIT (the repository); data by Kumar and colleagues",
        citation="Kumar, Spezzano, Subrahmanian, Faloutsos (2016), IEEE ICDM, p. 221",
    ),
    Dataset(
        name="bitcoin-alpha",
        file="bitcoin-alpha.csv",
        url=f"{_RAW}/kmj0792/PolarDSN/0eafb16f9770888f8d2e1fd30ef4ed965f0801d3/DynamicData/weight/ml_bitcoinalpha.csv",
        sha256="679ad145752cb90ede19be56b4fe36f2d2daf0f783c1ac80d57f8c3e47e52820",
        size=893639,
        about="who trusts whom on Bitcoin Alpha: 24 186 timed ratings from -10 to +10 between 3783 people",
        licence="MIT (the repository); data by Kumar and colleagues",
        citation="Kumar, Spezzano, Subrahmanian, Faloutsos (2016), IEEE ICDM, p. 221",
    ),
    *(
        Dataset(
            name=f"spoken-digits-{half}",
            file=f"shd_{half}.h5.zip",
            url=f"https://zenkelab.org/datasets/shd_{half}.h5.zip",
            sha256="",
            md5=md5,
            size=size,
            exact=False,
            about=f"Spiking Heidelberg Digits, {half}: {count} spoken digits as spikes of 700 channels of a cochlea",
            licence="CC BY 4.0",
            citation="Cramer, Stradmann, Schemmel, Zenke (2022), IEEE Trans. Neural Netw. Learn. Syst. 33:2744",
        )
        for half, count, md5, size in (
            ("train", 8156, "f3252aeb598ac776c1b526422d90eecb", 131_000_000),
            ("test", 2264, "1503a5064faa34311c398fb0a1ed0a6f", 39_000_000),
        )
    ),
    *(
        Dataset(
            name=f"dvs-gesture-{half.lower()}",
            file=f"ibmGesture{half}.tar.gz",
            url=f"https://api.figshare.com/v2/file/download/{number}",
            sha256="",
            md5=md5,
            size=size,
            exact=False,
            about=f"DVS Gesture, {half.lower()}: {count} gestures before an event camera, as arrays, milliseconds",
            licence="CC BY 4.0",
            citation="Amir, Taba, Berg and colleagues (2017), IEEE CVPR, p. 7243",
        )
        for half, count, number, md5, size in (
            ("Train", 1077, 38022171, "3a8f0d4120a166bac7591f77409cb105", 2_440_000_000),
            ("Test", 264, 38020584, "56070e45dadaa85fff82e0fbfbc06de5", 690_000_000),
        )
    ),
)

#: Every set that `fetch` knows, by name.
DATASETS: Mapping[str, Dataset] = MappingProxyType({d.name: d for d in _ENTRIES})


def cache_folder() -> Path:
    """Where fetched files go by default: ``INTERPLAY_CACHE``, else the user's cache folder."""
    chosen = os.environ.get("INTERPLAY_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "interplay"


def fetch(
    name: str,
    folder: str | os.PathLike[str] | None = None,
    *,
    progress: Progress | None = None,
    datasets: Mapping[str, Dataset] = DATASETS,
) -> Path:
    """Fetch a public data set once and check it.

    Parameters
    ----------
    name : str
        One of `DATASETS`.
    folder : path or None
        Where to put it; made if missing. None means `cache_folder()`.
    progress : callable or None
        Called as progress(done, total), bytes.
    datasets : mapping of str to Dataset
        The table to look in.

    Returns
    -------
    Path
        The file. If it is there already and its checksum is right, nothing is fetched.

    Raises
    ------
    ConfigError
        If there is no such set.
    DataError
        If the file cannot be fetched, or its checksum is wrong. A file that was there is never deleted or replaced; an
        interrupted transfer stays as ``.part`` and is resumed the next time, where the server allows it.
    """
    if name not in datasets:
        raise ConfigError(unknown_name("data set", name, datasets))
    entry = datasets[name]
    place = Path(folder) if folder is not None else cache_folder()
    target = place / entry.file
    if target.exists():
        _require_sum(target, entry, "Move it away to fetch it anew.")
        return target
    try:
        place.mkdir(parents=True, exist_ok=True)
        part = place / f"{entry.file}.part"
        _transfer(entry, part, progress)
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or error
        raise DataError(
            f"the data set {name!r} could not be fetched from {entry.url}: {reason}. Check the connection and run it "
            f"again (what has arrived is kept), or fetch the file by other means and save it as {target}."
        ) from error
    _require_sum(
        part, entry, f"It was kept as {part.name} and not put in place: the source has changed or the transfer was "
        "disturbed. Move it away and try again."
    )  # fmt: skip
    part.replace(target)
    return target


def _require_sum(path: Path, entry: Dataset, remedy: str) -> None:
    words, kind, wanted = entry.checksum
    found = _sum(path, kind)
    if found != wanted:
        raise DataError(
            f"{path} must have the {words} sum {wanted}, got {found} ({path.stat().st_size} bytes, "
            f"{'' if entry.exact else 'about '}{entry.size} expected). {remedy}"
        )


def _sum(path: Path, kind: str) -> str:
    state = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            state.update(block)
    return state.hexdigest()


def _transfer(entry: Dataset, part: Path, progress: Progress | None) -> None:
    """Bring the file to `part`, going on where an earlier transfer stopped if the server can."""
    most = entry.size if entry.exact else 2 * entry.size
    have = part.stat().st_size if part.exists() else 0
    if have and (have == entry.size if entry.exact else _sum(part, entry.checksum[1]) == entry.checksum[2]):
        return
    if have > most:
        raise DataError(f"{part} is larger than the data set ({have} > {most} bytes). Move it away and try again.")
    request = urllib.request.Request(entry.url, headers={"User-Agent": "interplay"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    with contextlib.closing(urllib.request.urlopen(request, timeout=_TIMEOUT_S)) as answer:
        resumed = have > 0 and answer.status == 206
        done = have if resumed else 0
        size = entry.size if entry.exact else _announced(answer, done)
        with part.open("ab" if resumed else "wb") as stream:
            while block := answer.read(_CHUNK):
                done += len(block)
                if done > most:
                    raise DataError(
                        f"{entry.url} sends more than the {most} bytes expected: the source has changed. "
                        "Nothing was put in place."
                    )
                stream.write(block)
                if progress is not None:
                    progress(done, max(size or entry.size, done))
            stream.flush()
            os.fsync(stream.fileno())
    if size is not None and done < size:
        raise OSError(None, f"the transfer stopped after {done} of {size} bytes")


def _announced(answer: Any, done: int) -> int | None:
    """Give the size that the server announces for the whole file; None where it does not say."""
    told = answer.headers.get("Content-Length")
    return done + int(told) if told is not None and told.isdigit() else None
