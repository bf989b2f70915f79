"""What a culture is made of and what it remembers, as the packed arrays that the kernels take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError
from interplay._core.rng import key_word, uniform
from interplay.data import Units
from interplay.ops import culture as blocks
from interplay.ops import culture_run as loop
from interplay.ops import culture_synapses as rows
from interplay.ops.culture_wiring import draw_edges
from interplay.spiking.geometry import electrodes

if TYPE_CHECKING:
    from interplay.spiking.culture import Culture

#: The step of a spike that never was.
_LONG_AGO = -(2**30)
#: Tables of exponentials reach so many time constants; what is older counts as gone.
_REACH_TAU = 16
#: A stimulus reaches units up to so many times its scale.
_REACH_STIMULUS = 6.0
#: Steps of 0.5 ms are those for which the spread of the noise is given.
_NOISE_DT_MS = 0.5


@dataclass(frozen=True, eq=False, kw_only=True)
class CultureState:
    """Everything that the future of a culture depends on, beside its configuration.

    Attributes
    ----------
    seed : int
        Draws places, edges, kinds and noise.
    step : int
        Steps done.
    state : (blocks * 9 * 64,) float32 array
        Potentials, recovery, conductances and constants, as `interplay.ops.culture` lays them out.
    queue : (slots * blocks * 2 * 64,) float32 array
        Input under way.
    unit_f, unit_i : (7, N) float32 and (4, N) int32 arrays
    edge_i, edge_f : (2, E) int32 and (2, E) float32 arrays
        Rows as `interplay.ops.culture_synapses` names them.
    reward_mean : float
    pulse_i : (2, P) int64 array
        Step and electrode of the pulses to come.
    pulse_mv : (P,) float32 array, mV
    """

    seed: int
    step: int
    state: NDArray[np.float32]
    queue: NDArray[np.float32]
    unit_f: NDArray[np.float32]
    unit_i: NDArray[np.int32]
    edge_i: NDArray[np.int32]
    edge_f: NDArray[np.float32]
    reward_mean: float
    pulse_i: NDArray[np.int64]
    pulse_mv: NDArray[np.float32]

    def copy(self) -> CultureState:
        """Give a state that shares no memory with this one."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        arrays: dict[str, Any] = {k: v.copy() for k, v in parts.items() if isinstance(v, np.ndarray)}
        return replace(self, **arrays)


@dataclass(frozen=True, eq=False, kw_only=True)
class Tissue:
    """What stays as it is while a culture lives, in the order in which the kernels take it, and how it begins."""

    units: Units
    electrodes: Units
    noise_key: np.uint64
    counts: NDArray[np.int64]
    settings: NDArray[np.float32]
    keys: NDArray[np.uint32]
    pointers: NDArray[np.int64]
    targets: NDArray[np.int64]
    in_i: NDArray[np.int32]
    slow: NDArray[np.float32]
    fast: NDArray[np.float32]
    near_pointer: NDArray[np.int64]
    near_i: NDArray[np.int32]
    near_f: NDArray[np.float32]
    beginning: CultureState


def fresh(config: Culture, seed: int) -> CultureState:
    """Give the culture of this seed at time 0."""
    return tissue(config, seed).beginning.copy()


@lru_cache(maxsize=2)
def tissue(config: Culture, seed: int) -> Tissue:
    """Draw places, kinds and edges."""
    n = config.n_units
    place = np.column_stack([uniform(seed, "place", axis, np.arange(n)) * config.size_um[axis] for axis in (0, 1)])
    array = _array()
    assert array.position_um is not None
    state, unit_f, unit_i = _units(config, seed)
    unit_i[rows.SEEN] = _seen(place, array.position_um, config.reading_um)
    pointers, target, edge_i, edge_f, in_i = _edges(config, seed, place)
    inside = target < config.n_excitatory
    unit_i[rows.PLASTIC] = pointers[0, :-1]
    unit_i[rows.PLASTIC] += np.bincount(np.repeat(np.arange(n), np.diff(pointers[0])), inside, n).astype(np.int32)
    unit_i[rows.PLASTIC, config.n_excitatory :] = pointers[0, config.n_excitatory : -1]
    near_pointer, near_i, near_f = _near(place, array.position_um, config.stimulus_um)
    n_lanes = len(state) // blocks.ROWS
    slots = 1 << int((edge_i[rows.ROUTE] >> rows.DELAY_BIT).max(initial=1)).bit_length()
    word = np.uint64(key_word(seed))
    return Tissue(
        units=Units(n=n, position_um=place, sign=np.where(np.arange(n) < config.n_excitatory, 1, -1)),
        electrodes=array,
        noise_key=np.uint64(loop.noise_root(word, np.uint64(key_word("noise")))),
        counts=_counts(config),
        settings=_settings(config),
        keys=loop.unit_keys(word, np.uint64(key_word("unit")), n_lanes),
        pointers=pointers,
        targets=target,
        in_i=in_i,
        slow=_table(config, config.recovery_ms, config.eligibility_ms),
        fast=_table(config, *config.window_ms),
        near_pointer=near_pointer,
        near_i=near_i,
        near_f=near_f,
        beginning=CultureState(
            seed=seed,
            step=0,
            state=state,
            queue=np.zeros(slots * n_lanes * blocks.PORTS, np.float32),
            unit_f=unit_f,
            unit_i=unit_i,
            edge_i=edge_i,
            edge_f=edge_f,
            reward_mean=0.0,
            pulse_i=np.zeros((2, 0), np.int64),
            pulse_mv=np.zeros(0, np.float32),
        ),
    )


def _counts(config: Culture) -> NDArray[np.int64]:
    from interplay.spiking.culture import PLASTICITIES

    out = np.zeros(3, np.int64)
    out[loop.MODE] = PLASTICITIES.index(config.plasticity)
    out[loop.EVERY] = round(1000 / config.dt_ms)
    out[loop.N_PLASTIC] = config.n_excitatory
    return out


def _settings(config: Culture) -> NDArray[np.float32]:
    out = np.zeros(loop.N_SETTINGS, np.float32)
    out[loop.DT_MS] = config.dt_ms
    out[[loop.KEEP_AMPA, loop.KEEP_NMDA, loop.KEEP_GABA]] = np.exp(-config.dt_ms / np.array(config.tau_ms))
    out[loop.E_GABA] = config.reversal_mv
    out[loop.NMDA_SHARE] = config.nmda_share
    most = config.weight_most * config.excitation
    out[loop.PLUS] = config.potentiation * config.excitation
    out[loop.MINUS] = config.depression * config.excitation
    out[loop.MOST] = most
    out[loop.BLEND] = 1 - np.exp(-1 / config.rate_tau_s)
    out[loop.PER_S] = 1
    out[loop.SPEED] = config.scaling
    out[loop.WANTED] = config.target_hz
    return out


def _table(config: Culture, *tau_ms: float) -> NDArray[np.float32]:
    tau = np.array(tau_ms) / config.dt_ms
    out = np.exp(-np.arange(int(np.ceil(_REACH_TAU * tau.max()))) / tau[:, None])
    out[:, -1] = 0
    return out.astype(np.float32)


def _units(config: Culture, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32]]:
    """Draw the kinds of units; lanes beyond the last unit rest without input and cannot fire."""
    n, unit = config.n_units, np.arange(config.n_units)
    n_lanes = -(-n // blocks.LANES) * blocks.LANES
    r, excites = uniform(seed, "kind", unit), unit < config.n_excitatory
    unit_f, unit_i = np.zeros((7, n), np.float32), np.zeros((4, n), np.int32)
    unit_f[rows.C] = np.where(excites, -65 + 15 * r**2, -65)
    unit_f[rows.D] = np.where(excites, 8 - 6 * r**2, 2)
    unit_f[rows.USE] = np.where(excites, config.release, 0)
    unit_f[rows.LEFT] = 1
    unit_f[rows.RATE] = config.target_hz
    unit_i[rows.LAST] = _LONG_AGO
    share = np.where(excites, 1.0, config.noise_inhibitory)
    drive = config.noise_mean + config.drive_spread * (2 * uniform(seed, "drive", unit) - 1)
    table = np.zeros((blocks.ROWS, n_lanes), np.float32)
    table[blocks.V], table[blocks.U] = -70, -14
    table[blocks.A], table[blocks.B] = 0.02, 0.2
    table[blocks.A, :n] = np.where(excites, 0.02, 0.02 + 0.08 * r)
    table[blocks.B, :n] = np.where(excites, 0.2, 0.25 - 0.05 * r)
    table[blocks.V, :n] = -65
    table[blocks.U, :n] = -65 * table[blocks.B, :n]
    table[blocks.MEAN, :n] = drive * share
    table[blocks.SPREAD, :n] = config.noise_sd * np.sqrt(_NOISE_DT_MS / config.dt_ms) * share
    state = table.reshape(blocks.ROWS, -1, blocks.LANES).transpose(1, 0, 2).ravel()
    return state, unit_f, unit_i


def _edges(
    config: Culture, seed: int, place: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
    """Draw the edges, by source, then by target; list the plastic ones by target too."""
    n = len(place)
    pointer = np.empty(n + 1, np.int64)
    x, y = np.ascontiguousarray(place.T)
    given = (x, y, config.p_max, config.reach_um, np.uint64(key_word(seed)), np.uint64(key_word("edge")))
    size = room = 64 * n
    while size >= room:
        room = size + 1
        target, distance_um = np.empty(room, np.int32), np.empty(room, np.float32)
        size = draw_edges(*given, target, distance_um, pointer)
    target, distance_um = target[:size], distance_um[:size]
    source = np.repeat(np.arange(n), np.diff(pointer))
    excites = source < config.n_excitatory
    edge_i, edge_f = np.zeros((2, size), np.int32), np.zeros((2, size), np.float32)
    port = np.where(excites, 0, blocks.LANES)
    place_in_slot = target // blocks.LANES * (blocks.LANES * blocks.PORTS) + target % blocks.LANES + port
    delay_ms = config.synapse_ms + distance_um / (1000 * config.speed_m_per_s)
    delay = np.maximum(np.round(delay_ms / config.dt_ms), 1).astype(np.int64)
    if delay.max(initial=0) >= 1 << (31 - rows.DELAY_BIT) or place_in_slot.max(initial=0) >= 1 << rows.DELAY_BIT:
        raise ConfigError(
            f"`Culture` must have at most {2 ** (rows.DELAY_BIT - 1)} units and delays below "
            f"{1 << (31 - rows.DELAY_BIT)} steps, got {n} units and {delay.max()} steps. Take fewer units, a smaller "
            "sheet, quicker axons or a longer step."
        )
    edge_i[rows.ROUTE] = place_in_slot + (delay << rows.DELAY_BIT)
    spread = 1 + config.weight_spread * (2 * uniform(seed, "weight", source, target) - 1)
    edge_f[rows.WEIGHT] = np.where(excites, config.excitation * spread, config.inhibition)
    plastic = np.flatnonzero(excites & (target < config.n_excitatory))
    order = plastic[np.argsort(target[plastic], kind="stable")]
    in_i = np.stack([order, source[order]]).astype(np.int32)
    pointers = np.stack([pointer, np.searchsorted(target[order], np.arange(n + 1))]).astype(np.int64)
    return pointers, target.astype(np.int64), edge_i, edge_f, in_i


@lru_cache(maxsize=1)
def _array() -> Units:
    position, group = electrodes()
    return Units(n=len(group), position_um=position, group=group)


def _distances(place: NDArray[np.float64], position: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Give the distances of all units from one electrode after the other."""
    for x, y in position:
        yield np.hypot(place[:, 0] - x, place[:, 1] - y)


def _seen(place: NDArray[np.float64], position: NDArray[np.float64], reach_um: float) -> NDArray[np.int64]:
    """Name the nearest electrode of each unit, the first of several, or -1 beyond the reach."""
    nearest, least = np.full(len(place), -1), np.full(len(place), np.inf)
    for electrode, away in enumerate(_distances(place, position)):
        closer = (away <= reach_um) & (away < least)
        nearest[closer], least[closer] = electrode, away[closer]
    return nearest


def _near(
    place: NDArray[np.float64], position: NDArray[np.float64], scale_um: float
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """List the units that a pulse at each electrode reaches, and which share of it."""
    unit, share, pointer = [], [], np.zeros(len(position) + 1, np.int64)
    for electrode, away in enumerate(_distances(place, position)):
        found = np.flatnonzero(away <= _REACH_STIMULUS * scale_um)
        unit.append(found)
        share.append(1 / (1 + (away[found] / scale_um) ** 2))
        pointer[electrode + 1] = pointer[electrode] + found.size
    return pointer, np.concatenate(unit).astype(np.int32), np.concatenate(share).astype(np.float32)
