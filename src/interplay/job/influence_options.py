"""Options of `interplay influence`: which spread, which ways to choose seeds, which nodes may be seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, unknown_name
from interplay._core.registry import Registry
from interplay.data import Graph
from interplay.influence import MODELS, SEEDERS
from interplay.job.embedding_options import setting

#: Dynamics of opinions, by the name that `--model` takes.
OPINIONS = Registry(
    "opinion model",
    {
        "deffuant": "interplay.influence.opinion_models:Deffuant",
        "hegselmann-krause": "interplay.influence.opinion_models:HegselmannKrause",
    },
)
#: The embedding that hides groups from a discriminator; it needs torch.
ADVERSARIAL = "adversarial"
#: Cascades per choice where nothing is said.
RUNS = 10_000
#: Runs of opinions for every choice of seeds, and rounds of each at most: few runs stop short of rest then.
OPINION_RUNS = 20
OPINION_ROUNDS = 500
#: Ways to choose seeds that look at no cascade.
BLIND = ("random", "degree", "page-rank")
#: Settings of a simulation of opinions that can be set beside those of its model.
_OF_A_PLAN = ("seed_opinion", "stubborn", "within", "rounds")
#: Above this many nodes reverse-reachable sets take the place of simulated gains.
GREEDY_LIMIT = 2000
#: With fewer cascades greedy overfits its sample, and reverse-reachable sets stand beside it, or take its place.
WORTH, _POOR = 4000, 1000
#: Fewest cascades that greedy looks at.
FEWEST = 32
#: Time of greedy in ns per cascade, candidate and edge, all its evaluations included (measured); what it may take.
_GREEDY_NS = {"ic": 0.5, "lt": 1.8, "si": 100.0, "sir": 60.0}
_TIMED_NS = 1.0
_GREEDY_ALL_NS = 4e9
#: Models whose reverse-reachable sets are known.
_REVERSIBLE = ("ic", "lt")
#: Embeddings of attributes, which this command has not.
_OF_FEATURES = ("ae", "musae")
#: Above this many entries no embedding is trained unless asked for.
_EMBEDDED = 200_000
_PROBABILITY = ("weight", "in-degree")


@dataclass(frozen=True, kw_only=True)
class InfluenceAsked:
    """What `interplay influence` is asked for.

    Attributes
    ----------
    source : str or None
        A network; our own where None.
    groups : str or None
        Column of the node table.
    unknown : str or None
        Name of the group of nodes without a value.
    nodes : str or None
        File of the node table.
    budget : int
        Seeds of every choice.
    model : str
        Registered name of a cascade or of opinion dynamics.
    probability : str or None
        Of the independent cascade, as typed.
    settings : tuple of str
        Of the model, each "key=value".
    methods : tuple of str or None
        Ways to choose seeds; chosen by size where None.
    embedding : tuple of str
        Embeddings whose medoids are seeds too.
    runs : int or None
        Cascades per choice, and the most that greedy looks at.
    among : str or None
        "COLUMN=VALUE": who may be a seed.
    layer, directed, repeats, hint, static
        As `read_influence_network` and `choose_layer` take them.
    price : bool or None
        Whether the price of fairness is swept; where it is quick if None.
    seed : int
    """

    source: str | None = None
    groups: str | None = None
    unknown: str | None = None
    nodes: str | None = None
    budget: int = 10
    model: str = "ic"
    probability: str | None = None
    settings: tuple[str, ...] = ()
    methods: tuple[str, ...] | None = None
    embedding: tuple[str, ...] = ()
    runs: int | None = None
    among: str | None = None
    layer: str | None = None
    directed: bool | None = None
    repeats: str = "refuse"
    hint: tuple[str, ...] = ()
    static: bool = False
    price: bool | None = None
    seed: int = 0


def configured_model(asked: InfluenceAsked) -> Any:
    """Build the model of spreading.

    Parameters
    ----------
    asked : InfluenceAsked

    Returns
    -------
    CascadeModel, or OpinionPlan for a model of opinions

    Raises
    ------
    ConfigError
        If it is unknown, or a setting is not one of its own, or is said twice.
    """
    if asked.model in OPINIONS:
        return _opinion_plan(asked)
    if asked.model not in MODELS:
        raise ConfigError(unknown_name("model", asked.model, [*MODELS, *OPINIONS]))
    made = MODELS[asked.model]
    known = {f.name for f in fields(made)}
    given = _settings(asked, known)
    if asked.probability is not None:
        _require_probability(asked, known)
        if "probability" in given:
            raise ConfigError("`probability` must be said once, got --probability and --set. Leave one out.")
        given["probability"] = _probability(asked.probability)
    return made(**given)


def _opinion_plan(asked: InfluenceAsked) -> Any:
    from interplay.influence import OpinionPlan

    made = OPINIONS[asked.model]
    own = {f.name for f in fields(made)}
    if asked.probability is not None:
        _require_probability(asked, own)
    given = _settings(asked, own | set(_OF_A_PLAN))
    model = made(**{key: value for key, value in given.items() if key in own})
    rest = {"rounds": OPINION_ROUNDS} | {key: value for key, value in given.items() if key not in own}
    return OpinionPlan(model=model, seed=asked.seed + 1, runs=asked.runs or OPINION_RUNS, **rest)


def _settings(asked: InfluenceAsked, known: set[str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for text in asked.settings:
        key, value = setting(text, known, example=f"{min(known)}=...")
        if key in given:
            raise ConfigError(f"`{key}` must be said once, got it twice. Leave one out.")
        given[key] = value
    return given


def _require_probability(asked: InfluenceAsked, known: set[str]) -> None:
    if "probability" not in known:
        raise ConfigError(
            f"`--probability` must be left out for the model {asked.model!r}, which has no such setting. Its own "
            f"are {', '.join(sorted(known))}: write --set {min(known)}=..."
        )


def _probability(text: str) -> float | str:
    if text in _PROBABILITY:
        return text
    try:
        return float(text)
    except ValueError:
        raise ConfigError(
            f"`--probability` must be a number in [0, 1] or one of {', '.join(_PROBABILITY)}, got {text!r}."
        ) from None


def listed(texts: Iterable[str] | None) -> tuple[str, ...]:
    """Split names that may stand in one option, parted by commas, each once."""
    names = [name.strip() for text in texts or () for name in text.split(",") if name.strip()]
    return tuple(dict.fromkeys(names))


def greedy_runs(asked: InfluenceAsked, *, n_open: int, n_entries: int, static: bool) -> int:
    """Fit the cascades that greedy looks at to what they cost, so that a call ends within seconds.

    Parameters
    ----------
    asked : InfluenceAsked
    n_open : int
        Candidates.
    n_entries : int
        Edges out of all nodes, or timed events.
    static : bool
        Whether edges have no times.

    Returns
    -------
    int
        As many as judge the choices at most; below 32 greedy is not worth its name.
    """
    each = _GREEDY_NS.get(asked.model, max(_GREEDY_NS.values())) if static else _TIMED_NS
    fit = int(_GREEDY_ALL_NS / (each * max(n_open, 1) * max(n_entries, 1)))
    return min(fit - fit % 16 if fit >= 16 else fit, asked.runs or RUNS, RUNS)


def _strong(asked: InfluenceAsked, n_nodes: int, n_open: int, n_entries: int, static: bool) -> tuple[str, ...]:
    """Name the method that seeks the greatest reach: greedy where its sample is large enough."""
    unlimited = replace(asked, runs=None)
    affordable = greedy_runs(unlimited, n_open=n_open, n_entries=n_entries, static=static)
    if asked.model in _REVERSIBLE:
        if not static or n_nodes > GREEDY_LIMIT or affordable < _POOR:
            return ("ris",)
        return ("greedy",) if affordable >= WORTH else ("greedy", "ris")
    return ("greedy",) if affordable >= FEWEST else ()


def chosen_methods(
    asked: InfluenceAsked,
    *,
    n_nodes: int,
    n_entries: int,
    several_groups: bool,
    static: bool,
    n_open: int | None = None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say which ways to choose seeds are compared.

    Parameters
    ----------
    asked : InfluenceAsked
    n_nodes, n_entries : int
        Size of the network.
    several_groups : bool
        Whether there is anybody to be fair to.
    static : bool
        Whether edges have no times.
    n_open : int or None
        Who may be a seed; everybody where None.

    Returns
    -------
    methods : tuple of str
        Registered names.
    embeddings : tuple of str
        Whose medoids are seeds too.

    Raises
    ------
    ConfigError
        If a name is unknown, or "medoids" is asked for where nothing can be embedded.
    """
    _require_embeddings(asked.embedding, static)
    opinions = asked.model in OPINIONS
    if asked.methods is not None:
        for name in asked.methods:
            if name not in SEEDERS:
                raise ConfigError(unknown_name("method", name, SEEDERS))
            if opinions and name not in (*BLIND, "medoids"):
                raise ConfigError(
                    f"`--methods` must be among {', '.join(BLIND)} and medoids for opinions, got {name}, which looks "
                    "at cascades. Leave it out."
                )
        said = tuple(m for m in asked.methods if m != "medoids")
        if "medoids" in asked.methods and not asked.embedding:
            if not static:
                raise ConfigError("`medoids` needs an embedding, and timed events have none. Pass --static.")
            return said, _embeddings(several_groups)
        if not said and not asked.embedding:
            raise ConfigError(f"`--methods` must name a way to choose seeds: {', '.join(SEEDERS)}.")
        return said, asked.embedding
    methods: tuple[str, ...] = BLIND
    if not opinions:
        methods += _strong(asked, n_nodes, n_nodes if n_open is None else n_open, n_entries, static)
    methods += ("max-min", "proportional") if several_groups and not opinions else ()
    if asked.embedding or not static or n_entries > _EMBEDDED:
        return methods, asked.embedding
    return methods, _embeddings(several_groups)


def _require_embeddings(names: tuple[str, ...], static: bool) -> None:
    from interplay.represent import NODE_METHODS

    for name in names:
        if name not in NODE_METHODS and name != ADVERSARIAL:
            raise ConfigError(unknown_name("embedding", name, [*NODE_METHODS, ADVERSARIAL]))
        if name in _OF_FEATURES:
            raise ConfigError(
                f"`--embedding` must need no features of nodes, which this command has not, got {name}. Train it in "
                "Python and pass it to `KMedoidSeeds`, or choose deepwalk."
            )
    if names and not static:
        raise ConfigError("`--embedding` must be left out for timed events. Pass --static to forget the times.")


def _embeddings(several_groups: bool) -> tuple[str, ...]:
    return ("deepwalk", "crosswalk") if several_groups else ("deepwalk",)


def candidates(graph: Graph, among: str | None) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Find who may be a seed.

    Parameters
    ----------
    graph : Graph
    among : str or None
        "COLUMN=VALUE"; None: everybody.

    Returns
    -------
    ids : (M,) int64 array or None
    notes : tuple of str

    Raises
    ------
    ConfigError
        If it is written otherwise, or names no node.
    """
    if among is None:
        return None, ()
    column, equals, value = among.partition("=")
    if not equals or not column:
        raise ConfigError(f"`--among` must be written COLUMN=VALUE, got {among!r}. Write for example group=sensory.")
    if column not in graph.attributes:
        raise ConfigError(unknown_name("column of the node table", column, graph.attributes))
    values = np.asarray(graph.attributes[column])
    texts = [f"{v:g}" if isinstance(v, float) else str(v) for v in values.tolist()]
    ids = np.flatnonzero(np.array([text == value for text in texts], dtype=bool))
    if not len(ids):
        raise ConfigError(unknown_name(f"value of {column!r}", value, _some(texts)))
    return ids, (
        f"seeds are chosen among the {len(ids)} node{'s' * (len(ids) != 1)} whose {column} is {value}, as asked",
    )


def _some(texts: Sequence[str]) -> list[str]:
    return sorted(set(texts))[:50]
