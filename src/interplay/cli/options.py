"""Command-line options from the fields of a plan, so that each setting is defined once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_args, get_origin

import typer

from interplay.job.plan import Plan

_PANELS = {
    "behavior": "Read-out",
    "target": "Read-out",
    "readout_window_s": "Read-out",
    "folds": "Read-out",
    "permutations": "Read-out",
    "window_s": "Windows",
    "step_s": "Windows",
    "method": "Inference",
    "method_set": "Inference",
    "lag_s": "Inference",
    "bin_s": "Inference",
    "surrogates": "Inference",
    "threshold": "Network",
    "alpha": "Network",
    "density": "Network",
    "nulls": "Network",
    "represent": "Embedding",
    "latent": "Embedding",
    "hidden": "Embedding",
    "node_features": "Embedding",
    "epochs": "Embedding",
    "embedding_seeds": "Embedding",
    "embedding_nodes": "Embedding",
    "train_share": "Embedding",
    "device": "Embedding",
    "circuit": "Circuit",
    "circuit_units": "Circuit",
    "circuit_window_s": "Circuit",
    "circuit_phi": "Circuit",
    "circuit_tau_s": "Circuit",
    "circuit_draws": "Circuit",
    "stream_models": "Event lists",
    "stream_epochs": "Event lists",
    "stream_seeds": "Event lists",
    "stream_negatives": "Event lists",
    "stream_batch": "Event lists",
    "stream_explain": "Event lists",
    "cohort_model": "Cohorts",
    "cohort_target": "Cohorts",
    "cohort_labels": "Cohorts",
    "cohort_test": "Cohorts",
    "cohort_modality": "Cohorts",
    "cohort_transform": "Cohorts",
    "cohort_times": "Cohorts",
    "cohort_width": "Cohorts",
    "cohort_layers": "Cohorts",
    "cohort_epochs": "Cohorts",
}
#: Second names of options.
_ALSO = {"method_set": ("--set",)}


def with_plan_options(function: Callable[..., None], *, fields: tuple[str, ...]) -> Callable[..., None]:
    """Give a command one option per named field of `Plan`, beside its own parameters.

    The command receives them as keyword arguments; a field that the user left alone arrives as None, so that the
    choice of a plan file stands.

    Parameters
    ----------
    function : callable
        The command; its last parameter is ``**settings``.
    fields : tuple of str
        Fields of `Plan` to offer.

    Returns
    -------
    callable
        With the signature that typer reads.
    """
    own = [p for p in inspect.signature(function, eval_str=True).parameters.values() if p.kind is not p.VAR_KEYWORD]
    offered = []
    for name in fields:
        field = Plan.model_fields[name]
        shown = ", ".join(field.default) if isinstance(field.default, tuple) else field.default
        default = "" if shown in (None, "") else f" [dim]\\[default: {shown}][/dim]"
        option = typer.Option(
            f"--{name.replace('_', '-')}",
            *_ALSO.get(name, ()),
            help=f"{field.description}{default}",
            rich_help_panel=_PANELS.get(name, "Options"),
            show_default=False,
        )
        kind: Any = _plain(field.annotation)
        offered.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
            )
        )

    def command(**given: Any) -> None:
        function(**given)

    command.__doc__ = function.__doc__
    command.__name__ = function.__name__
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + offered
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command


def _plain(annotation: Any) -> Any:
    """Drop the None of an optional field: an option left alone is None anyway. A tuple is an option to repeat."""
    if get_origin(annotation) is tuple:
        return list[get_args(annotation)[0]]  # type: ignore[misc]
    parts = [part for part in get_args(annotation) if part is not type(None)]
    return parts[0] if type(None) in get_args(annotation) else annotation
