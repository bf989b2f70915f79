"""Neighbourhood caches: a short table of partners per node, in which a partner's place is given by a hash.

A table of M slots per node stands for its last partners without any list, walk or search: who is written to a slot
that is taken drives the old partner out with a given chance. Everything is decided by hashes of what is written, so
that the same stream gives the same tables however it is cut into batches.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from interplay.ops.hashing import fold, start, to_unit

#: Bits of a code: which tables of a pair hold a key. Source: itself, first, second; destination: the same times 8.
_SIDE = 8


@njit(cache=True, inline="always")
def slot_of(seed, hop, key, slots):  # type: ignore[no-untyped-def]
    """Give the slot of a key in a table of so many slots."""
    return np.int64(fold(fold(start(np.uint64(seed)), np.uint64(hop)), np.uint64(key)) % np.uint64(slots))


@njit(cache=True, inline="always")
def _yields(seed, hop, own, key, bits, chance):  # type: ignore[no-untyped-def]
    """Decide whether a taken slot gives way: a hash of who writes whom, how long after the event before."""
    word = fold(fold(fold(start(np.uint64(seed) + np.uint64(7)), np.uint64(hop)), np.uint64(own)), np.uint64(key))
    return to_unit(fold(word, bits)) < chance


@njit(cache=True, nogil=True)
def _meet(seed, chance, own, other, now, bits, keys, times, gaps, values, told, features, feature, fresh, row):  # type: ignore[no-untyped-def]
    """Write one partner into one node's first table."""
    s = slot_of(seed, 1, other, keys.shape[1])
    same = keys[own, s] == other
    if not same and keys[own, s] >= 0 and not _yields(seed, 1, own, other, bits, chance):
        return
    gaps[own, s] = now - times[own, s] if same else 0.0
    keys[own, s] = other
    times[own, s] = now
    for f in range(values.shape[2]):
        values[own, s, f] = fresh[row, s, f] if same else 0.0
        fresh[row, s, f] = values[own, s, f]
    for f in range(features.shape[1]):
        told[own, s, f] = features[feature, f]


@njit(cache=True, nogil=True)
def _hear(seed, chance, own, bits, key_row, time_row, fresh, row, keys, times, values):  # type: ignore[no-untyped-def]
    """Write a partner's first table into one node's second table, but for the node itself."""
    for k in range(len(key_row)):
        key = key_row[k]
        if key < 0 or key == own:
            continue
        s = slot_of(seed, 2, key, keys.shape[1])
        if keys[own, s] >= 0 and keys[own, s] != key and not _yields(seed, 2, own, key, bits, chance):
            continue
        keys[own, s] = key
        times[own, s] = time_row[k]
        for f in range(values.shape[2]):
            values[own, s, f] = fresh[row, k, f]


@njit(cache=True, nogil=True)
def _recall(own, other, now, features, b, latest):  # type: ignore[no-untyped-def]
    """Take note of a node's last event."""
    partner, gap, heard, last = latest
    partner[own] = other
    gap[own] = now - last[own] if last[own] > -np.inf else 0.0
    last[own] = now
    for f in range(features.shape[1]):
        heard[own, f] = features[b, f]


@njit(cache=True, nogil=True)
def write_caches(src, dst, time, features, place, fresh, first, second, latest, seed, chance):  # type: ignore[no-untyped-def]
    """Write events into the tables of their ends, one after the other.

    Parameters
    ----------
    src, dst : (B,) int64 arrays
    time : (B,) float64 array, s
    features : (B, F) float32 array
    place : (2, B) int64 array
        Rows of `fresh` that belong to the sources and to the destinations.
    fresh : (L, M, D) float32 array
        Vectors of the slots of the first tables as they were read before these events; changed.
    first : (keys, times, gaps, values, told)
        The first tables: (N, M) int64, -1 empty; (N, M) float64 of the last meeting and of the time between the last
        two; (N, M, D) and (N, M, F) float32.
    second : (keys, times, values)
        The second tables, of M2 >= 0 slots, that hear of the partners of partners.
    latest : (partner, gap, heard, last)
        Of each node's last event: (N,) int64, (N,) float64, (N, F) float32 and (N,) float64.
    seed : int
    chance : float, in [0, 1]
        Of a taken slot to give way.
    """
    keys, times, gaps, values, told = first
    keys2, times2, values2 = second
    waits = np.empty(2)
    bits = waits.view(np.uint64)
    last = latest[3]
    for b in range(len(src)):
        u, v = src[b], dst[b]
        # Not the time itself: who gives way must not hang on the clock's zero.
        waits[0] = time[b] - last[u] if last[u] > -np.inf else 0.0
        waits[1] = time[b] - last[v] if last[v] > -np.inf else 0.0
        if u != v and keys2.shape[1] > 0:
            _hear(seed, chance, v, bits[1], keys[u], times[u], fresh, place[0, b], keys2, times2, values2)
            _hear(seed, chance, u, bits[0], keys[v], times[v], fresh, place[1, b], keys2, times2, values2)
        _meet(seed, chance, u, v, time[b], bits[0], keys, times, gaps, values, told, features, b, fresh, place[0, b])
        if u != v:
            _meet(
                seed, chance, v, u, time[b], bits[1], keys, times, gaps, values, told, features, b, fresh, place[1, b]
            )
        _recall(u, v, time[b], features, b, latest)
        if u != v:
            _recall(v, u, time[b], features, b, latest)


@njit(cache=True, nogil=True)
def occupied(nodes, keys, keys2, row, owner, slot):  # type: ignore[no-untyped-def]
    """List the occupied slots of some nodes, both tables side by side.

    Parameters
    ----------
    nodes : (L,) int64 array
    keys, keys2 : (N, M) and (N, M2) int64 arrays
    row : (L, M + M2) int64 array
        Place of each slot in the list, -1 if empty; written.
    owner, slot : (L (M + M2),) int64 arrays
        Node and slot of each entry; written.

    Returns
    -------
    int
        Length of the list.
    """
    count = 0
    wide = keys.shape[1]
    for i in range(len(nodes)):
        for s in range(row.shape[1]):
            key = keys[nodes[i], s] if s < wide else keys2[nodes[i], s - wide]
            row[i, s] = -1
            if key >= 0:
                row[i, s] = count
                owner[count] = nodes[i]
                slot[count] = s
                count += 1
    return count


@njit(cache=True, nogil=True)
def later_slots(nodes, keys, times, rank):  # type: ignore[no-untyped-def]
    """Count for every slot of the first tables how many of its table met later; (L, M) float32, written."""
    slots = keys.shape[1]
    for i in range(len(nodes)):
        u = nodes[i]
        for s in range(slots):
            rank[i, s] = 0.0
            if keys[u, s] >= 0:
                for k in range(slots):
                    if keys[u, k] >= 0 and times[u, k] > times[u, s]:
                        rank[i, s] += 1.0


@njit(cache=True, inline="always")
def _group(table_key, table_group, mask, key):  # type: ignore[no-untyped-def]
    """Find a key's group among those of a pair, or the empty place where it belongs."""
    k = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)) & mask
    while table_key[k] >= 0 and table_key[k] != key:
        k = (k + 1) & mask
    return k


@njit(cache=True, inline="always")
def _key_at(u, s, keys, keys2):  # type: ignore[no-untyped-def]
    """Give the key at a place of a node, and its bit: the node itself (-1), then first and second slots."""
    if s < 0:
        return u, 1
    wide = keys.shape[1]
    return (keys[u, s], 2) if s < wide else (keys2[u, s - wide], 4)


@njit(cache=True, nogil=True)
def join_tables(ends, time, nodes, first, keys2, row, rank, last, scale, entry, group, code, told, direct, pointer):  # type: ignore[no-untyped-def]
    """Join the tables of both nodes of every pair: one group per key that either holds.

    Parameters
    ----------
    ends : (2, P) int64 array
        Places of the pairs' nodes in `nodes`.
    time : (P,) float64 array, s
    nodes : (L,) int64 array
    first : (keys, times)
        Of the first tables.
    keys2 : (N, M2) int64 array
    row : (L, M + M2) int64 array
        As `occupied` gives it.
    rank : (L, M) float32 array
        As `later_slots` gives it.
    last : (N,) float64 array, s
        Time of each node's last event, -inf before it.
    scale : float, s, > 0
    entry, group : (C,) int64 arrays
        Occupied slots that take part, and the group that each belongs to; written.
    code : (C',) int64 array
        Of each group: bits 1, 2, 4 for the source itself, its first and its second table, 8, 16, 32 for the
        destination's; written.
    told : (C', 6) float32 array
        Of each group: whether the source's first table holds the key, how long ago they met, and how many it met later
        (as 1 / (1 + count)); the same of the destination. Ages are log(1 + seconds / scale). Written.
    direct : (P, 8) float32 array
        Of each pair: the same three of the destination in the source's table, and of the source in the destination's,
        then how long ago each had its last event (0 and 0 before the first). Written.
    pointer : (P + 1,) int64 array
        Groups of pair p are ``pointer[p]:pointer[p + 1]``; written.

    Returns
    -------
    n_entries, n_groups : int
    """
    keys, times = first
    wide, far = keys.shape[1], keys2.shape[1]
    size = 4
    while size < 4 * (1 + wide + far):
        size *= 2
    table_key = np.full(size, -1, np.int64)
    table_group = np.empty(size, np.int64)
    used = np.empty(2 * (1 + wide + far), np.int64)
    n_entries = n_groups = 0
    pointer[0] = 0
    for p in range(len(time)):
        n_used = 0
        direct[p] = 0.0
        for side in range(2):
            i = ends[side, p]
            u, partner = nodes[i], nodes[ends[1 - side, p]]
            if last[u] > -np.inf:
                direct[p, 6 + side] = np.log1p(max(time[p] - last[u], 0.0) / scale)
            for s in range(-1, wide + far):
                key, bit = _key_at(u, s, keys, keys2)
                if key < 0:
                    continue
                k = _group(table_key, table_group, size - 1, key)
                if table_key[k] < 0:
                    table_key[k] = key
                    table_group[k] = n_groups
                    used[n_used] = k
                    n_used += 1
                    code[n_groups] = 0
                    told[n_groups] = 0.0
                    n_groups += 1
                g = table_group[k]
                code[g] |= bit * (_SIDE if side else 1)
                if s < 0:
                    continue
                entry[n_entries] = row[i, s]
                group[n_entries] = g
                n_entries += 1
                if s < wide:
                    age = np.float32(np.log1p(max(time[p] - times[u, s], 0.0) / scale))
                    order = np.float32(1.0 / (1.0 + rank[i, s]))
                    told[g, 3 * side], told[g, 3 * side + 1], told[g, 3 * side + 2] = 1.0, age, order
                    if key == partner:
                        direct[p, 3 * side] = 1.0
                        direct[p, 3 * side + 1], direct[p, 3 * side + 2] = age, order
        for k in used[:n_used]:
            table_key[k] = -1
        pointer[p + 1] = n_groups
    return n_entries, n_groups


@njit(cache=True, nogil=True)
def pool_tables(entry, group, code, told, pointer, values, words, weight, bias, slope, key, out):  # type: ignore[no-untyped-def]
    """Attend over the keys of every pair, without a gradient.

    Parameters
    ----------
    entry, group, code, told, pointer
        As `join_tables` gives them.
    values : (R, D) float array
        Vectors of the occupied slots.
    words : (64, W) float array
        Of the codes.
    weight, bias : (H, D + W + 6) and (H,) float arrays
        Of the logits of H heads, which go through a leaky rectifier with this slope.
    slope : float
    key : (G, D + W + 6) float array
        Scratch.
    out : (P, H, D + W + 6) float array
        Means of the keys' vectors, by head; written.
    """
    _write_keys(entry, group, code, told, values, words, key)
    for p in range(len(pointer) - 1):
        for h in range(len(bias)):
            _attend(key[pointer[p] : pointer[p + 1]], weight[h], bias[h], slope, out[p, h])


@njit(cache=True, nogil=True)
def _write_keys(entry, group, code, told, values, words, key):  # type: ignore[no-untyped-def]
    """Lay out the vector of every key: its slots summed, the word of its code, and what is told of it."""
    wide, deep = values.shape[1], values.shape[1] + words.shape[1]
    for g in range(len(code)):
        key[g, :wide] = 0.0
        key[g, wide:deep] = words[code[g]]
        key[g, deep:] = told[g]
    for e in range(len(entry)):
        for f in range(wide):
            key[group[e], f] += values[entry[e], f]


@njit(cache=True, nogil=True)
def _attend(keys, weight, bias, slope, out):  # type: ignore[no-untyped-def]
    """Write the mean of some keys by the soft maximum of their logits."""
    top, total = -np.inf, 0.0
    out[:] = 0.0
    for g in range(len(keys)):
        logit = bias
        for f in range(len(weight)):
            logit += weight[f] * keys[g, f]
        if logit < 0.0:
            logit *= slope
        if logit > top:  # what was summed so far is scaled down to the new greatest logit
            shrink = np.exp(top - logit)
            total *= shrink
            out *= shrink
            top = logit
        share = np.exp(logit - top)
        total += share
        for f in range(len(weight)):
            out[f] += share * keys[g, f]
    out /= total
