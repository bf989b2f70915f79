"""Attention of a trained model, through to the test: missing regions and modalities included."""

import numpy as np
import pytest

from interplay.circuits import simulate_cohort
from interplay.explain import BrainAttention
from interplay.represent.brain.method import BrainSymphony


@pytest.mark.slow
def test_maps_of_a_model_are_read():
    cohort = simulate_cohort(
        n_subjects=8, n_regions=12, n_networks=3, times=40, sessions=2, missing=0.1, without_function=0.13, seed=2
    )
    method = BrainSymphony(width=8, heads=2, hidden=16, layers=1, graph_layers=1, times=20, epochs=1, batch=8)
    model = method.fit(cohort)
    for which in ("cross", "spatial", "structural"):
        maps = method.attention(model, cohort, which=which)
        modality = "structure" if which == "structural" else "function"
        reader = BrainAttention(modality=modality)
        importance = reader.importance(maps, cohort, condition="before")
        n = len(np.unique(cohort.subject[cohort.has_structure if which == "structural" else cohort.has_function]))
        assert len(importance.subject) == n
        mean, _, _ = importance.interval("network_incoming")
        assert np.isfinite(mean).all()
        if which != "structural":
            # Rows are shares of the regions that are there: an even share is 1, own attention left out or not.
            rows = np.isfinite(importance.outgoing)
            assert np.isnan(importance.outgoing).any()
            np.testing.assert_allclose(importance.outgoing[rows], 1.0, atol=0.35)
        change = reader.change(maps, cohort, first="before", second="after")
        assert change.n_first == n
        if which == "structural":
            # Both sessions share one structure: nothing differs, and nothing is found.
            assert (change.families["block"].corrected == 1.0).all()
