"""What a read-out asks of a decoder that reads a recording itself, in the place of vectors."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Decoder(Protocol):
    """Who learns targets from the activity in some windows of a recording and foretells them in others.

    Attributes
    ----------
    about : str
        What it reads and what it is, for the table.
    n_features : int
        Numbers that it reads at a time.
    """

    about: str
    n_features: int

    def fit_predict(
        self, train: NDArray[np.int64], test: NDArray[np.int64], known: NDArray[Any], n_classes: int
    ) -> NDArray[Any]:
        """Learn some targets, each by itself and from nothing, and foretell them.

        Parameters
        ----------
        train : (A,) int array
            Windows to learn from, by their number in the recording's windows.
        test : (B,) int array
            Windows to foretell. What is foretold of one must not depend on the others, nor on anything learnt from
            them.
        known : (A, P) int or float array
            P targets of the training windows: class codes, or numbers.
        n_classes : int
            0 for numbers.

        Returns
        -------
        (B, P) array of the kind of `known`
        """
        ...
