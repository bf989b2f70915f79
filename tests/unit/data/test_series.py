"""Series: what is refused, regularity, and spans."""

import numpy as np
import pytest

from interplay.data import Series


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": [1.0, 0.0]}, r"`time` must not decrease: .* Sort the samples by time first"),
        ({"values": [[1.0]]}, r"`values` must have shape \(T=2, C\), got \(1, 1\)"),
        ({"values": [1.0, 2.0]}, r"`values` must have shape \(T=2, C\), got \(2,\)"),
        (
            {"values": [[1.0], [np.inf]]},
            r"`values` must not be infinite: values\[1, 0\]=inf\. Use NaN for a missing sample",
        ),
        ({"time": [], "values": np.empty((0, 1))}, "`time` must hold at least one sample, got none"),
        ({"names": ("a", "b")}, r"`names` must name C=1 channels, got 2"),
    ],
)
def test_bad_series_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Series(**({"time": [0.0, 1.0], "values": [[1.0], [2.0]]} | changes))


def test_a_step_must_be_positive():
    with pytest.raises(ValueError, match=r"`dt_s` must be positive, got 0"):
        Series.regular([[1.0]], dt_s=0)


def test_regular_series_know_their_step_and_span():
    x = Series.regular(np.zeros((5, 2)), dt_s=0.1, start=3.0, names=["a", "b"], unit="mV")
    assert x.is_regular
    assert x.dt_s == pytest.approx(0.1)
    assert x.span == pytest.approx((3.0, 3.5))
    assert x.select([1]).names == ("b",)


def test_gaps_make_a_series_irregular():
    assert not Series(time=[0.0, 1.0, 2.0, 9.0], values=np.zeros((4, 1))).is_regular


def test_missing_values_and_repeated_times_are_kept():
    x = Series(time=[0.0, 1.0, 1.0], values=[[np.nan], [1.0], [2.0]])
    assert np.isnan(x.values[0, 0])
    assert len(x.window(1.0, 2.0)) == 2


def test_float32_values_stay_and_times_widen():
    x = Series(time=np.array([0, 1], dtype=np.float32), values=np.zeros((2, 1), np.float32))
    assert x.time.dtype == np.float64
    assert x.values.dtype == np.float32


def test_windows_without_a_sample_are_refused():
    with pytest.raises(ValueError, match=r"the window \[0\.2, 0\.8\) must hold a sample"):
        Series(time=[0.0, 1.0], values=[[0.0], [1.0]]).window(0.2, 0.8)


def test_channels_outside_are_refused():
    x = Series(time=[0.0], values=[[0.0, 1.0]])
    with pytest.raises(ValueError, match=r"`channels` must lie in \[0, C=2\): channels\[0\]=-1"):
        x.select([-1])
