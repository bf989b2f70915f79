"""What a method of inference tells beside its networks: one chapter per kind of result."""

from __future__ import annotations

from collections.abc import Sequence

from interplay.infer.bayes_results import DynamicBayesResult
from interplay.infer.boltzmann_results import BoltzmannResult
from interplay.infer.correlogram_results import CorrelogramResult
from interplay.infer.factor_results import FactorResult
from interplay.infer.glm_results import GLMResult
from interplay.infer.results import NetworkResult
from interplay.infer.switching_results import SwitchingResult
from interplay.report.parts import Section
from interplay.report.sections.inferred_models import section_bayes, section_boltzmann
from interplay.report.sections.inferred_spikes import section_correlograms, section_glm
from interplay.report.sections.inferred_states import section_factors, section_states


def section_inferred(result: NetworkResult, *, names: Sequence[str] | None = None) -> Section | None:
    """Show what a method found beside its networks.

    Parameters
    ----------
    result : NetworkResult
    names : sequence of str or None
        Of the units.

    Returns
    -------
    Section or None
        None for a method whose networks are all there is.
    """
    called = [str(k) for k in range(result.snapshots.n_nodes)] if names is None else list(map(str, names))
    if isinstance(result, SwitchingResult):
        return section_states(result)
    if isinstance(result, FactorResult):
        return section_factors(result, called)
    if isinstance(result, GLMResult):
        return section_glm(result, called)
    if isinstance(result, CorrelogramResult):
        return section_correlograms(result, called)
    if isinstance(result, DynamicBayesResult):
        return section_bayes(result)
    if isinstance(result, BoltzmannResult):
        return section_boltzmann(result, called)
    return None
