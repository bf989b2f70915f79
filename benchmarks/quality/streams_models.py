"""What the table of streams compares: every model by a name, with the settings it has on each stream.

To add one: `MODELS["name"] = Model(aims, make)`, where make(aim, data, seed) gives its configuration. Settings are
chosen on validation events alone.
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Model(NamedTuple):
    """What a model is for, and its configuration by aim, name of the stream and seed."""

    aims: tuple[str, ...]
    make: Callable[[str, str, int], Any]


def tgn(aim, data, seed):
    from interplay.represent import TGN

    return TGN(aim=aim, seed=seed)


MODELS = {"tgn": Model(("link", "sign"), tgn)}

#: By aim: name of a baseline to what makes it ready, make(split, seed).
BASELINES = {"link": {}, "sign": {}}
