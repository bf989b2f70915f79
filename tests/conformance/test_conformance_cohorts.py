"""Every registered model of cohorts keeps its promises; the suite sees them broken."""

from dataclasses import replace

import numpy as np
import pytest

from interplay.data import Cohort, Units
from interplay.represent import COHORT_METHODS
from interplay.testing import check_cohort_method


def cohort(n=10, regions=5, length=24):
    rng = np.random.Generator(np.random.Philox(5))
    mix = rng.normal(size=(regions, 2))
    series = [rng.normal(size=(length + s, 2)) @ mix.T + 0.3 * rng.normal(size=(length + s, regions)) for s in range(n)]
    structure = [np.triu(rng.random((regions, regions)), 1) for _ in range(n)]
    return Cohort.of(
        series,
        regions=Units(n=regions, id=np.array([f"r{k}" for k in range(regions)])),
        subject=[f"s{k * 4 // 5}" for k in range(n)],
        session=[str(k) for k in range(n)],
        structure=[w + w.T for w in structure],
        covariates={"age": rng.random(n) * 60 + 20},
    )


def small(name, **changes):
    sizes = {"width": 8, "heads": 2, "hidden": 8, "layers": 1, "graph_layers": 1, "times": 20, "epochs": 2, "batch": 4}
    return COHORT_METHODS[name](**{**sizes, **changes})


@pytest.mark.parametrize("name", COHORT_METHODS)
def test_promises(name):
    check_cohort_method(small(name), cohort(), "age")


@pytest.mark.slow
@pytest.mark.parametrize("name", COHORT_METHODS)
@pytest.mark.parametrize(
    "changes",
    [
        {"positions": "gradient", "graph_positions": "laplacian", "graph_attention": "multi_hop"},
        {"positions": "none", "graph_positions": "gradient", "graph_attention": "diffusion"},
        {"scale_by": "scan", "transform": "log", "precision": "bfloat16"},
    ],
)
def test_promises_with_other_settings(name, changes):
    check_cohort_method(small(name, **changes), cohort(), "age")


class Broken:
    """A method with one promise broken."""

    def __init__(self, inner, fault):
        self.inner, self.fault = inner, fault

    def fit(self, cohort, *, train, validation, **more):
        if self.fault == "trains on all":
            train = np.setdiff1d(np.arange(len(cohort)), validation)
        if self.fault == "does not resume" and "checkpoint" in more and "progress" not in more:
            return replace(self.inner, seed=1).fit(cohort, train=train, validation=validation)
        if self.fault == "never ends":
            more.pop("progress", None)
        return self.inner.fit(cohort, train=train, validation=validation, **more)

    def embed(self, model, cohort):
        if self.fault == "takes any order":
            return self.inner.embed(replace(model, regions=cohort.regions.id), cohort)
        found = self.inner.embed(model, cohort)
        if self.fault == "mixes scans":
            return replace(found, embedding=found.embedding - found.embedding.mean(axis=0))
        return found

    def finetune(self, model, cohort, target, *, train, validation, depth):
        if self.fault == "peeks at labels":
            train = np.arange(len(cohort))
            validation = None
        if self.fault == "moves streams":
            depth = "full"
        return self.inner.finetune(model, cohort, target, train=train, validation=validation, depth=depth)

    def reconstruct(self, model, cohort, *, hide):
        found = self.inner.reconstruct(model, cohort, hide=hide)
        if self.fault == "looks":
            return replace(found, example={**found.example, "model": found.example["truth"]})
        return found


@pytest.mark.parametrize(
    ("fault", "promise"),
    [
        ("trains on all", "neither trained on nor watched"),
        ("does not resume", "goes on as if it had not been"),
        ("never ends", "an exception that it raises ends training"),
        ("takes any order", "is refused"),
        ("mixes scans", "vectors are its own"),
        ("peeks at labels", "change no prediction"),
        ("moves streams", "a probe leaves the streams"),
        ("looks", "does not help to tell it"),
    ],
)
def test_the_suite_sees_a_broken_promise(fault, promise):
    with pytest.raises(AssertionError, match=promise):
        check_cohort_method(Broken(small("brainsymphony"), fault), cohort(), "age")
