"""What must hold for motifs of any strengths."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay.circuits import LateralInhibition, WilsonCowan, nash_gap

strength = st.floats(0.0, 5.0)
drives = st.lists(st.floats(-2.0, 2.0), min_size=2, max_size=6)


@settings(max_examples=60, deadline=None)
@given(drives, st.floats(0.0, 0.95), strength, strength, strength, st.floats(-2.0, 2.0))
def test_closed_form_of_shared_inhibition_is_an_equilibrium(inputs, w, a, b, d, onto_i):
    motif = LateralInhibition(len(inputs), w=w, a=a, b=b, d=d, wiring="shared")
    drive = np.append(inputs, onto_i)
    rates = motif.closed_form(drive)
    assert np.abs(motif.circuit().residual(rates, drive)).max() <= 1e-10 * (1 + np.abs(rates).max())


@settings(max_examples=60, deadline=None)
@given(drives, st.floats(0.0, 0.9), st.floats(0.0, 0.95), st.floats(0.1, 3.0), st.floats(0.0, 3.0))
def test_closed_form_of_lateral_inhibition_is_an_equilibrium(inputs, w, kappa, a, d):
    motif = LateralInhibition(len(inputs), w=w, a=a, b=kappa * (1 - w) * (1 + d) / a, d=d)
    rates = motif.closed_form(inputs)
    assert np.abs(motif.circuit().residual(rates, motif.full_drive(inputs))).max() <= 1e-8 * (1 + np.abs(rates).max())


@settings(max_examples=60, deadline=None)
@given(st.floats(0.0, 0.99), strength, strength, strength, st.tuples(st.floats(-2, 2), st.floats(-2, 2)))
def test_a_self_regulating_pair_has_one_equilibrium_and_it_is_nash(w_ee, w_ei, w_ie, w_ii, drive):
    pair = WilsonCowan(w_ee, w_ei, w_ie, w_ii)
    found = pair.equilibrium(drive)
    assert len(found.rates) == 1
    assert found.stable.all()
    assert nash_gap(pair.circuit(), found.rates[0], drive).max() <= 1e-9


@settings(max_examples=60, deadline=None)
@given(st.floats(1.01, 4.0), strength, strength, strength, st.tuples(st.floats(0.01, 2), st.floats(-1, 1)))
def test_an_active_unit_beyond_self_regulation_is_never_at_nash(w_ee, w_ei, w_ie, w_ii, drive):
    pair = WilsonCowan(w_ee, w_ei, w_ie, w_ii, phi="clip")
    for rates in pair.equilibrium(drive).rates:
        if 1e-3 < rates[0] < 1 - 1e-3:
            assert nash_gap(pair.circuit(), rates, drive)[0] > 0
