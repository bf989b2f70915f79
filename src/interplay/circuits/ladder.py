"""The ladder of tests for diagonal stability, from the cheapest to the interior-point method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.linear_stability import abscissa_of
from interplay.circuits.stability_results import Rung, Verdict
from interplay.ops.diagonal_stability import decide, equilibrate, widest_margin
from interplay.ops.diagonal_stability_proofs import refutation_margin, scaling_margin
from interplay.ops.diagonal_stability_response import tightest_response
from interplay.ops.diagonal_stability_tests import (
    irreducible_blocks,
    join_blocks,
    majorant_scaling,
    pair_minors,
    principal_minors,
    reciprocal_scaling,
    three_units,
    two_units,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Name, kind and order of the rungs.
RUNGS = {
    "diagonal": "necessary",
    "hurwitz": "necessary",
    "minors": "necessary",
    "identity": "sufficient",
    "majorant": "sufficient",
    "blocks": "exact",
    "two units": "exact",
    "three units": "exact",
    "forest": "exact",
    "opposite pairs": "sufficient",
    "interior point": "exact",
}
#: Largest irreducible block of which all principal minors are computed.
MOST_MINORS = 18
#: Entries beyond this, and diagonals nearer to 0 than its inverse, are not judged.
_LARGEST = 1e100
#: A number of the cheap tests nearer to 0 than this, relative to its scale, decides nothing.
_CLOSE = 1e-10


@dataclass
class Ladder:
    """One climb; `climb` fills everything but `matrix`, `tolerance` and `deadline`.

    Attributes
    ----------
    matrix : (N, N) float64 array
        A.
    tolerance : float
        Of the interior-point method.
    deadline : float or None
        By `time.monotonic`.
    """

    matrix: Floats
    tolerance: float = 1e-12
    deadline: float | None = None
    verdict: Verdict = "undecided"
    rung: str = ""
    scaling: Floats | None = None
    margin: float = float("nan")
    dual: Floats | None = None
    dual_margin: float = float("nan")
    notes: tuple[str, ...] = ()
    timed_out: bool = False
    found: dict[str, Rung] = field(default_factory=dict)
    blocks: list[Ints] = field(default_factory=list)
    parts: list[Floats | None] = field(default_factory=list)
    broken: str = ""

    def climb(self) -> Ladder:
        """Run the rungs in order until one decides."""
        steps = [self._diagonal, self._hurwitz, self._minors]
        steps += [self._identity, self._majorant, self._blocks]
        steps += [self._two_units, self._three_units, self._forest, self._opposite_pairs]
        for step in steps:
            step()
            if step == self._diagonal and self.verdict == "undecided" and self._out_of_range():
                return self
            if self.verdict != "undecided" or self.broken:
                break
        if self.verdict == "undecided":
            self._interior_point()
        return self

    def sharpen(self) -> None:
        """Replace the certificate by that of the greatest margin, if it is proved and better."""
        if self.scaling is None:
            return
        q, _ = widest_margin(self.matrix, deadline=self.deadline)
        self._replace(q, lambda q, margin: margin > self.margin)

    def sharpen_response(self) -> None:
        """Replace the certificate by one of a smaller max(q) / margin, on the way to that of the greatest margin."""
        if self.scaling is None:
            return
        first = self.scaling
        q = tightest_response(self.matrix, first, deadline=self.deadline)
        self._replace(q, lambda q, margin: bool(q.max() / margin < first.max() / self.margin))

    def _replace(self, q: Floats, better: Callable[[Floats, float], bool]) -> None:
        if (q > 0).all() and np.isfinite(q).all():
            q = q / q.mean()
            margin = scaling_margin(self.matrix, q)
            if margin > 0 and better(q, margin):
                self.scaling, self.margin = q, margin

    def rungs(self) -> tuple[Rung, ...]:
        """Every rung in order, those never reached among them."""
        missing = float("nan")
        return tuple(
            self.found.get(name, Rung(name, kind, "not run", missing, "decided before")) for name, kind in RUNGS.items()
        )

    def _note(self, name: str, outcome: str, value: float, detail: str) -> None:
        self.found[name] = Rung(name, RUNGS[name], outcome, float(value), detail)

    def _certify(self, name: str, scaling: Floats | None) -> bool:
        """Accept q for the whole matrix if it is proved."""
        if scaling is None or not (np.isfinite(scaling).all() and (scaling > 0).all()):
            return False
        q = scaling / scaling.mean()
        margin = scaling_margin(self.matrix, q)
        if not margin > 0:
            return False
        self.verdict, self.rung, self.scaling, self.margin = "certified", name, q, margin
        return True

    def _refute(self, name: str, block: Ints, dual: Floats) -> bool:
        """Accept H of a block, zero elsewhere, if it is proved."""
        n = len(self.matrix)
        whole = np.zeros((n, n))
        whole[np.ix_(block, block)] = dual / np.trace(dual)
        margin = refutation_margin(self.matrix, whole)
        if not margin >= 0:
            return False
        self.verdict, self.rung = "refuted", self.broken or name
        self.dual, self.dual_margin = whole, margin
        return True

    def _diagonal(self) -> None:
        diagonal = np.diag(self.matrix)
        k = int(np.argmax(diagonal))
        outcome = "failed" if diagonal[k] >= 0 else "passed"
        self._note("diagonal", outcome, diagonal[k], f"largest entry of the diagonal, at unit {k}; must be < 0")
        if outcome == "failed":
            self._refute("diagonal", np.array([k]), np.ones((1, 1)))

    def _out_of_range(self) -> bool:
        """Whether entries are so large or small that products of them leave double precision."""
        largest, least = float(np.abs(self.matrix).max()), float(-np.diag(self.matrix).max())
        out = largest > _LARGEST or least < 1 / _LARGEST
        if out:
            self.notes = (
                f"Undecided: entries of A must lie below {_LARGEST:g} and its diagonal below -{1 / _LARGEST:g}, got "
                f"{largest:g} and {-least:g}. Measure in other units.",
            )
        return out

    def _hurwitz(self) -> None:
        abscissa = abscissa_of(self.matrix)
        close = _CLOSE * float(np.linalg.norm(self.matrix))
        outcome = "failed" if abscissa > close else "passed" if abscissa < -close else "undecided"
        self._note("hurwitz", outcome, abscissa, "largest real part of an eigenvalue; must be < 0")
        self.broken = "hurwitz" if outcome == "failed" else ""

    def _minors(self) -> None:
        self.blocks = _blocks_of(self.matrix)
        self.parts = [None] * len(self.blocks)
        least, place, whole = np.inf, self.blocks[0], True
        for block in self.blocks:
            scaled = equilibrate(self.matrix[np.ix_(block, block)])[0]
            if len(block) <= MOST_MINORS:
                value, inner = principal_minors(scaled)
            else:
                value, inner = pair_minors(scaled)
                whole = False
            if value < least:
                least, place = value, block[inner]
        outcome = "failed" if least < -_CLOSE else "passed" if least > _CLOSE and whole else "undecided"
        units = ", ".join(map(str, place[:8])) + (" ..." if len(place) > 8 else "")
        what = "all principal minors of -A" if whole else f"only minors of two units (a block exceeds {MOST_MINORS})"
        self._note("minors", outcome, least, f"smallest pivot over {what}, at units {units}; must be > 0")
        self.broken = "minors" if outcome == "failed" else ""

    def _identity(self) -> None:
        largest = float(np.linalg.eigvalsh(self.matrix + self.matrix.T)[-1]) / 2
        passed = largest < 0 and self._certify("identity", np.ones(len(self.matrix)))
        detail = "largest eigenvalue of (A + A')/2: q = 1 is a certificate if < 0"
        self._note("identity", "passed" if passed else "failed", largest, detail)

    def _majorant(self) -> None:
        scaling = majorant_scaling(self.matrix)
        passed = self._certify("majorant", scaling)
        value = self.margin if passed else float("nan")
        detail = "margin; a certificate exists if A with |.| off the diagonal is Hurwitz, and it is not"
        detail = "margin of the certificate from A with |.| off the diagonal, which is Hurwitz" if passed else detail
        self._note("majorant", "passed" if passed else "failed" if scaling is None else "undecided", value, detail)

    def _blocks(self) -> None:
        for k, block in enumerate(self.blocks):
            if len(block) == 1:
                self.parts[k] = np.ones(1)
        detail = "number of irreducible blocks: A is diagonally stable iff each of them is"
        self._settle("blocks", len(self.blocks), detail)

    def _settle(self, name: str, value: float, detail: str, *, failed: bool = False) -> None:
        """Join the certificates of the blocks, once there is one of each."""
        parts = [part for part in self.parts if part is not None]
        done = len(parts) == len(self.blocks)
        passed = done and self._certify(name, join_blocks(self.matrix, self.blocks, parts))
        if done and not passed and not self.notes:
            self.notes = (
                "Every irreducible block is certified, so the matrix is diagonally stable, but the certificate of the "
                "whole leaves the range of double precision.",
            )
        outcome = "passed" if passed else "failed" if failed else "undecided"
        self._note(name, outcome, value, detail)

    def _open(self, size: int | None = None) -> list[int]:
        return [
            k for k, b in enumerate(self.blocks) if self.parts[k] is None and (len(b) == size if size else len(b) > 1)
        ]

    def _inner(self, k: int) -> Floats:
        return self.matrix[np.ix_(self.blocks[k], self.blocks[k])]

    def _keep(self, k: int, scaling: Floats | None) -> bool:
        """Keep q of one block if it is proved."""
        if scaling is None or not (np.isfinite(scaling).all() and (scaling > 0).all()):
            return False
        good = scaling_margin(self._inner(k), scaling / scaling.mean()) > 0
        if good:
            self.parts[k] = scaling / scaling.mean()
        return good

    def _two_units(self) -> None:
        least = np.inf
        for k in self._open(2):
            scaling, value = two_units(self._inner(k))
            least = min(least, value)
            if not self._keep(k, scaling) and value <= 0:
                (a, b), _ = self._inner(k).tolist()
                if self._refute("two units", self.blocks[k], np.array([[b * b, -a * b], [-a * b, a * a]])):
                    break
                self.broken = "two units"
        self._exact("two units", least, "determinant over product of the diagonal, of blocks of two; exact: > 0")

    def _three_units(self) -> None:
        least = np.inf
        for k in self._open(3):
            scaling, width = three_units(equilibrate(self._inner(k))[0])
            least = width if np.isnan(width) else min(least, width)
            if scaling is not None:
                _, left, right = equilibrate(self._inner(k))
                self._keep(k, scaling * left / right)
            elif np.isnan(width) or width < -_CLOSE:
                self.broken = "three units"
        detail = "log of the upper over the lower end of the common interval of q1/q2, of blocks of three; exact: > 0"
        self._exact("three units", least, detail)

    def _forest(self) -> None:
        count = 0
        for k in self._open():
            scaling, forest = reciprocal_scaling(self._inner(k), opposite_only=False)
            if forest:
                count += 1
                if not self._keep(k, scaling):
                    self.broken = "forest"
        self._exact("forest", count or np.inf, "number of blocks whose graph is a tree; exact: q balances each edge")

    def _exact(self, name: str, value: float, detail: str) -> None:
        if self.verdict == "refuted" or self.broken == name:
            self._note(name, "failed", value, detail)
        elif np.isinf(value) and value > 0:
            self._note(name, "not run", float("nan"), "no block of this form")
        else:
            self._settle(name, value, detail)

    def _opposite_pairs(self) -> None:
        tried = 0
        for k in self._open():
            scaling, _ = reciprocal_scaling(self._inner(k), opposite_only=True)
            tried += scaling is not None
            self._keep(k, scaling)
        detail = (
            "number of blocks in which q cancels every excitatory-inhibitory pair; sufficient if the rest is negative"
        )
        self._settle("opposite pairs", tried, detail, failed=bool(self._open()))

    def _interior_point(self) -> None:
        self.blocks = self.blocks or _blocks_of(self.matrix)
        self.parts = self.parts or [None if len(b) > 1 else np.ones(1) for b in self.blocks]
        bound, steps, reasons = np.nan, 0, []
        for k in sorted(self._open(), key=lambda k: len(self.blocks[k])):
            end = decide(self._inner(k), tolerance=self.tolerance, deadline=self.deadline)
            steps += end.steps
            bound = end.upper
            self.timed_out |= end.reason == "time"
            if end.dual is not None and self._refute("interior point", self.blocks[k], end.dual):
                bound = end.lower
                break
            if not self._keep(k, end.scaling):
                reasons.append(end.reason)
        detail = f"bound of the least s with s I - (q A + A' q) >= 0, {steps} steps; a certificate exists iff s < 0"
        if self.verdict == "refuted":
            self._note("interior point", "failed", bound, detail)
            return
        self._settle("interior point", bound, detail)
        if self.verdict == "undecided" and reasons:
            self.notes += (_WHY[reasons[0]],)


_WHY = {
    "time": "Undecided: the time limit was reached.",
    "steps": "Undecided: the interior-point method reached its largest number of steps.",
    "boundary": "Undecided: the matrix lies on the boundary of diagonal stability, within the tolerance.",
    "precision": "Undecided: the margin is smaller than the rounding errors of double precision.",
    "certificate": "Undecided: a certificate was found whose margin is smaller than the rounding errors.",
    "refutation": "Undecided: a refutation was found whose margin is smaller than the rounding errors.",
}


def _blocks_of(matrix: Floats) -> list[Ints]:
    n = len(matrix)
    if np.count_nonzero(matrix) == n * n:
        return [np.arange(n)]
    return irreducible_blocks(matrix)
