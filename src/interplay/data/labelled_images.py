"""LabelledImages: pictures of one size, each with a class."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.frozen import reduce_by_fields
from interplay._core.provenance import digest
from interplay.data.labelled_events import require_labels
from interplay.data.labelled_split import row_numbers, split_rows


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelledImages:
    """S pictures of one size, each with a class and, where known, a group.

    Parameters
    ----------
    image : (S, channels, height, width) float array
        Finite; the range is the caller's. float32 stays float32.
    label : (S,) int array, in [0, C)
        Class of each picture.
    classes : (C,) text array
        Names of the classes, each once.
    group : (S,) text array or None
        Who or what it is of; None is "" for all.
    notes : tuple of str
        What a reader must know.

    Raises
    ------
    DataError
        If shapes disagree, a value is not finite, or a label has no class.

    Examples
    --------
    >>> data = LabelledImages(image=np.zeros((3, 1, 2, 2)), label=[0, 1, 0], classes=["cat", "dog"])
    >>> data.take([2, 1])
    LabelledImages(2 images of 1x2x2, 2 classes)
    """

    image: NDArray[Any]
    label: NDArray[np.int64]
    classes: NDArray[np.str_]
    group: NDArray[np.str_] = field(default=cast(Any, None))
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shapes = Shapes()
        image = shapes.array("image", self.image, "S channels height width")
        label, classes, group = require_labels(shapes, self.label, self.classes, self.group)
        notes = tuple(map(str, self.notes))
        fields = {"image": image, "label": label, "classes": classes, "group": group, "notes": notes}
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    __reduce__ = reduce_by_fields

    def __len__(self) -> int:
        return len(self.label)

    def __repr__(self) -> str:
        size = "x".join(map(str, self.image.shape[1:]))
        return f"LabelledImages({len(self)} images of {size}, {len(self.classes)} classes)"

    @property
    def n_classes(self) -> int:
        """C."""
        return len(self.classes)

    @cached_property
    def digest(self) -> str:
        """Digest of the content; notes do not count."""
        return digest("LabelledImages", self.image, self.label, self.classes, self.group)

    def take(self, rows: ArrayLike) -> LabelledImages:
        """Keep some pictures, in the order given.

        Parameters
        ----------
        rows : (B,) int array, in [0, S)
            A picture may be named more than once.

        Returns
        -------
        LabelledImages
        """
        chosen = row_numbers(rows, len(self))
        return replace(self, image=self.image[chosen], label=self.label[chosen], group=self.group[chosen])

    def split(
        self, train: float = 0.8, *, seed: int = 0, by_group: bool = False, rows: ArrayLike | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Part pictures into two sides at random, as `LabelledEvents.split` does.

        Parameters
        ----------
        train : float, in (0, 1)
            Share of the first side.
        seed : int, >= 0
        by_group : bool
            Keep every group whole.
        rows : (B,) int array, in [0, S), or None
            Pictures to part; None means all.

        Returns
        -------
        (first, second) : int64 arrays
            Rising numbers of pictures.
        """
        return split_rows(self.label, self.group, train, seed=seed, by_group=by_group, rows=rows)
