"""What a model of cohorts gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay._core.provenance import Result

Pool = Literal["mean", "regions"]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class BrainModel(Result):
    """A network of function and structure after pre-training, and how it got there.

    Attributes
    ----------
    method : str
        Registered name.
    regions, networks : (R,) text arrays
        The atlas it was trained on; other atlases are refused.
    times : int
        T, samples that it reads at once.
    has_function, has_structure : bool
        Which streams were trained.
    parameters : mapping of str to arrays
        Everything that was trained, by the name of the parameter.
    loss : mapping of str to mapping of str to (E,) float64 arrays
        Per stage, per epoch: "loss" on masked entries, and "held_out" (the same on validation scans) where there are
        any.
    best_epoch : mapping of str to int
        Per stage, the epoch whose parameters were kept, from 0.
    by, transform : str
        How signals and structure are scaled; see `Scaling`.
    centre, spread : (R,) float64 arrays
        Median and interquartile range of the training scans.
    structure_scale : float
        What structure is divided by.
    covariance : (R, R) float64 array
        Of the scaled training signals, each scan about its own mean: what the linear baseline of `reconstruct` knows.
    places : (R, G) float64 array
        Functional gradients of the training scans' mean correlation; G = 0 where they are not used.
    trained_on : (K,) text array
        Subjects of the training scans.
    """

    method: str
    regions: NDArray[np.str_]
    networks: NDArray[np.str_]
    times: int
    has_function: bool
    has_structure: bool
    parameters: Mapping[str, NDArray[Any]]
    loss: Mapping[str, Mapping[str, NDArray[np.float64]]]
    best_epoch: Mapping[str, int]
    by: str
    transform: str
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]
    structure_scale: float
    covariance: NDArray[np.float64]
    places: NDArray[np.float64]
    trained_on: NDArray[np.str_]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class BrainEmbedding(Result):
    """Where every region of every scan stands.

    Attributes
    ----------
    subject, session : (S,) text arrays
    regions, networks : (R,) text arrays
    embedding : (S, R, D) float64 array
        Fused where a scan has both function and structure, else of the one it has. Without training on labels the gate
        is as it began, near one half.
    function, structure : (S, R, D) float64 array or None
        Of each stream; NaN for scans without it, None where no scan has it.
    gate : (S, R) float64 array or None
        Share of function in the fusion, mean over channels, in [0, 1]; NaN for scans with one stream. None where no
        scan has both.
    present : (S, R) bool array
        Regions that a scan has; vectors of the others say nothing of the subject.
    windows : (S,) int64 array
        How many stretches of `times` samples a scan's vectors are the mean of; 0 without function.
    """

    subject: NDArray[np.str_]
    session: NDArray[np.str_]
    regions: NDArray[np.str_]
    networks: NDArray[np.str_]
    embedding: NDArray[np.float64]
    function: NDArray[np.float64] | None
    structure: NDArray[np.float64] | None
    gate: NDArray[np.float64] | None
    present: NDArray[np.bool_]
    windows: NDArray[np.int64]

    def vectors(self, pool: Pool = "mean") -> NDArray[np.float64]:
        """Give one vector per scan, for a read-out.

        Parameters
        ----------
        pool : {"mean", "regions"}
            Mean over the regions that a scan has, (S, D); or all regions side by side, (S, R D).

        Returns
        -------
        (S, D) or (S, R D) float64 array

        Raises
        ------
        ConfigError
            If `pool` is unknown.
        DataError
            If regions are put side by side and a scan lacks one.
        """
        if pool not in get_args(Pool):
            raise ConfigError(unknown_name("`pool`", pool, get_args(Pool)))
        if pool == "mean":
            weight = self.present / self.present.sum(axis=1, keepdims=True)
            return np.asarray(np.einsum("srd,sr->sd", self.embedding, weight))
        if not self.present.all():
            s, r = (int(k) for k in np.argwhere(~self.present)[0])
            raise DataError(
                f"`pool`='regions' needs every region in every scan, but scan {s} (subject "
                f"{str(self.subject[s])!r}) lacks {str(self.regions[r])!r}. Take pool='mean', or leave the region out "
                "with `cohort.select`."
            )
        return self.embedding.reshape(len(self.embedding), -1)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class BrainReadout(Result):
    """What was foretold of every scan, by a head that was trained on some.

    Attributes
    ----------
    target : str
        Covariate.
    kind : {"number", "class"}
    classes : (K,) text array
        Empty for numbers.
    depth : {"probe", "full"}
        Whether the streams stood still, or learnt too.
    modality : {"both", "function", "structure"}
    pretrained : bool
        False where everything began from random numbers.
    truth : (S,) array
        The covariate, float64 or text; NaN or "" where unknown.
    prediction : (S,) array
        Same kind; of every scan, those that trained it too.
    probability : (S, K) float64 array or None
        Of classes.
    gate : (S, R) float64 array or None
        Share of function, after training.
    train, validation : (S,) bool arrays
        Scans that trained the head, and that were watched; score the others.
    loss : mapping of str to (E,) float64 arrays
    best_epoch : int
    parameters : mapping of str to arrays
        Of network and head.
    """

    target: str
    kind: str
    classes: NDArray[np.str_]
    depth: str
    modality: str
    pretrained: bool
    truth: NDArray[Any]
    prediction: NDArray[Any]
    probability: NDArray[np.float64] | None
    gate: NDArray[np.float64] | None
    train: NDArray[np.bool_]
    validation: NDArray[np.bool_]
    loss: Mapping[str, NDArray[np.float64]]
    best_epoch: int
    parameters: Mapping[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class BrainReconstruction(Result):
    """Regions told from the others, and what simpler ways tell.

    Attributes
    ----------
    subject, session : (S,) text arrays
    regions : (R,) text array
    hidden : (S, R) bool array
        Regions that no stream saw.
    known : (S,) bool array
        Scans of subjects that the model, and the linear baseline, were trained on: no test of what is new.
    r2, correlation, error : mapping of str to (S,) float64 arrays
        Coefficient of determination (pooled over hidden regions and times of a scan), Pearson's correlation per region
        (mean over hidden regions), and mean absolute error, in units of the training interquartile range. By "model",
        and by the baselines "mean" (of the visible regions at every moment), "linear" (best linear guess from the
        visible regions under the covariance of the training scans) and "permuted" (the model on visible regions in
        shuffled order).
    example : mapping of str to (T,) float64 arrays
        First hidden region of the first scan: "truth", "model", "linear".
    """

    subject: NDArray[np.str_]
    session: NDArray[np.str_]
    regions: NDArray[np.str_]
    hidden: NDArray[np.bool_]
    known: NDArray[np.bool_]
    r2: Mapping[str, NDArray[np.float64]]
    correlation: Mapping[str, NDArray[np.float64]]
    error: Mapping[str, NDArray[np.float64]]
    example: Mapping[str, NDArray[np.float64]]
