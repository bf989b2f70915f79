"""The papers behind a tournament: those of its players, and those of its tests."""

from __future__ import annotations

from collections.abc import Sequence

from interplay.loop.tables import PlayerEntry

_ALWAYS = (
    "games1976pairwise",
    "holm1979",
    "kagan2022dish",
    "khajehnejad2025dynamic",
    "towers2024gymnasium",
    "welch1951comparison",
)
_PUBLISHED = ("balci2023response",)
_CULTURE = (
    "izhikevich2003simple",
    "izhikevich2008large",
    "tsodyks1997neural",
    "turrigiano1998scaling",
    "wagenaar2006bursting",
)
_ALGORITHM = {
    "a2c": ("mnih2016asynchronous", "raffin2021stable"),
    "dqn": ("mnih2015human", "raffin2021stable"),
    "ppo": ("raffin2021stable", "schulman2017proximal"),
    "qrdqn": ("dabney2018quantile", "raffin2021stable"),
    "value": ("mnih2015human",),
}
_SWITCH = {
    ("loss", "c51"): ("bellemare2017distributional",),
    ("loss", "hl_gauss"): ("farebrother2024stop", "imani2018improving"),
    ("target", "minto"): ("hendawy2025online",),
    ("target", "is_qn"): ("vincent2025iterated",),
}


def citations_of(players: Sequence[PlayerEntry]) -> tuple[str, ...]:
    """Give the keys of the papers behind what these players do and how they are compared.

    Parameters
    ----------
    players : sequence of PlayerEntry

    Returns
    -------
    tuple of str
        Sorted.
    """
    keys = {*_ALWAYS, *_PUBLISHED}
    for entry in players:
        settings = entry.settings
        name = entry.player.partition(":")[0]
        if entry.kind == "dish":
            keys |= _of_dish(entry)
        keys |= set(_ALGORITHM.get(name, ()))
        keys |= set((settings.get("resolved") or {}).get("papers", ()))
        if name == "value":
            for switch, papers in _SWITCH.items():
                if settings.get(switch[0]) == switch[1]:
                    keys |= set(papers)
            if settings.get("resets"):
                keys.add("schwarzer2023bigger")
            if settings.get("pruning"):
                keys.add("obando2024pruned")
    return tuple(sorted(keys))


def _of_dish(entry: PlayerEntry) -> set[str]:
    settings = entry.settings
    keys = set(_CULTURE) if settings.get("backend") == "silicon" else set()
    if settings.get("plasticity") == "r_stdp_centred":
        keys.add("izhikevich2007solving")
    encoding = settings.get("encoding")
    if isinstance(encoding, dict) and encoding.get("avoidable"):
        keys.add("sinapayen2017avoidance")
    return keys
