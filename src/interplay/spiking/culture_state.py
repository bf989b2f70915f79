"""What a culture is made of and what it remembers, as the packed arrays that the kernels take."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import key_word, stream, uniform
from interplay.data import Units
from interplay.ops import culture as blocks
from interplay.ops import culture_synapses as rows
from interplay.ops import culture_run
from interplay.ops.culture_wiring import draw_edges
from interplay.spiking.geometry import electrodes

if TYPE_CHECKING:
    from interplay.spiking.culture import Culture

_LONG_AGO = -(2**30)


@dataclass(frozen=True, eq=False, kw_only=True)
class Tissue:
    """What stays as it is: places, edges, constants."""

    units: Units
    electrodes: Units
    keys: NDArray[np.uint32]
    noise_key: np.uint64
    settings: NDArray[np.float32]
    counts: NDArray[np.int64]
    pointers: NDArray[np.int64]
    in_i: NDArray[np.int32]
    tables: NDArray[np.float32]
    near_pointer: NDArray[np.int64]
    near_i: NDArray[np.int32]
    near_f: NDArray[np.float32]
    begin: CultureState


@dataclass(frozen=True, eq=False, kw_only=True)
class CultureState:
    """What changes."""

    seed: int
    step: int
    state: NDArray[np.float32]
    queue: NDArray[np.float32]
    unit_f: NDArray[np.float32]
    unit_i: NDArray[np.int32]
    edge_i: NDArray[np.int32]
    edge_f: NDArray[np.float32]
    reward_mean: float
    rewards: int
    pulse_i: NDArray[np.int64]
    pulse_mv: NDArray[np.float32]

    def copy(self) -> CultureState:
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        return replace(self, **{k: v.copy() for k, v in parts.items() if isinstance(v, np.ndarray)})


def fresh(config: Culture, seed: int) -> CultureState:
    return tissue(config, seed).begin.copy()


@lru_cache(maxsize=2)
def tissue(config: Culture, seed: int) -> Tissue:
    n, n_e = config.n_units, round(config.excitatory * config.n_units)
    place = np.column_stack([uniform(seed, "place", axis, np.arange(n)) * config.size_um[axis] for axis in (0, 1)])
    sign = np.where(np.arange(n) < n_e, 1, -1)
    unit_f, unit_i, state, keys = _units(config, seed, n, n_e)
    array = _array()
    unit_i[rows.SEEN] = _seen(place, array.position_um, config.reading_um)
    pointers, edge_i, edge_f, in_i, slots = _edges(config, seed, place, n_e)
    unit_i[rows.PLASTIC] = pointers[0, :-1] + [
        np.searchsorted(edge_i[rows.TARGET, a:b], n_e) if i < n_e else 0
        for i, (a, b) in enumerate(zip(pointers[0, :-1], pointers[0, 1:]))
    ]
    near_pointer, near_i, near_f = _near(place, array.position_um, config)
    n_blocks = len(keys) // blocks.LANES
    begin = CultureState(
        seed=seed, step=0, state=state,
        queue=np.zeros(slots * n_blocks * blocks.LANES * blocks.PORTS, np.float32),
        unit_f=unit_f, unit_i=unit_i, edge_i=edge_i, edge_f=edge_f, reward_mean=0.0, rewards=0,
        pulse_i=np.zeros((2, 0), np.int64), pulse_mv=np.zeros(0, np.float32),
    )  # fmt: skip
    return Tissue(
        units=Units(n=n, position_um=place, sign=sign.astype(np.int64)),
        electrodes=array,
        keys=keys,
        noise_key=np.uint64(culture_run.noise_root(np.uint64(key_word(seed)), np.uint64(key_word("culture noise")))),
        settings=_settings(config),
        counts=np.array(
            [
                ["frozen", "stdp", "r_stdp_centred"].index(config.plasticity),
                round(1000 / config.dt_ms),
                n_e,
            ],
            np.int64,
        ),
        pointers=pointers,
        in_i=in_i,
        tables=_tables(config),
        near_pointer=near_pointer,
        near_i=near_i,
        near_f=near_f,
        begin=begin,
    )


def _settings(config: Culture) -> NDArray[np.float32]:
    out = np.zeros(culture_run.N_SETTINGS, np.float32)
    keep = np.exp(-config.dt_ms / np.array(config.tau_ms))
    out[culture_run.DT_MS] = config.dt_ms
    out[[culture_run.KEEP_AMPA, culture_run.KEEP_NMDA, culture_run.KEEP_GABA]] = keep
    out[culture_run.E_GABA] = config.reversal_mv
    out[culture_run.NMDA_SHARE] = config.nmda_share
    most = config.weight_most * config.excitation
    out[culture_run.PLUS] = config.potentiation * most
    out[culture_run.MINUS] = config.potentiation * config.depression_ratio * most
    out[culture_run.MOST] = most
    out[culture_run.BLEND] = 1 - np.exp(-1 / config.rate_tau_s)
    out[culture_run.PER_S] = 1.0
    out[culture_run.SPEED] = config.scaling
    out[culture_run.WANTED] = config.target_hz
    return out


def _tables(config: Culture) -> NDArray[np.float32]:
    taus = np.array([config.recovery_ms, *config.window_ms, config.eligibility_ms]) / config.dt_ms
    length = int(np.ceil(16 * taus.max()))
    out = np.exp(-np.arange(length) / taus[:, None])
    out[:, -1] = 0
    return out.astype(np.float32)


def _units(config: Culture, seed: int, n: int, n_e: int):
    n_pad = -(-n // blocks.LANES) * blocks.LANES
    r = uniform(seed, "kind", np.arange(n))
    e = np.arange(n) < n_e
    a = np.where(e, 0.02, 0.02 + 0.08 * r)
    b = np.where(e, 0.2, 0.25 - 0.05 * r)
    unit_f = np.zeros((7, n), np.float32)
    unit_f[rows.C] = np.where(e, -65 + 15 * r**2, -65)
    unit_f[rows.D] = np.where(e, 8 - 6 * r**2, 2)
    unit_f[rows.USE] = np.where(e, config.depression, 0)
    unit_f[rows.LEFT] = 1
    unit_f[rows.RATE] = config.target_hz
    unit_i = np.zeros((4, n), np.int32)
    unit_i[rows.LAST] = _LONG_AGO
    table = np.zeros((blocks.ROWS, n_pad), np.float32)
    table[blocks.V], table[blocks.U] = -70, -14
    table[blocks.A], table[blocks.B] = 0.02, 0.2
    table[blocks.A, :n], table[blocks.B, :n] = a, b
    table[blocks.V, :n], table[blocks.U, :n] = -65, -65 * b
    share = np.where(e, 1.0, config.noise_inhibitory)
    table[blocks.MEAN, :n] = config.noise_mean * share
    table[blocks.SPREAD, :n] = config.noise_sd * np.sqrt(0.5 / config.dt_ms) * share
    state = np.ascontiguousarray(table.reshape(blocks.ROWS, -1, blocks.LANES).transpose(1, 0, 2)).ravel()
    keys = culture_run.unit_keys(np.uint64(key_word(seed)), np.uint64(key_word("culture unit")), n_pad)
    return unit_f, unit_i, state, keys


def _edges(config: Culture, seed: int, place, n_e: int):
    n = len(place)
    pointer = np.empty(n + 1, np.int64)
    x, y = np.ascontiguousarray(place.T)
    args = (x, y, config.p_max, config.reach_um, config.floor, np.uint64(key_word(seed)), np.uint64(key_word("edge")))
    size = draw_edges(*args, np.empty(0, np.int32), np.empty(0, np.float32), pointer)
    target, distance = np.empty(size, np.int32), np.empty(size, np.float32)
    draw_edges(*args, target, distance, pointer)
    source = np.repeat(np.arange(n), np.diff(pointer))
    edge_i, edge_f = np.zeros((4, size), np.int32), np.zeros((2, size), np.float32)
    excites = source < n_e
    inside = target // blocks.LANES * (blocks.LANES * blocks.PORTS) + target % blocks.LANES
    edge_i[rows.PLACE] = inside + np.where(excites, 0, blocks.LANES)
    delay_ms = config.synapse_ms + distance / (1000 * config.speed_m_per_s)
    edge_i[rows.DELAY] = np.maximum(np.round(delay_ms / config.dt_ms), 1)
    edge_i[rows.TARGET] = target
    spread = 1 + config.weight_spread * (2 * uniform(seed, "weight", source, target.astype(np.int64)) - 1)
    edge_f[rows.WEIGHT] = np.where(excites, config.excitation * spread, config.inhibition)
    plastic = np.flatnonzero(excites & (target < n_e))
    order = plastic[np.argsort(target[plastic], kind="stable")]
    in_i = np.stack([order, source[order]]).astype(np.int32)
    pointers = np.stack([pointer, np.searchsorted(target[order], np.arange(n + 1))]).astype(np.int64)
    slots = 1 << int(edge_i[rows.DELAY].max(initial=1)).bit_length()
    return pointers, edge_i, edge_f, in_i, slots


@lru_cache(maxsize=1)
def _array() -> Units:
    position, group = electrodes()
    return Units(n=len(group), position_um=position, group=group)


def _seen(place, position, reach):
    away = np.sqrt(((place[:, None] - position[None]) ** 2).sum(axis=2)) if len(place) <= 2000 else None
    from scipy.spatial import cKDTree

    distance, nearest = cKDTree(position).query(place)
    return np.where(distance <= reach, nearest, -1)


def _near(place, position, config: Culture):
    from scipy.spatial import cKDTree

    found = cKDTree(place).query_ball_point(position, config.stimulus_reach_um)
    pointer = np.concatenate([[0], np.cumsum([len(f) for f in found])]).astype(np.int64)
    unit = np.concatenate([np.sort(f) for f in found]).astype(np.int32)
    away = np.sqrt(((place[unit] - np.repeat(position, np.diff(pointer), axis=0)) ** 2).sum(axis=1))
    return pointer, unit, (1 / (1 + (away / config.stimulus_um) ** 2)).astype(np.float32)
