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


def semba(aim, data, seed):
    from interplay.represent import SEMBA

    # Evidence is as late while training as it is in the test, which writes batches of this size.
    return SEMBA(aim=aim, seed=seed, batch=200, evidence_at="batch")


def nat(aim, data, seed):
    from interplay.represent import NAT

    return NAT(epochs=12, seed=seed)


def jodie(reduction):
    """Give what makes JODIE with a loss."""

    def make(aim, data, seed):
        from interplay.represent import JODIE

        return JODIE(reduction=reduction, learning_rate=3e-3, epochs=10, seed=seed)

    return make


MODELS = {
    "semba": Model(("sign",), semba),
    "tgn": Model(("link", "sign"), tgn),
    "nat": Model(("link",), nat),
    "jodie": Model(("link",), jodie("item_sum")),
    "jodie_tbatch_mean": Model(("link",), jodie("tbatch_mean")),
    "jodie_full_sum": Model(("link",), jodie("full_sum")),
}


def baseline(name):
    """Give what makes a baseline ready for a split."""

    def make(split, seed):
        from interplay.measures import STREAM_BASELINES

        config = STREAM_BASELINES[name](**({"seed": seed} if name == "boosting" else {}))
        return config.fit(split.graph, split=split)

    return make


#: By aim: name of a baseline to what makes it ready, make(split, seed).
BASELINES = {
    "link": {n: baseline(n) for n in ("edgebank", "edgebank_window", "recency", "popularity", "recency_popularity")},
    "sign": {n: baseline(n) for n in ("reputation", "boosting")},
}
