import numpy as np
import pytest

from interplay.loop import Budget, Dish, play
from interplay.loop.silicon import Silicon, read_at
from interplay.spiking import Culture


@pytest.fixture(scope="module")
def backend():
    made = Silicon(Culture.preset("1k", n_units=120, plasticity="frozen"))
    made.reset(2)
    return made


def test_electrodes_are_those_of_the_layout(backend) -> None:
    assert backend.channels.n == 900
    assert set(backend.channels.group.tolist()) == {"sensory", "motor_left", "motor_right"}


def test_a_unit_is_read_at_its_nearest_electrode_within_reach(backend) -> None:
    units, electrodes = backend.live.units, backend.live.electrodes
    away = np.linalg.norm(units.position_um[:, None] - electrodes.position_um[None], axis=2)
    for reach in (20.0, 100.0):
        wanted = np.where(away.min(axis=1) <= reach, away.argmin(axis=1), -1)
        assert np.array_equal(read_at(units, electrodes, reach), wanted)


def test_stimulation_reaches_the_culture(backend) -> None:
    backend.reset(2)
    quiet = len(backend.advance(5)[0])
    backend.stim(np.arange(0, 500, 3), 150.0, 0.0)
    assert len(backend.advance(5)[0]) > quiet + 10


def test_spikes_come_in_order_and_inside_their_ticks(backend) -> None:
    backend.reset(2)
    backend.advance(100)
    time, channel = backend.advance(50)
    assert (np.diff(time) >= 0).all()
    assert ((time >= 1.0) & (time < 1.5)).all()
    assert ((channel >= 0) & (channel < 900)).all()


def test_the_truth_sums_synapses_between_electrodes(backend) -> None:
    live = backend.live
    owner = read_at(live.units, live.electrodes, backend.culture.reading_um)
    keep = np.unique(owner[owner >= 0])[::2]
    truth = backend.truth(keep, 12.0)
    weights, made = live.adjacency(), truth.dense()[0]
    assert truth.directed
    assert truth.bounds.tolist() == [[0.0, 12.0]]
    wanted = np.zeros((len(keep), len(keep)))
    for a, here in enumerate(keep):
        for b, there in enumerate(keep):
            if a != b:
                wanted[a, b] = sum(
                    weights[i, j] for i in np.flatnonzero(owner == here) for j in np.flatnonzero(owner == there)
                )
    assert np.allclose(made, wanted)
    assert (wanted != 0).any()


def test_a_session_on_the_culture_is_the_same_for_the_same_seed() -> None:
    kept = []
    for seed in (1, 1, 2):
        dish = Dish(culture={"n_units": 120}, record=True, warmup_s=2.0)
        session = play(dish, budget=Budget(rallies=1, seconds=None), seed=seed)
        kept.append((session.track.tobytes(), session.recording.digest))
    assert kept[0] == kept[1]
    assert kept[0] != kept[2]
