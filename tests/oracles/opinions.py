"""Bounded confidence person by person; nothing shared with the library."""


def meet(opinions, pairs, confidence, mu, *, mutual=True, fixed=()):
    x = list(opinions)
    for i, j in pairs:
        if abs(x[i] - x[j]) < confidence:
            a, b = x[i], x[j]
            if mutual and i not in fixed:
                x[i] = a + mu * (b - a)
            if j not in fixed:
                x[j] = b + mu * (a - b)
    return x


def hear(opinions, weight, confidence, fixed=()):
    """One round of means; weight[i][j] is how much j hears i, or None: everybody hears everybody."""
    n = len(opinions)
    after = []
    for j in range(n):
        heard = [
            (opinions[i], 1.0 if weight is None or i == j else weight[i][j])
            for i in range(n)
            if abs(opinions[i] - opinions[j]) <= confidence + 1e-12 and (i == j or weight is None or weight[i][j] > 0)
        ]
        mean = sum(x * w for x, w in heard) / sum(w for _, w in heard)
        after.append(opinions[j] if j in fixed else mean)
    return after
