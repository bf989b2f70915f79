"""Who is joined to all three corners of a triangle."""

from __future__ import annotations

from numba import njit


@njit(cache=True, nogil=True)
def count_common(triangles, offsets, target, weight, count, total):  # type: ignore[no-untyped-def]
    """Walk the three sorted rows side by side.

    Parameters
    ----------
    triangles : (T, 3) int64 array
    offsets : (N + 1,) int64 array
    target : (E,) int32 array
        Rows rising.
    weight : (N,) float64 array
        What a node adds to `total`.
    count : (T,) int64 array
        Takes the number of common neighbours.
    total : (T,) float64 array
        Takes their weights, summed in the order of nodes.

    Notes
    -----
    O(sum of the three degrees) a triangle; nothing is allocated.
    """
    for t in range(len(triangles)):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        a, b, c = offsets[i], offsets[j], offsets[k]
        number, added = 0, 0.0
        while a < offsets[i + 1] and b < offsets[j + 1] and c < offsets[k + 1]:
            x, y, z = target[a], target[b], target[c]
            if x == y and y == z:
                number += 1
                added += weight[x]
                a += 1
                b += 1
                c += 1
            else:
                most = max(x, y, z)
                a += x < most
                b += y < most
                c += z < most
        count[t] = number
        total[t] = added
