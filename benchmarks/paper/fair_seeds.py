"""Seeds from an embedding, clustered well and as the published runs did."""

import numpy as np


def central_medoids(vectors, k):
    """Cluster by alternation from the k most central points: what the common k-medoids of scikit-learn-extra does.

    The start is the k points with the least sum of distances to all others (Park and Jun 2009). They lie together in
    the middle, and alternation (assign, then take the best point of each cluster) leaves most of them there, so the
    seeds say more of where the middle is than of the clusters.
    """
    norm = (vectors**2).sum(axis=1)
    distance = np.sqrt(np.maximum(norm[:, None] + norm - 2 * vectors @ vectors.T, 0))
    np.fill_diagonal(distance, 0)
    medoids = np.argsort(distance.sum(axis=1), kind="stable")[:k]
    for _ in range(300):
        label = distance[:, medoids].argmin(axis=1)
        moved = medoids.copy()
        for j in range(k):
            mine = np.flatnonzero(label == j)
            if len(mine):
                cost = distance[np.ix_(mine, mine)].sum(axis=1)
                now = cost[mine == medoids[j]]
                if not len(now) or cost.min() < now[0]:
                    moved[j] = mine[cost.argmin()]
        if (moved == medoids).all():
            break
        medoids = moved
    return np.unique(medoids)
