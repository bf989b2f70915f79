"""The papers behind the methods, one row each, sorted by key."""

from __future__ import annotations

from typing import NamedTuple


class Reference(NamedTuple):
    """One paper: its BibTeX fields, and the line a reader sees."""

    key: str
    kind: str
    author: str
    title: str
    year: int
    where: str
    place: str = ""

    @property
    def line(self) -> str:
        """The reference as one line of text."""
        tail = f" {self.place}" if self.place else ""
        return f"{self.author.replace(' and ', ', ')} ({self.year}). {self.title}. {self.where}{tail}."

    @property
    def bibtex(self) -> str:
        """The reference as a BibTeX entry."""
        field = {"article": "journal", "inproceedings": "booktitle", "misc": "howpublished", "book": "publisher"}[
            self.kind
        ]
        note = f",\n  note = {{{self.place}}}" if self.place else ""
        return (
            f"@{self.kind}{{{self.key},\n  author = {{{self.author}}},\n  title = {{{self.title}}},\n"
            f"  {field} = {{{self.where}}},\n  year = {{{self.year}}}{note}\n}}"
        )


ENTRIES: tuple[Reference, ...] = (
    Reference(
        "amarasingham2012jitter",
        "article",
        "Amarasingham, A. and Harrison, M. T. and Hatsopoulos, N. G. and Geman, S.",
        "Conditional modeling and the jitter method of spike resampling",
        2012,
        "Journal of Neurophysiology",
        "107:517",
    ),
    Reference(
        "arlot2019",
        "article",
        "Arlot, S. and Celisse, A. and Harchaoui, Z.",
        "A kernel multiple change-point algorithm via model selection",
        2019,
        "Journal of Machine Learning Research",
        "20(162):1",
    ),
    Reference(
        "benjamini1995fdr",
        "article",
        "Benjamini, Y. and Hochberg, Y.",
        "Controlling the false discovery rate: a practical and powerful approach to multiple testing",
        1995,
        "Journal of the Royal Statistical Society B",
        "57:289",
    ),
    Reference(
        "blondel2008",
        "article",
        "Blondel, V. D. and Guillaume, J.-L. and Lambiotte, R. and Lefebvre, E.",
        "Fast unfolding of communities in large networks",
        2008,
        "Journal of Statistical Mechanics",
        "P10008",
    ),
    Reference(
        "cutts2014tiling",
        "article",
        "Cutts, C. S. and Eglen, S. J.",
        "Detecting pairwise correlations in spike trains: an objective comparison of methods and application to the study of retinal waves",
        2014,
        "Journal of Neuroscience",
        "34:14288",
    ),
    Reference(
        "fagiolo2007",
        "article",
        "Fagiolo, G.",
        "Clustering in complex directed networks",
        2007,
        "Physical Review E",
        "76:026107",
    ),
    Reference(
        "gomez2009",
        "article",
        "Gómez, S. and Jensen, P. and Arenas, A.",
        "Analysis of community structure in networks of correlated data",
        2009,
        "Physical Review E",
        "80:016114",
    ),
    Reference(
        "guimera2005",
        "article",
        "Guimerà, R. and Amaral, L. A. N.",
        "Functional cartography of complex metabolic networks",
        2005,
        "Nature",
        "433:895",
    ),
    Reference(
        "harchaoui2007",
        "inproceedings",
        "Harchaoui, Z. and Cappé, O.",
        "Retrospective multiple change-point estimation with kernels",
        2007,
        "IEEE Workshop on Statistical Signal Processing",
        "768",
    ),
    Reference(
        "harris2020shift",
        "misc",
        "Harris, K. D.",
        "A shift test for independence in generic time series",
        2020,
        "arXiv:2012.06862",
        "",
    ),
    Reference(
        "hastie1995penalized",
        "article",
        "Hastie, T. and Buja, A. and Tibshirani, R.",
        "Penalized discriminant analysis",
        1995,
        "Annals of Statistics",
        "23:73",
    ),
    Reference(
        "humphries2008",
        "article",
        "Humphries, M. D. and Gurney, K.",
        "Network ‘small-world-ness’: a quantitative method for determining canonical network equivalence",
        2008,
        "PLoS ONE",
        "3:e2051",
    ),
    Reference(
        "khajehnejad2024tavrnn",
        "misc",
        "Khajehnejad, M. and others",
        "TAVRNN: temporal attention-enhanced variational graph RNN captures neural dynamics and behavior",
        2024,
        "arXiv:2410.00665",
        "",
    ),
    Reference(
        "knijnenburg2009fewer",
        "article",
        "Knijnenburg, T. A. and Wessels, L. F. A. and Reinders, M. J. T. and Shmulevich, I.",
        "Fewer permutations, more accurate P-values",
        2009,
        "Bioinformatics",
        "25:i161",
    ),
    Reference(
        "kuhn1955",
        "article",
        "Kuhn, H. W.",
        "The Hungarian method for the assignment problem",
        1955,
        "Naval Research Logistics Quarterly",
        "2:83",
    ),
    Reference(
        "kunsch1989jackknife",
        "article",
        "Künsch, H. R.",
        "The jackknife and the bootstrap for general stationary observations",
        1989,
        "Annals of Statistics",
        "17:1217",
    ),
    Reference(
        "latora2001",
        "article",
        "Latora, V. and Marchiori, M.",
        "Efficient behavior of small-world networks",
        2001,
        "Physical Review Letters",
        "87:198701",
    ),
    Reference(
        "leicht2008",
        "article",
        "Leicht, E. A. and Newman, M. E. J.",
        "Community structure in directed networks",
        2008,
        "Physical Review Letters",
        "100:118703",
    ),
    Reference(
        "maslov2002",
        "article",
        "Maslov, S. and Sneppen, K.",
        "Specificity and stability in topology of protein networks",
        2002,
        "Science",
        "296:910",
    ),
    Reference(
        "onnela2005",
        "article",
        "Onnela, J.-P. and Saramäki, J. and Kertész, J. and Kaski, K.",
        "Intensity and coherence of motifs in weighted complex networks",
        2005,
        "Physical Review E",
        "71:065103",
    ),
    Reference(
        "phipson2010permutation",
        "article",
        "Phipson, B. and Smyth, G. K.",
        "Permutation P-values should never be zero: calculating exact P-values when permutations are randomly drawn",
        2010,
        "Statistical Applications in Genetics and Molecular Biology",
        "9:39",
    ),
    Reference(
        "rubinov2011",
        "article",
        "Rubinov, M. and Sporns, O.",
        "Weight-conserving characterization of complex functional brain networks",
        2011,
        "NeuroImage",
        "56:2068",
    ),
    Reference(
        "spearman1904rank",
        "article",
        "Spearman, C.",
        "The proof and measurement of association between two things",
        1904,
        "American Journal of Psychology",
        "15:72",
    ),
    Reference(
        "sporns2004",
        "article",
        "Sporns, O. and Zwi, J. D.",
        "The small world of the cerebral cortex",
        2004,
        "Neuroinformatics",
        "2:145",
    ),
    Reference(
        "squartini2013",
        "article",
        "Squartini, T. and Picciolo, F. and Ruzzenenti, F. and Garlaschelli, D.",
        "Reciprocity of weighted networks",
        2013,
        "Scientific Reports",
        "3:2729",
    ),
    Reference(
        "telesford2011",
        "article",
        "Telesford, Q. K. and Joyce, K. E. and Hayasaka, S. and Burdette, J. H. and Laurienti, P. J.",
        "The ubiquity of small-world networks",
        2011,
        "Brain Connectivity",
        "1:367",
    ),
    Reference(
        "vinh2010",
        "article",
        "Vinh, N. X. and Epps, J. and Bailey, J.",
        "Information theoretic measures for clusterings comparison: variants, properties, normalization and correction for chance",
        2010,
        "Journal of Machine Learning Research",
        "11:2837",
    ),
    Reference(
        "watts1998",
        "article",
        "Watts, D. J. and Strogatz, S. H.",
        "Collective dynamics of ‘small-world’ networks",
        1998,
        "Nature",
        "393:440",
    ),
    Reference(
        "winkler2016faster",
        "article",
        "Winkler, A. M. and Ridgway, G. R. and Douaud, G. and Nichols, T. E. and Smith, S. M.",
        "Faster permutation inference in brain imaging",
        2016,
        "NeuroImage",
        "141:502",
    ),
)
