"""Attention of queries, each over K vectors of its own in three parts, without ever laying the vectors side by side."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

_FAST = {"reassoc", "contract", "nsz"}


@njit(cache=True, nogil=True, fastmath=_FAST)
def _dot(a, b):  # type: ignore[no-untyped-def]
    total = a.dtype.type(0)
    for f in range(len(a)):
        total += a[f] * b[f]
    return total


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add(out, weight, a):  # type: ignore[no-untyped-def]
    for f in range(len(out)):
        out[f] += weight * a[f]


@njit(cache=True, nogil=True, fastmath=_FAST)
def _add_two(out, weight, a, slope, b):  # type: ignore[no-untyped-def]
    for f in range(len(out)):
        out[f] += weight * a[f] + slope * b[f]


@njit(cache=True, nogil=True, fastmath=_FAST)
def pool_recent(rows, place, told, code, held, turned, keep, root, share, pooled):  # type: ignore[no-untyped-def]
    """Attend: x = [rows[place], told, code], share = softmax of turned . x / root, pooled = sum of share keep x.

    Parameters
    ----------
    rows : (n, D) float array
    place : (Q, K) int64 array
        Which row is the first part of each vector.
    told : (Q, K, R) float array
        The second part.
    code : (Q, K, W) float array
        The third part.
    held : (Q,) int64 array
        How many of the K vectors there are: the first ones.
    turned : (Q, H, D + R + W) float array
        What each head asks, turned into the space of the vectors.
    keep : (Q, H, K) float array
        Multiplies shares after the softmax.
    root : float
    share : (Q, H, K) float array, filled in place; 0 where there is no vector
    pooled : (Q, H, D + R + W) float array, filled in place
    """
    a, b = rows.shape[1], rows.shape[1] + told.shape[2]
    for q in range(len(place)):
        for h in range(turned.shape[1]):
            asked, out = turned[q, h], pooled[q, h]
            out[:] = 0
            share[q, h, :] = 0
            most = -np.inf
            for k in range(held[q]):
                score = _dot(asked[:a], rows[place[q, k]]) + _dot(asked[a:b], told[q, k]) + _dot(asked[b:], code[q, k])
                share[q, h, k] = score / root
                most = max(most, share[q, h, k])
            whole = 0.0
            for k in range(held[q]):
                share[q, h, k] = math.exp(share[q, h, k] - most)
                whole += share[q, h, k]
            for k in range(held[q]):
                share[q, h, k] /= whole
                weight = share[q, h, k] * keep[q, h, k]
                _add(out[:a], weight, rows[place[q, k]])
                _add(out[a:b], weight, told[q, k])
                _add(out[b:], weight, code[q, k])


@njit(cache=True, nogil=True, fastmath=_FAST)
def pull_recent(  # type: ignore[no-untyped-def]
    rows, place, told, code, held, turned, keep, root, share, d_pooled, d_rows, d_code, d_turned, d_keep
):
    """Carry the slopes of a loss in `pooled` back to what `pool_recent` was given.

    Parameters
    ----------
    rows, place, told, code, held, turned, keep, root, share
        As there, with the shares it gave.
    d_pooled : (Q, H, D + R + W) float array
    d_rows : (n, D) float array, added to in place
    d_code : (Q, K, W) float array, all 0, filled in place
    d_turned : (Q, H, D + R + W) float array, all 0, filled in place
    d_keep : (Q, H, K) float array, all 0, filled in place
    """
    a, b = rows.shape[1], rows.shape[1] + told.shape[2]
    factor = np.empty(1, rows.dtype)
    for q in range(len(place)):
        for h in range(turned.shape[1]):
            asked, given, back = turned[q, h], d_pooled[q, h], d_turned[q, h]
            mean = 0.0
            for k in range(held[q]):
                told_of = _dot(given[a:b], told[q, k])
                d_keep[q, h, k] = _dot(given[:a], rows[place[q, k]]) + told_of + _dot(given[b:], code[q, k])
                mean += share[q, h, k] * keep[q, h, k] * d_keep[q, h, k]
            for k in range(held[q]):
                # Through an array, so that what the inner loops multiply by has the type of the rest.
                factor[0] = share[q, h, k] * (keep[q, h, k] * d_keep[q, h, k] - mean) / root
                weight, slope = share[q, h, k] * keep[q, h, k], factor[0]
                d_keep[q, h, k] *= share[q, h, k]
                _add(back[:a], slope, rows[place[q, k]])
                _add(back[a:b], slope, told[q, k])
                _add(back[b:], slope, code[q, k])
                _add_two(d_rows[place[q, k]], weight, given[:a], slope, asked[:a])
                _add_two(d_code[q, k], weight, given[b:], slope, asked[b:])
