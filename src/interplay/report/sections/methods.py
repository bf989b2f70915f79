"""What was done, composed from the configurations really used; and where everything came from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from interplay._core.provenance import Result
from interplay.data import Recording
from interplay.infer.results import NetworkResult
from interplay.measures.results import NetworkMeasures
from interplay.report import words
from interplay.report.parts import Block, Cell, Section, Table
from interplay.report.sections.circuit_methods import circuit_sentence
from interplay.report.sections.cohort_methods import cohort_sentence
from interplay.report.sections.event_methods import event_sentence
from interplay.stats.results import ReadoutResult

#: Settings of inference that a reader of one sentence wants to know, and values that go without saying.
_TELLING = (
    "kind", "estimator", "statistic", "spectrum", "bin_s", "lag_s", "low_s", "high_s", "band", "order", "lags",
    "max_delay", "conditional", "selection", "states", "prior", "link", "basis", "span_s", "penalty", "strength",
    "scale", "dropouts", "rank", "signs", "n_hidden", "window_s", "surrogates", "null",
)  # fmt: skip
_UNTOLD = ("none", "0")
#: Most characters of a plan that a page repeats.
_LONGEST = 200_000


def section_methods(
    results: Mapping[str, Result],
    *,
    text: Sequence[str] = (),
    references: Sequence[tuple[str, str]] = (),
    bibtex: str = "",
) -> Section:
    """Describe the methods of these results, with their settings, definitions and references.

    Parameters
    ----------
    results : mapping of stage name to Result
        In the order of computation.
    text : sequence of str
        Paragraphs that the caller adds.
    references : sequence of (key, formatted reference)
    bibtex : str
        To be copied.

    Returns
    -------
    Section
    """
    number = {str(key): k for k, (key, _) in enumerate(references, 1)}
    said = (method_sentence(result, number) for result in results.values())
    paragraphs = dict.fromkeys(sentence for sentence in said if sentence)  # stages of one method: once
    settings: list[tuple[Cell, ...]] = []
    definitions: list[tuple[Cell, ...]] = []
    for stage, result in results.items():
        settings += [(stage, type(result.config).__name__, name, value) for name, value in config_items(result.config)]
        if isinstance(result, NetworkMeasures):
            definitions += [(words.title(measure), about) for measure, about in _defined(result)]
    tables = []
    if settings:
        names = ("stage", "method", "setting", "value")
        tables.append(Table(caption="Settings", columns=names, rows=tuple(settings), name="settings", folded=True))
    if definitions:
        heads = ("measure", "definition, range and direction")
        tables.append(Table(caption="Definitions", columns=heads, rows=tuple(definitions), folded=True))
    blocks = (Block(title="BibTeX of these references", text=bibtex),) if bibtex.strip() else ()
    return Section(
        key="methods",
        title="Methods",
        text=(*paragraphs, *text),
        tables=tuple(tables),
        references=tuple((str(k), str(v)) for k, v in references),
        blocks=blocks,
    )


def _defined(result: NetworkMeasures) -> list[tuple[str, str]]:
    """Give the definitions of what was measured; without a recording there is no firing rate to define."""
    return [(k, v) for k, v in result.about.items() if k != "rate_hz" or result.rate_hz is not None]


def method_sentence(result: Result, number: Mapping[str, int]) -> str:
    """Describe one result's method in words, citing by number (by key where a reference is missing)."""
    known = sorted(number[k] for k in result.citations if k in number)
    marks = [*map(str, known), *(k for k in result.citations if k not in number)]
    cited = f" [{', '.join(marks)}]" if marks else ""
    seed = f" Random numbers come from seed {result.seed}." if result.seed is not None else ""
    if isinstance(result, NetworkResult):
        snaps = result.snapshots
        kind = "directed" if snaps.directed else "undirected"
        tested = " Each edge carries a p-value." if snaps.pvalues is not None else ""
        return (
            f"Networks ({kind}, {words.plural(len(snaps), 'window')}) were inferred with {_named(result)}{cited}; "
            f"an edge weight is {_lower(result.quantity.rstrip('.'))}.{tested}{seed}"
        )
    if isinstance(result, NetworkMeasures):
        names = words.listing((words.plain_name(k) for k in result.graph), most=30)
        what = f"Each network was measured{cited} by {names}." if names else ""
        null = " with p-values from a null model" if result.changes.pvalues is not None else ""
        return (
            f"{what} Communities were matched from window to window, windows were compared pairwise (recurrence), and "
            f"change points were sought{null}.{seed}"
        ).strip()
    if isinstance(result, ReadoutResult):
        base = words.listing((r.name for r in result.rows if r.role == "baseline"), most=20)
        beside = f", beside the baselines {base}" if base else ""
        decoders = words.listing(r.name for r in result.rows if r.role == "decoder")
        own = f"; in the same folds a decoder ({decoders}) was trained on the spikes themselves" if decoders else ""
        return (
            f"{words.title(result.target)} was read out{cited} from vectors per window in {result.n_folds} folds of "
            f"neighbouring windows{beside}, by the same code{own}.{seed}"
        )
    said = circuit_sentence(result) or event_sentence(result) or cohort_sentence(result)
    if said:
        return f"{said}{cited}.{seed}"
    return f"{type(result.config).__name__}{cited}.{seed}" if cited or seed else ""


def _named(result: NetworkResult) -> str:
    """Name the method with the settings that decide what it measures; the others are in the table."""
    given = dict(config_items(result.config))
    if given.get("surrogates", "0") == "0":
        given.pop("null", None)
    said = [_setting(name, given[name]) for name in _TELLING if given.get(name, "none") not in _UNTOLD]
    return f"{result.method} ({', '.join(said)})" if said else result.method


def _setting(name: str, value: str) -> str:
    """Write a setting with its unit: `bin_s` is a width in seconds."""
    plain = name.removesuffix("_s").replace("_", " ")
    return f"{plain} {value} s" if name.endswith("_s") else f"{plain} {value.replace('_', ' ')}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def config_items(config: object) -> list[tuple[str, str]]:
    """List the settings of a configuration, nested ones with dots."""
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        items = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    elif isinstance(config, Mapping):
        items = {str(k): v for k, v in config.items()}
    else:
        return [] if config is None else [("value", str(config))]
    out = []
    for name, value in items.items():
        if (dataclasses.is_dataclass(value) and not isinstance(value, type)) or isinstance(value, Mapping):
            out += [(f"{name}.{k}", v) for k, v in config_items(value)]
        else:
            out.append((name, "none" if value is None else str(value)))
    return out


def section_provenance(
    results: Mapping[str, Result],
    *,
    recording: Recording | None = None,
    plan: str = "",
    environment: Mapping[str, str] | None = None,
) -> Section:
    """Say what the report was made from, well enough to make it again.

    Parameters
    ----------
    results : mapping of stage name to Result
    recording : Recording or None
        Its digest is shown.
    plan : str
        The plan of the run, as TOML.
    environment : mapping of str to str or None
        Further facts, for example the command. Nothing that changes between equal runs belongs here.

    Returns
    -------
    Section
    """
    rows: list[tuple[Cell, ...]] = []
    if recording is not None:
        rows.append(("recording", "", recording.digest, ""))
    for stage, result in results.items():
        seed = "" if result.seed is None else str(result.seed)
        rows.append((stage, type(result.config).__name__, result.made_from, seed))
    versions: dict[str, str] = {}
    for result in results.values():
        versions |= {str(k): str(v) for k, v in result.versions.items()}
    facts: list[tuple[Cell, ...]] = [(k, v) for k, v in {**versions, **(environment or {})}.items()]
    tables = [
        Table(
            caption="Stages",
            columns=("stage", "method", "digest of its input", "seed"),
            rows=tuple(rows),
            name="stages",
        ),
        Table(caption="Versions", columns=("software", "version"), rows=tuple(facts), name="versions", folded=True),
    ]
    notes = [f"{stage}: {note}" for stage, result in results.items() for note in result.notes]
    return Section(
        key="provenance",
        title="Provenance",
        text=(
            "Equal input, settings and seeds give an equal report, byte for byte. A digest names the exact content "
            "that a stage read.",
        ),
        tables=tuple(tables),
        blocks=(Block(title="Plan of this run (TOML)", text=_at_most(plan)),) if plan.strip() else (),
        notes=tuple(notes),
    )


def _at_most(plan: str) -> str:
    """Leave the plan out where numbers make it longer than all else on the page: it came from files of its own."""
    if len(plan) <= _LONGEST:
        return plan
    return f"# {len(plan)} characters, mostly numbers, are not repeated here. The digests above name what was read."
