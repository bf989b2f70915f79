"""One honest sentence from the rows of a read-out."""

from __future__ import annotations

from typing import Literal

from interplay.stats.results import ReadoutRow

#: Above this, a row is not told from chance.
LEVEL = 0.05


def verdict(
    network: ReadoutRow,
    baseline: ReadoutRow,
    difference: tuple[float, float, float],
    kind: Literal["classes", "number"],
    n_baselines: int,
    n_network: int = 1,
) -> str:
    """Say whether the network tells more than the best baseline.

    Parameters
    ----------
    network, baseline : ReadoutRow
        The best of each.
    difference : (3,) tuple of float
        Network minus baseline, with its 95 % interval.
    kind : {"classes", "number"}
    n_baselines, n_network : int
        How many the best was chosen from.

    Returns
    -------
    str
        Above chance means p <= 0.05, for the network 0.05 over `n_network` (Bonferroni: the best of several rows of
        noise passes 0.05 more often than that); more or less than the baseline means an interval that leaves out 0. The
        interval takes the two rows as given. Both were chosen on the windows they are compared on, which favours the
        side with more rows; where there are several network rows the sentence says so.
    """
    name = "balanced accuracy" if kind == "classes" else "R²"
    ours = f"{network.name} ({name} {network.score:.2f}, p = {network.pvalue:.2g}"
    ours += ")" if n_network == 1 else f"; the best of {n_network} rows, so p must be {LEVEL / n_network:.2g} or less)"
    theirs = f"{baseline.name} ({baseline.score:.2f}, p = {baseline.pvalue:.2g}), the best of {n_baselines} baselines"
    gap = f"difference {difference[0]:+.2f}, 95 % interval {difference[1]:+.2f} to {difference[2]:+.2f}"
    if n_network > 1:
        gap += ", not corrected for the choice of the network row"
    above, below = network.pvalue * n_network <= LEVEL, baseline.pvalue <= LEVEL
    if not above and not below:
        return f"Nothing here tells the target better than chance: neither {ours} nor {theirs}."
    if not above:
        return f"The network does not tell the target better than chance: {ours}; {theirs}, does ({gap})."
    if difference[1] > 0:
        return f"The network tells more than every baseline: {ours} against {theirs}; {gap}."
    if difference[2] < 0:
        return f"The network tells the target, but less than a trivial baseline does: {ours} against {theirs}; {gap}."
    return (
        f"The network tells the target better than chance, but no more than a trivial baseline as far as these windows "
        f"can show: {ours} against {theirs}; {gap}."
    )
