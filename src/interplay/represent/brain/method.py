"""BrainSymphony: its settings and its doors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, unknown_name
from interplay._core.protocols import Progress
from interplay.data import Cohort
from interplay.represent.brain.results import BrainEmbedding, BrainModel, BrainReadout, BrainReconstruction
from interplay.represent.brain.scaling import ScaleBy, StructureTransform

Stage = Literal["spatial", "temporal", "context", "fusion", "structural"]
Positions = Literal["learnable", "gradient", "none"]
GraphPositions = Literal["learnable", "laplacian", "gradient", "none"]
GraphAttention = Literal["first_hop", "multi_hop", "diffusion"]
Depth = Literal["probe", "full"]
Modality = Literal["both", "function", "structure"]
Pooling = Literal["mean", "attention", "regions"]
AttentionOf = Literal["cross", "spatial", "structural"]


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """How a head, and the network below it, learn from labels.

    Parameters
    ----------
    epochs : int, >= 1
    learning_rate : float, > 0, or None
        None: 1e-2 for a probe, 1e-4 where everything learns.
    weight_decay : float, >= 0
    batch : int, scans, >= 1
        Of a full fine-tuning; a probe takes all at once.
    patience : int, epochs, >= 1, or None
        Stop after so many epochs without improvement on the validation scans (without any: of the loss).
    drop : float, in [0, 1)
        Chance, per epoch, that a scan with function and structure is learnt from by one of them alone, so that the one
        which is easier to learn by heart does not silence the other.
    pool : {"mean", "attention", "regions"}
        How R vectors become one: their mean, a learnt weighting of them, or all side by side through a hidden layer.

    Raises
    ------
    ConfigError
        If a number is out of range or a word is unknown.
    """

    epochs: int = 200
    learning_rate: float | None = None
    weight_decay: float = 0.01
    batch: int = 16
    patience: int | None = 20
    drop: float = 0.5
    pool: Pooling = "mean"

    def __post_init__(self) -> None:
        require_setting("epochs", self.epochs, least=1, whole=True)
        if self.learning_rate is not None:
            require_setting("learning_rate", self.learning_rate, above=0, below=math.inf)
        require_setting("weight_decay", self.weight_decay, least=0, below=math.inf)
        require_setting("batch", self.batch, least=1, whole=True)
        if self.patience is not None:
            require_setting("patience", self.patience, least=1, whole=True)
        require_setting("drop", self.drop, least=0, below=1)
        _require_word("pool", self.pool, get_args(Pooling))


@dataclass(frozen=True, kw_only=True)
class BrainSymphony:
    """Function and structure of the brain in one small network, region by region.

    Signals go through a transformer over regions, one over moments, and a convolution over neighbouring samples; one
    learnt vector per region gathers all three. Structure goes through a transformer whose attention is signed by the
    graph. A gate joins them.

    Parameters
    ----------
    width : int, a multiple of `heads` and of 2
        D, numbers per region.
    heads, hidden : int, >= 1
        Of every transformer, and the width between the layers of its blocks (of graph layers it is 4 `width`).
    layers, graph_layers, latent_layers : int, >= 1
        Blocks over regions and over moments each; over the graph; over the gathered regions.
    times : int, samples, >= 5
        T, read at once. Longer scans are read in stretches; training begins them anywhere.
    positions : {"learnable", "gradient", "none"}
        What tells regions apart: a learnt vector each, coordinates along the training scans' functional gradients, or
        nothing (then the vectors follow any reordering of the regions, but for the gathering vectors).
    graph_positions : {"learnable", "laplacian", "gradient", "none"}
    n_gradients : int, >= 1
        Coordinates for "gradient".
    graph_attention : {"first_hop", "multi_hop", "diffusion"}
        What weighs attention along the graph.
    mask_absent : bool
        Leave pairs without an edge out of the denominator of graph attention; published: they count there.
    highest_frequencies : bool
        "laplacian": the highest frequencies, as published; otherwise the lowest but the first.
    stages : tuple of {"spatial", "temporal", "context", "fusion", "structural"}
        Of pre-training, in this order; those whose modality is missing are left out.
    mask_regions, mask_times, mask_samples, mask_edges : float, in (0, 1)
        Share that is hidden: of regions (stages spatial and fusion), moments, samples of each region, and edges.
    epochs : int, >= 1
        Of every stage.
    batch : int, scans, >= 1
    learning_rate : float, > 0
    weight_decay : float, >= 0
    patience : int, epochs, >= 1, or None
        A stage ends after so many epochs without improvement on the validation scans, or of the loss without them.
    clip : float, > 0, or None
        Largest norm of the gradient.
    dropout : float, in [0, 1)
        Not of the weights of the gathering attention, which are never laid out.
    scale_by : {"training", "scan"}
        Median and interquartile range of each region over the training scans, or over the scan itself.
    transform : {"none", "log"}
        Of structure, before it is divided by the training entries' root mean square: sign(w) log10(1 + |w|) is meant
        for streamline counts.
    precision : {"float32", "bfloat16"}
        Of products in training.
    threads : int, >= 1
    seed : int, >= 0

    Raises
    ------
    ConfigError
        If a number is out of range, a word is unknown, or `width` is no multiple of `heads` and 2.

    Notes
    -----
    Defaults are those of the published checkpoint where there is one, else of the published code; the methods page has
    equations, the published defects with what is done about each, and figures.

    References
    ----------
    Khajehnejad, Habibollahi, Stoliker, Razi (2025), arXiv 2506.18314.

    Examples
    --------
    >>> BrainSymphony(width=32, heads=4, layers=2, times=100).name
    'brainsymphony'
    """

    width: int = 128
    heads: int = 4
    hidden: int = 512
    layers: int = 6
    graph_layers: int = 6
    latent_layers: int = 1
    times: int = 200
    positions: Positions = "learnable"
    graph_positions: GraphPositions = "learnable"
    n_gradients: int = 10
    graph_attention: GraphAttention = "first_hop"
    mask_absent: bool = False
    highest_frequencies: bool = False
    stages: tuple[Stage, ...] = ("spatial", "temporal", "context", "fusion", "structural")
    mask_regions: float = 0.15
    mask_times: float = 0.15
    mask_samples: float = 0.15
    mask_edges: float = 0.2
    epochs: int = 100
    batch: int = 16
    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    patience: int | None = None
    clip: float | None = 1.0
    dropout: float = 0.1
    scale_by: ScaleBy = "training"
    transform: StructureTransform = "none"
    precision: Literal["float32", "bfloat16"] = "float32"
    threads: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("width", "heads", "hidden", "layers", "graph_layers", "latent_layers", "n_gradients", "epochs"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        for name in ("batch", "threads"):
            require_setting(name, getattr(self, name), least=1, whole=True)
        require_setting("times", self.times, least=5, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)
        require_setting("learning_rate", self.learning_rate, above=0, below=math.inf)
        require_setting("weight_decay", self.weight_decay, least=0, below=math.inf)
        require_setting("dropout", self.dropout, least=0, below=1)
        for name in ("mask_regions", "mask_times", "mask_samples", "mask_edges"):
            require_setting(name, getattr(self, name), above=0, below=1)
        for name in ("patience", "clip"):
            if getattr(self, name) is not None:
                require_setting(name, getattr(self, name), above=0)
        self._check_words()
        if self.width % self.heads or self.width % 2:
            raise ConfigError(
                f"`width` must be a multiple of `heads` and of 2, got {self.width} and {self.heads}. Change one."
            )

    def _check_words(self) -> None:
        words = (
            ("positions", Positions),
            ("graph_positions", GraphPositions),
            ("graph_attention", GraphAttention),
            ("scale_by", ScaleBy),
            ("transform", StructureTransform),
        )
        for name, valid in words:
            _require_word(name, getattr(self, name), get_args(valid))
        for name in ("mask_absent", "highest_frequencies"):
            if not isinstance(getattr(self, name), bool):
                raise ConfigError(f"`{name}` must be True or False, got {getattr(self, name)!r}. Give one of them.")
        _require_word("precision", self.precision, ("float32", "bfloat16"))
        if isinstance(self.stages, str):
            raise ConfigError(f"`stages` must be a tuple of names, got the text {self.stages!r}. Put it in a tuple.")
        object.__setattr__(self, "stages", tuple(self.stages))
        for stage in self.stages:
            _require_word("stages", stage, get_args(Stage))
        if len(set(self.stages)) != len(self.stages):
            raise ConfigError(f"`stages` must name each stage once, got {self.stages}. Leave the repeats out.")

    @property
    def name(self) -> str:
        """Registered name."""
        return "brainsymphony"

    @property
    def citations(self) -> tuple[str, ...]:
        """Keys of what to cite."""
        gradients = ("coifman2006diffusion", "vosdewael2020brainspace")
        more = gradients if "gradient" in (self.positions, self.graph_positions) else ()
        laplacian = ("belkin2003laplacian",) if self.graph_positions == "laplacian" else ()
        return ("khajehnejad2025brainsymphony", *more, *laplacian)

    def fit(
        self,
        cohort: Cohort,
        *,
        train: ArrayLike | None = None,
        validation: ArrayLike | None = None,
        checkpoint: Path | None = None,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> BrainModel:
        """Pre-train on scans without labels: every stage hides a part and learns to tell it from the rest.

        Parameters
        ----------
        cohort : Cohort
            May be mapped from disk and larger than memory: a batch is read when it is its turn.
        train, validation : int arrays of rows, or None
            Scans to learn from (None: all), and to watch (None: none). No subject may be on both sides.
        checkpoint : Path or None
            Folder; each stage leaves a file, from which the same call goes on.
        device : str
        progress : callable or None
            Called as progress(done, total), in epochs over all stages.

        Returns
        -------
        BrainModel

        Raises
        ------
        ConfigError
            If no stage has scans to learn from, or the device is not there.
        DataError
            If a training scan is shorter than `times`, a region is NaN in parts of a scan, there are fewer than two
            regions, a subject is on both sides, or a checkpoint belongs to another training.
        NumericalError
            If training diverges.
        """
        from interplay.represent.brain.pretraining import pretrain

        return pretrain(
            self,
            cohort,
            train=train,
            validation=validation,
            checkpoint=checkpoint,
            device=device,
            progress=progress,
        )

    def embed(
        self, model: BrainModel, cohort: Cohort, *, device: str = "cpu", progress: Progress | None = None
    ) -> BrainEmbedding:
        """Give every region of every scan its vector.

        Parameters
        ----------
        model : BrainModel
            Of these settings.
        cohort : Cohort
            Over the same atlas. Of longer scans the vectors are means over stretches side by side.
        device : str
        progress : callable or None
            Called as progress(done, total), in scans.

        Returns
        -------
        BrainEmbedding

        Raises
        ------
        ConfigError
            If the model was made with other settings of the network.
        DataError
            If the atlas differs, a scan is shorter than `times`, or has only a modality that was not trained.
        """
        from interplay.represent.brain.embedding import embed

        return embed(self, model, cohort, device=device, progress=progress)

    def finetune(
        self,
        model: BrainModel | None,
        cohort: Cohort,
        target: str,
        *,
        train: ArrayLike,
        validation: ArrayLike | None = None,
        depth: Depth = "probe",
        modality: Modality = "both",
        tuning: Tuning | None = None,
        checkpoint: Path | None = None,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> BrainReadout:
        """Learn to foretell a covariate from some scans, and foretell it of all.

        Parameters
        ----------
        model : BrainModel or None
            None begins from random numbers; scaling is then fitted on `train`.
        cohort : Cohort
        target : str
            Covariate: a number, or classes as text.
        train, validation : int arrays of rows
            Labelled scans to learn from, and to stop by (None: none). The others are foretold only.
        depth : {"probe", "full"}
            Train the gate and a linear head on vectors that stand still, or everything.
        modality : {"both", "function", "structure"}
            What of a scan is read. With "both" a scan that has one of them is read by it alone.
        tuning : Tuning or None
        checkpoint : Path or None
            File to go on from, and to write to.
        device : str
        progress : callable or None
            Called as progress(done, total), in epochs.

        Returns
        -------
        BrainReadout

        Raises
        ------
        ConfigError, DataError, NumericalError
            As `fit` and `embed`; DataError also if the target is unknown in a scan of `train`, has one value only, or
            no scan has the modality.
        """
        from interplay.represent.brain.finetuning import finetune

        return finetune(
            self,
            model,
            cohort,
            target,
            train=train,
            validation=validation,
            depth=depth,
            modality=modality,
            tuning=tuning or Tuning(),
            checkpoint=checkpoint,
            device=device,
            progress=progress,
        )

    def reconstruct(
        self,
        model: BrainModel,
        cohort: Cohort,
        *,
        hide: float | Sequence[str] = 0.15,
        seed: int = 0,
        device: str = "cpu",
    ) -> BrainReconstruction:
        """Tell hidden regions from the others, beside what simpler ways tell.

        Parameters
        ----------
        model : BrainModel
            Trained with the stage "fusion".
        cohort : Cohort
            Scans without function are refused.
        hide : float, in (0, 1), or names of regions
            A share of each scan's regions, drawn by scan; or the same regions throughout.
        seed : int, >= 0
            Of the draws.
        device : str

        Returns
        -------
        BrainReconstruction
            Of the first stretch of every scan. Where scans differ in level, as raw fMRI does, neither the network nor
            the linear guess can know the level of a hidden region: take scale_by="scan".

        Raises
        ------
        ConfigError, DataError
            As `embed`; also if names are unknown, or nothing would be left to see.
        """
        from interplay.represent.brain.reconstruction import reconstruct

        return reconstruct(self, model, cohort, hide=hide, seed=seed, device=device)

    def attention(
        self, model: BrainModel, cohort: Cohort, *, which: AttentionOf = "cross", device: str = "cpu"
    ) -> NDArray[Any]:
        """Give what every region of every scan draws on.

        Parameters
        ----------
        model : BrainModel
        cohort : Cohort
        which : {"cross", "spatial", "structural"}
            Of the gathering vectors over regions (weights summed over time), of the transformer over regions, or of the
            signed graph transformer; mean over heads, layers and stretches.

        device : str

        Returns
        -------
        (S, R, R) float64 array
            Row: who listens; column: to whom. Rows of the first two sum to one; those of the last are signed. NaN for
            scans without the modality.
        """
        from interplay.represent.brain.embedding import attention

        _require_word("which", which, get_args(AttentionOf))
        return attention(self, model, cohort, which=which, device=device)


def _require_word(name: str, value: Any, valid: tuple[str, ...]) -> None:
    if value not in valid:
        raise ConfigError(unknown_name(f"`{name}`", str(value), valid))
