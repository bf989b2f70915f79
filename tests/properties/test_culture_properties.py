"""However a culture's time is cut into calls, it lives the same life."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.spiking import Culture

CONFIG = {"n_units": 70, "size_um": (900.0, 700.0), "p_max": 0.8, "reach_um": 300.0, "noise_sd": 4.0}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, 14), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 899), st.floats(0, 150), st.floats(0, 0.3)), max_size=5),
    st.sampled_from(["stdp", "r_stdp_centred", "frozen"]),
    st.integers(0, 3),
)
def test_calls_tile(cuts, pulses, plasticity, seed):
    config = Culture(**CONFIG, plasticity=plasticity)
    whole, parts = config.begin(seed), config.begin(seed)
    for electrode, amplitude, delay in pulses:
        whole.stimulate([electrode], amplitude, delay)
        parts.stimulate([electrode], amplitude, delay)
    expected = whole.advance(sum(cuts))
    units = whole.spikes_of_units()
    found, heard = [], []
    for ticks in cuts:
        found.append(parts.advance(ticks))
        heard.append(parts.spikes_of_units())
    for k in (0, 1):
        np.testing.assert_array_equal(expected[k], np.concatenate([f[k] for f in found]))
        np.testing.assert_array_equal(units[k], np.concatenate([h[k] for h in heard]))
    one, other = whole.state(), parts.state()
    for name in ("state", "queue", "unit_f", "unit_i", "edge_f", "edge_i", "step"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
