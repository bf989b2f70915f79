"""Independent Poisson trains."""

import numpy as np
import pytest

from interplay.data import Series
from interplay.spiking import poisson
from interplay.testing import tiling_coefficient


def test_counts_are_poisson():
    rec = poisson(np.full(400, 5.0), (100.0, 160.0), seed=1)
    counts = rec.events.counts()
    assert abs(counts.mean() - 300) < 4 * np.sqrt(300 / 400)
    assert 0.75 < counts.var() / counts.mean() < 1.3
    assert rec.span == (100.0, 160.0)


def test_intervals_are_exponential():
    gaps = np.diff(poisson([50.0], (0.0, 1000.0)).events.time)
    assert abs(gaps.std() / gaps.mean() - 1) < 0.02


def test_modulation_moves_spikes_to_where_it_is_high():
    steps = Series(time=[0.0, 10.0, 20.0], values=[[0.0], [3.0], [1.0]])
    counts = poisson(np.full(50, 10.0), (0.0, 40.0), modulation=steps).events.counts([[0, 10], [10, 20], [20, 40]])
    assert counts[0].sum() == 0
    assert counts[1].sum() / counts[2].sum() == pytest.approx(1.5, rel=0.05)


def test_more_units_leave_the_others_alone():
    few, many = poisson([5.0, 4.0], (0.0, 50.0)), poisson([5.0, 4.0, 3.0], (0.0, 50.0))
    assert few.digest == poisson([5.0, 4.0], (0.0, 50.0)).digest
    assert np.array_equal(few.events.train(1), many.events.train(1))
    assert few.digest != poisson([5.0, 4.0], (0.0, 50.0), seed=1).digest


def test_trains_are_independent():
    trains = poisson(np.full(8, 3.0), (0.0, 60.0)).events.trains()
    pairs = [tiling_coefficient(trains[i], trains[j], (0.0, 60.0), 0.05) for i in range(8) for j in range(i)]
    assert abs(np.mean(pairs)) < 0.03


@pytest.mark.parametrize(
    ("rates", "options", "message"),
    [
        ([1.0, -1.0], {}, r"`rates_hz` must be >= 0, got rates_hz\[1\]=-1"),
        ([[1.0]], {}, r"`rates_hz` must have shape \(N\), got \(1, 1\)"),
        ([np.nan], {}, "`rates_hz` must be finite"),
        ([1.0], {"modulation": Series(time=[0.0], values=[[-1.0]])}, "`modulation` must be one channel of values >= 0"),
        ([1.0], {"modulation": Series(time=[0.0], values=[[1.0, 1.0]])}, "`modulation` must be one channel"),
        ([1.0], {"modulation": Series(time=[0.0], values=[[np.nan]])}, "`modulation` must be one channel"),
    ],
)
def test_bad_rates_are_refused(rates, options, message):
    with pytest.raises(ValueError, match=message):
        poisson(rates, (0.0, 1.0), **options)
