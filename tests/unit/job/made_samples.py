"""Small labelled samples whose classes a small network can tell, as arrays of a file."""

import numpy as np

#: Of a network that learns within a second.
TINY = ("width=6", "pool=1", "steps=6", "step_s=0.02", "epochs=3", "batch=8", "learning_rate=0.01")


def made_arrays(samples=36, n_classes=3, n_units=6, groups=6, seed=0):
    """Class c fires mostly on units 2c and 2c + 1."""
    rng = np.random.default_rng(seed)
    label = np.arange(samples) % n_classes
    count = rng.integers(10, 20, samples)
    time = np.concatenate([np.sort(rng.uniform(0, 0.12, n)) for n in count])
    unit = np.concatenate(
        [np.where(rng.random(n) < 0.8, 2 * c + rng.integers(2, size=n), rng.integers(n_units, size=n))
         for n, c in zip(count, label, strict=True)]
    )  # fmt: skip
    return {
        "time": time,
        "unit": unit,
        "pointer": np.concatenate([[0], np.cumsum(count)]),
        "label": label,
        "classes": np.array([f"class {c}" for c in range(n_classes)]),
        "n_units": np.array(n_units),
        "duration_s": np.full(samples, 0.12),
        "group": np.array([f"g{k // n_classes % groups}" for k in range(samples)]),
    }


def made_file(path, **more):
    np.savez(path, **made_arrays(**more))
    return str(path)
