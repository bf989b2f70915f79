"""Sentences for the chapter on methods: what was done with a cohort, from the configurations really used."""

from __future__ import annotations

from interplay._core.provenance import Result
from interplay.explain.brain_results import AttentionChange, AttentionImportance
from interplay.report import words
from interplay.represent.brain.results import BrainEmbedding, BrainModel, BrainReadout, BrainReconstruction


def cohort_sentence(result: Result) -> str:
    """Describe what was done with a cohort; nothing for other results.

    Parameters
    ----------
    result : Result

    Returns
    -------
    str
        Without the full stop.
    """
    if isinstance(result, BrainModel):
        c = result.config
        stages = words.listing(tuple(result.loss), most=9)
        return (
            f"BrainSymphony (width {c.width}, {c.layers} layers per stream, {c.times} samples, {c.positions} "
            f"positions, {c.graph_attention.replace('_', ' ')} attention along the graph) was pre-trained on scans of "
            f"{words.plural(len(result.trained_on), 'subject')} without covariates, in the stages {stages}, with "
            f"AdamW at {c.learning_rate:g}"
        )
    if isinstance(result, BrainEmbedding):
        return "Every region of every scan was given its vector by the model, the mean over stretches of longer scans"
    if isinstance(result, BrainReadout):
        what = "Everything" if result.depth == "full" else "The gate and a linear head"
        begins = "the pre-trained model" if result.pretrained else "random numbers"
        return f"{what} was trained on {words.plain_name(result.target)} from {begins}, stopped by watched subjects"
    if isinstance(result, BrainReconstruction):
        return "Regions of tested scans were hidden and told by the model from the others"
    if isinstance(result, AttentionImportance):
        return "Attention was averaged over time and subjects, what a region pays to itself left out"
    if isinstance(result, AttentionChange):
        test = "sign flips within subjects" if result.design == "paired" else "permutations of subjects"
        return f"{words.title(result.first)} and {result.second} were compared by {test} with the largest statistic"
    return ""
