"""What was published about the same game, as constants with their source; a report prints ours beside them.

References
----------
Kagan et al. (2022), Neuron 110:3952. The figures are those that the authors' analysis notebook printed for 399
sessions; an independent re-analysis of the public table (a superset of 720 sessions, with about 15 % near-duplicate
rows) found smaller changes, given here too. The wording of the paper was disputed: Balci et al. (2023), Neuron 111:604.
"""

from __future__ import annotations

from interplay.loop.tables import PublishedRow

_NAN = float("nan")
_NOTEBOOK = "Kagan et al. 2022, Neuron 110:3952, authors' notebook"
_AUDIT = "independent re-analysis of the public rally table"


def _row(
    group: str,
    name: str,
    sessions: int,
    hits: tuple[float, float],
    aces: tuple[float, float],
    long_rallies: tuple[float, float],
    statistic: float,
    pvalue: float,
    source: str = _NOTEBOOK,
) -> PublishedRow:
    return PublishedRow(
        group=group,
        name=name,
        sessions=sessions,
        mean_hits=hits,
        aces=aces,
        long_rallies=long_rallies,
        statistic=statistic,
        pvalue=pvalue,
        source=source,
    )


#: First 5 minutes against the last 15, mean over sessions. The notebook's t is of first minus second, hence its sign;
#: here it is of second minus first, as everywhere in this package.
PUBLISHED: tuple[PublishedRow, ...] = (
    _row("CTL", "Medium without cells", 80, (0.900, 0.872), (0.508, 0.530), (0.095, 0.093), -0.54, 0.59),
    _row("IS", "In silico, random paddle", 38, (0.832, 0.801), (0.535, 0.556), (0.093, 0.083), -0.89, 0.38),
    _row("RST", "Culture at rest", 42, (0.765, 0.815), (0.585, 0.570), (0.092, 0.087), 1.08, 0.29),
    _row("MCC", "Mouse cortical culture", 101, (0.780, 1.020), (0.534, 0.499), (0.073, 0.122), 6.15, 1.6e-8),
    _row("HCC", "Human cortical culture", 138, (0.674, 1.129), (0.545, 0.482), (0.044, 0.106), 10.44, 3.9e-19),
    _row("HCC, audit", "Human cortical culture", 296, (0.681, 0.831), (_NAN, _NAN), (_NAN, _NAN), _NAN, 6e-13, _AUDIT),
)

#: Chance by arithmetic: the paddle covers 250 of 600 px, so each arrival is returned with probability 5 / 12. A rally
#: of k hits then has probability (5/12)^k 7/12.
CHANCE_CATCH = 250 / 600
CHANCE_MEAN_HITS = CHANCE_CATCH / (1 - CHANCE_CATCH)
CHANCE_ACES = 1 - CHANCE_CATCH
CHANCE_LONG_RALLIES = CHANCE_CATCH**3
