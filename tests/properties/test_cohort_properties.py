"""Cohorts of any make: what is saved, appended, taken and selected stays what it was."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.data import Cohort, Units
from interplay.io import CohortWriter, open_cohort, save_cohort

_NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=5
)


@st.composite
def cohorts(draw):
    """A cohort of 1 to 5 scans over 1 to 4 regions; any modality may lack, regions may be missing."""
    n, r = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    dtype = draw(st.sampled_from(["float16", "float32", "float64"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    series, structure = [], []
    for _ in range(n):
        has = draw(st.sampled_from(["both", "function", "structure"]))
        x = rng.normal(size=(draw(st.integers(1, 6)), r)).astype(dtype)
        if draw(st.booleans()):
            x[:, draw(st.integers(0, r - 1))] = np.nan
        series.append(x if has != "structure" else None)
        structure.append(rng.normal(size=(r, r)).astype(dtype) if has != "function" else None)
    covariates = {
        "age": np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
        "name": np.array(draw(st.lists(_NAMES, min_size=n, max_size=n)), dtype=str),
        "count": rng.integers(-(2**62), 2**62, n),
    }
    return Cohort.of(
        series,
        regions=Units(n=r, group=np.array(draw(st.lists(_NAMES, min_size=r, max_size=r)), dtype=str)),
        subject=[f"s{draw(st.integers(0, 2))}" for _ in range(n)],
        session=[f"{k}" for k in range(n)],
        structure=structure,
        covariates=covariates,
        dt_s=draw(st.floats(1e-3, 1e3)),
    )


@given(cohorts())
@settings(max_examples=12, deadline=None)
def test_saved_is_loaded(cohort):
    with tempfile.TemporaryDirectory() as folder:
        assert open_cohort(save_cohort(cohort, Path(folder) / "c")).digest == cohort.digest


@given(cohorts(), st.data())
@settings(max_examples=12, deadline=None)
def test_appended_in_pieces_is_saved(cohort, data):
    cuts = data.draw(st.sets(st.integers(0, len(cohort) - 1)))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "c"
        writer = CohortWriter(place, regions=cohort.regions, dt_s=cohort.dt_s)
        for s in range(len(cohort)):
            writer.append(
                str(cohort.subject[s]),
                cohort.scan(s) if cohort.has_function[s] else None,
                structure=cohort.matrix(s) if cohort.has_structure[s] else None,
                session=str(cohort.session[s]),
                covariates={name: column[s] for name, column in cohort.covariates.items()},
            )
            if s in cuts:
                writer.__exit__(None, None, None)
                writer = CohortWriter(place)
        writer.__exit__(None, None, None)
        assert open_cohort(place).digest == cohort.digest


@given(cohorts(), st.data())
@settings(max_examples=30, deadline=None)
def test_taking_and_selecting_commute(cohort, data):
    rows = data.draw(st.lists(st.integers(0, len(cohort) - 1), min_size=1, max_size=5, unique=True))
    kept = data.draw(st.permutations(range(cohort.n_regions)))
    assert cohort.take(rows).select(kept).digest == cohort.select(kept).take(rows).digest
    back = cohort.select(kept).select(np.argsort(kept))
    assert back.digest == cohort.digest
    one = cohort.take(rows)
    for k, s in enumerate(rows):
        assert one.lengths[k] == cohort.lengths[s]
        if cohort.lengths[s]:
            np.testing.assert_array_equal(one.scan(k), cohort.scan(s))
