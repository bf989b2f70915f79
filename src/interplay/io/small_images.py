"""Small images that need no download."""

from __future__ import annotations

import numpy as np

from interplay.data import LabelledImages


def digits() -> LabelledImages:
    """Give the 1797 handwritten digits that scikit-learn carries: 8 x 8 pixels, ten classes.

    Returns
    -------
    LabelledImages
        Images (1797, 1, 8, 8), float32, scaled from 0 to 16 to [0, 1]. Who wrote them is not known, so there are no
        groups: some writers are on both sides of every split.

    References
    ----------
    Alpaydin, Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning Repository (CC BY 4.0):
    the test half of the set.

    Examples
    --------
    >>> digits()
    LabelledImages(1797 images of 1x8x8, 10 classes)
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    return LabelledImages(
        image=(found.images[:, None] / 16).astype(np.float32),
        label=found.target,
        classes=np.array([str(k) for k in range(10)]),
        notes=("handwritten digits of scikit-learn (UCI, CC BY 4.0), scaled to [0, 1]; writers are not known",),
    )
