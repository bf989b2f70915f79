"""Which column of a table is what, guessed only where one reading is possible."""

from __future__ import annotations

import re
from collections.abc import Sequence

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.io.hints import SECONDS, Hints

#: For every role the accepted names, in tiers: a name of a later tier counts only if no earlier tier matches.
_NAMES: dict[str, tuple[tuple[str, ...], ...]] = {
    "src": (
        ("src", "source", "src_id", "source_id", "sender", "from", "from_id", "pre", "presynaptic", "sourceid",
         "fromid", "fromnodeid"),
        ("u", "user", "user_id", "userid"),
    ),
    "dst": (
        ("dst", "dest", "destination", "target", "dst_id", "target_id", "receiver", "recipient", "to", "to_id", "post",
         "postsynaptic", "targetid", "toid", "tonodeid"),
        ("v", "item", "item_id", "itemid"),
        ("i",),
    ),
    "time": (
        ("time", "timestamp", "spike_time", "spike_times", "times"),
        ("t", "ts", "datetime", "date", "timestamps"),
    ),
    "weight": (("weight", "w"), ("sign", "rating", "strength")),
    "unit": (
        ("unit", "unit_id", "neuron", "neuron_id", "cell", "cell_id"),
        ("channel", "electrode", "cluster", "cluster_id", "channel_id", "node", "id", "ids"),
    ),
}  # fmt: skip
_SUFFIX = re.compile(r"^(.*?)[ _\[(.]+(s|sec|secs|seconds|ms|us|ns|min|h)[\])]?$")
_LONG = {"sec": "s", "secs": "s", "seconds": "s"}


def bare(name: str) -> str:
    """Lower case, without blanks around it."""
    return name.strip().strip('"').lower()


def split_unit(name: str) -> tuple[str, str | None]:
    """Take the unit of time off a column's name: "time_ms" is ("time", "ms")."""
    found = _SUFFIX.match(bare(name))
    if not found:
        return bare(name), None
    return found[1], _LONG.get(found[2], found[2])


def find_role(role: str, names: Sequence[str]) -> int | None:
    """Find the one column that can play a role; None if there is none.

    Raises
    ------
    DataError
        If two columns are equally good.
    """
    plain = [split_unit(n)[0] if role == "time" else bare(n) for n in names]
    for tier in _NAMES[role]:
        hits = [k for k, name in enumerate(plain) if name in tier]
        if len(hits) > 1:
            both = " and ".join(repr(names[k]) for k in hits[:2])
            raise DataError(f"the columns {both} could both be the {role} column. Say which: `{role}_column=...`.")
        if hits:
            return hits[0]
    return None


def pick(role: str, names: Sequence[str] | None, n_columns: int, hints: Hints) -> int | None:
    """Give the column of a role: by hint if there is one, else by name."""
    hint = getattr(hints, f"{role}_column")
    if hint is None:
        return None if names is None else find_role(role, names)
    if isinstance(hint, int):
        if not 0 <= hint < n_columns:
            raise ConfigError(f"`{role}_column` must lie in [0, {n_columns}), the columns of the file; got {hint}.")
        return hint
    if names is None:
        raise ConfigError(
            f"`{role}_column`={hint!r} names a column, but the file has no header. Give a position from 0."
        )
    exact = [k for k, name in enumerate(names) if name == hint] or [
        k for k, name in enumerate(names) if bare(name) == bare(hint)
    ]
    if not exact:
        raise ConfigError(unknown_name(f"{role}_column", hint, names))
    return exact[0]


def seconds_per_unit(name: str | None, hints: Hints) -> tuple[float, str]:
    """Give the factor to seconds, and the note that says where it comes from."""
    if hints.time_unit is not None:
        return SECONDS[hints.time_unit], f"times were read in {hints.time_unit}, as asked"
    unit = None if name is None else split_unit(name)[1]
    if unit is not None:
        return SECONDS[unit], f"times were read in {unit}, as the column name {name!r} says"
    return 1.0, "times were taken to be in seconds (the file does not say; change it with `time_unit`)"
