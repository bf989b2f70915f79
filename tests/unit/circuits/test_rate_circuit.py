"""The circuit: what is refused, what is read from it."""

import pickle

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.circuits import RateCircuit, activation
from interplay.circuits.circuit_checks import require_drive

PAIR = RateCircuit.of_blocks(0.5, 2.0, 1.5, 0.25, tau=[1.0, 2.0])


def mixed(rng_seed=0, n=5):
    rng = np.random.Generator(np.random.Philox(rng_seed))
    kinds = ["relu", activation("clip", top=2.0), "tanh", "logistic", activation("threshold_linear", gain=0.5)]
    return RateCircuit(rng.normal(0, 0.5, (n, n)), kinds, rng.uniform(0.5, 2.0, n))


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: RateCircuit(np.ones((2, 3))), r"must be a square matrix, .* got shape \(2, 3\)"),
        (lambda: RateCircuit(np.ones(2)), r"got shape \(2,\)"),
        (lambda: RateCircuit(np.ones((0, 0))), r"got shape \(0, 0\)"),
        (lambda: RateCircuit([[0.0, np.nan], [0.0, 0.0]]), r"`weights` must be finite: weights\[0, 1\]=nan"),
        (lambda: RateCircuit([["a"]]), "`weights` must hold float values"),
        (lambda: RateCircuit(np.eye(2), tau=[1.0, 0.0]), r"`tau` must be > 0: tau\[1\]=0 s of unit '1'"),
        (lambda: RateCircuit(np.eye(2), tau=-1.0), "`tau` must be > 0"),
        (lambda: RateCircuit(np.eye(2), tau=np.inf), "`tau` must be finite"),
        (lambda: RateCircuit(np.eye(2), tau=[1.0]), r"`tau` must have shape \(N=2\)"),
        (lambda: RateCircuit(np.eye(2), ["relu"]), "one activation or N=2 of them, got 1"),
        (
            lambda: RateCircuit([[0.0, 0.0], [-3.0, 0.0]], sign=[1, 0], names=["pyr", "pv"]),
            r"Dale's law: unit 0 \('pyr'\) is excitatory, but weights\[1, 0\]=-3",
        ),
        (lambda: RateCircuit(np.eye(2), sign=[1, -1]), r"unit 1 \('1'\) is inhibitory, but weights\[1, 1\]=1"),
        (lambda: RateCircuit(np.eye(2), sign=[1, 2]), r"`sign` must be -1, 0 or \+1: sign\[1\]=2"),
        (lambda: RateCircuit(np.eye(2), sign=[0.5, 1.0]), "`sign` must hold int values"),
        (lambda: RateCircuit(np.eye(2), delay=[[0.0, -1.0], [0.0, 0.0]]), r"delay\[0, 1\]=-1 s onto '0' from '1'"),
        (lambda: RateCircuit(np.eye(2), names=["a", "a"]), "'a' comes more than once"),
        (lambda: RateCircuit.of_blocks(1.0, -2.0, 2.0, 0.5), r"`w_ei` must hold strengths >= 0: w_ei\[0, 0\]=-2"),
        (lambda: RateCircuit.of_blocks(np.eye(2), 2.0, 2.0, 0.5), r"`w_ei` must have shape \(E=2, I=1\)"),
        (lambda: RateCircuit(np.ones((2, 2)) - 2 * np.eye(2)).blocks(), "`sign` of every unit must be"),
        (lambda: PAIR.permuted([0, 0]), "`order` must name every unit"),
        (lambda: PAIR.rates(np.ones(3)), r"`z` must have shape \(..., N=2\), got \(3,\)"),
        (lambda: require_drive(PAIR, [1.0]), r"`drive` must have shape \(N=2\)"),
        (lambda: require_drive(PAIR, [1.0, np.inf]), "`drive` must be finite"),
    ],
)
def test_bad_circuits_are_refused(work, message):
    with pytest.raises(DataError, match=message):
        work()


def test_unknown_activations_are_refused():
    with pytest.raises(ConfigError, match="Unknown activation 'rely'"):
        RateCircuit(np.eye(2), "rely")


def test_no_bound_on_the_slope_names_the_condition():
    circuit = RateCircuit(np.eye(2), ["relu", "power"], names=["a", "b"])
    with pytest.raises(DataError, match=r"bounded slope .* condition of the theorems .* unit 1 \('b'\) has power"):
        _ = circuit.stability_matrix
    assert circuit.max_slopes.tolist() == [1, np.inf]


def test_orientation_one_weight_acts_from_column_on_row():
    weights = np.zeros((2, 2))
    weights[1, 0] = 3.0
    circuit = RateCircuit(weights, "identity")
    assert circuit.field([1.0, 0.0], [0.0, 0.0]).tolist() == [-1, 3]


def test_signs_are_read_from_columns_or_given():
    weights = [[1.0, -1.0, 0.0, 1.0], [2.0, 0.0, 0.0, -1.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]
    read = RateCircuit(weights)
    assert read.sign.tolist() == [1, -1, 0, 0]
    assert not read.dale
    given = RateCircuit(weights, sign=[1, -1, 1, 0])
    assert given.sign.tolist() == [1, -1, 1, 0]
    assert given.excitatory.tolist() == [0, 2]
    assert given.inhibitory.tolist() == [1]
    assert PAIR.dale


def test_blocks_come_back():
    rng = np.random.Generator(np.random.Philox(1))
    blocks = [rng.random(shape) for shape in ((3, 3), (3, 2), (2, 3), (2, 2))]
    circuit = RateCircuit.of_blocks(*blocks)
    for found, wanted in zip(circuit.blocks(), blocks, strict=True):
        assert np.array_equal(found, wanted)
    assert circuit.names.tolist() == ["E0", "E1", "E2", "I0", "I1"]
    assert PAIR.names.tolist() == ["E", "I"]
    assert PAIR.weights.tolist() == [[0.5, -2.0], [1.5, -0.25]]
    for found, wanted in zip(circuit.permuted([4, 2, 0, 3, 1]).blocks()[:1], blocks[:1], strict=True):
        assert np.array_equal(found, wanted[np.ix_([2, 0, 1], [2, 0, 1])])


def test_the_linearisation_is_the_derivative_of_the_field():
    circuit = mixed()
    x, u = np.array([0.3, 0.4, -0.2, 0.5, 0.1]), np.array([0.5, 0.2, 0.1, -0.3, 0.4])
    step = 1e-6
    measured = np.stack([(circuit.field(x + e, u) - circuit.field(x - e, u)) / (2 * step) for e in step * np.eye(5)]).T
    assert np.allclose(circuit.jacobian(x, u), measured, atol=1e-8)


def test_field_and_residual_agree_and_broadcast():
    circuit = mixed()
    x, u = np.full((3, 1, 5), 0.2), np.zeros((4, 5))
    field, residual = circuit.field(x, u), circuit.residual(x, u)
    assert field.shape == (3, 4, 5)
    assert np.allclose(-field * circuit.tau, residual)
    assert circuit.jacobian(x, u).shape == (3, 4, 5, 5)


def test_permuting_permutes_everything():
    delay = np.arange(25.0).reshape(5, 5)
    circuit = RateCircuit(mixed().weights, mixed().phi, mixed().tau, delay=delay)
    order = [3, 1, 4, 0, 2]
    moved = circuit.permuted(order)
    x, u = np.linspace(0, 1, 5), np.linspace(1, 0, 5)
    assert np.allclose(moved.field(x[order], u[order]), circuit.field(x, u)[order])
    assert np.array_equal(moved.delay, delay[np.ix_(order, order)])
    assert moved.names.tolist() == [str(k) for k in order]


def test_kernel_tables_and_stability_matrix():
    circuit = mixed()
    assert circuit.codes.tolist() == [1, 2, 6, 7, 3]
    assert circuit.parameters.tolist() == [[0, 0], [2, 0], [0, 0], [4, 0], [0.5, 0]]
    assert np.array_equal(circuit.stability_matrix, circuit.weights - np.diag([1, 1, 1, 1, 2]))
    assert circuit.activation_costs([0.1, 3.0, 0.0, 0.5, 1.0])[1] == np.inf


def test_input_arrays_are_copied_and_frozen():
    weights = np.eye(2)
    circuit = RateCircuit(weights)
    weights[0, 0] = 7.0
    assert circuit.weights[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        circuit.weights[0, 0] = 2.0


def test_digest_sees_every_part_and_pickling_keeps_it():
    parts = {
        "phi": RateCircuit(PAIR.weights, "clip", PAIR.tau),
        "tau": RateCircuit(PAIR.weights, "relu", 1.0),
        "sign": RateCircuit(PAIR.weights, "relu", PAIR.tau, sign=[1, 0], names=PAIR.names),
        "delay": RateCircuit(PAIR.weights, "relu", PAIR.tau, delay=1.0, names=PAIR.names),
        "names": RateCircuit(PAIR.weights, "relu", PAIR.tau),
        "weights": RateCircuit(2 * PAIR.weights, "relu", PAIR.tau, names=PAIR.names),
    }
    assert len({c.digest for c in parts.values()} | {PAIR.digest}) == 7
    again = pickle.loads(pickle.dumps(PAIR))
    assert again.digest == PAIR.digest
    assert not again.weights.flags.writeable


def test_delays_count_only_where_a_weight_acts():
    assert not RateCircuit([[0.0, 1.0], [0.0, 0.0]], delay=[[5.0, 0.0], [5.0, 5.0]]).delayed
    assert RateCircuit([[0.0, 1.0], [0.0, 0.0]], delay=0.5).delayed
    assert not PAIR.delayed


def test_one_line():
    assert repr(PAIR) == "RateCircuit(2 units: 1 E, 1 I; relu; tau 1 to 2 s)"
    assert not PAIR.equal_tau
    assert repr(mixed()).startswith("RateCircuit(5 units: 0 E, 0 I, 5 of no sign; relu, clip(top=2), tanh, logistic(")
