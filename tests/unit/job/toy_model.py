"""A model that trains in no time and can be stopped anywhere: what the job's tests need of one."""

import json
import os
import signal
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from interplay._core.errors import NumericalError
from interplay.represent.results import EmbeddingResult


def _write_whole(path, text):
    """Write at once, for processes are stopped here too; as `io.atomic` does it, but without a wait for the disk."""
    shelter = Path(tempfile.mkdtemp(prefix=f".{path.name[:20]}.", dir=path.parent))
    (shelter / "draft").write_text(text)
    (shelter / "draft").replace(path)
    shelter.rmdir()


@dataclass(frozen=True, kw_only=True)
class Toy:
    """Embeds a node by its degree; an epoch adds one to a number that its checkpoint keeps."""

    latent: int = 2
    epochs: int = 4
    seed: int = 0
    #: Epochs that were really done, of all instances.
    done: ClassVar[list[int]] = field(default=[])

    def fit(
        self,
        snapshots,
        *,
        recording=None,
        features=None,
        train_until=None,
        checkpoint=None,
        device="cpu",
        progress=None,
    ):
        begin = json.loads(checkpoint.read_text()) if checkpoint is not None and checkpoint.exists() else 0
        for epoch in range(begin, self.epochs):
            self.done.append(epoch)
            if checkpoint is not None:
                _write_whole(checkpoint, json.dumps(epoch + 1))
            if progress is not None:
                progress(epoch + 1, self.epochs)
        stop = snapshots.bounds[:, 1]
        trained = np.ones(len(stop), bool) if train_until is None else np.cumsum(stop > train_until) == 0
        return self._result(snapshots, trained)

    def embed(self, result, snapshots, *, recording=None, features=None, sample_seed=None, device="cpu"):
        return self._result(snapshots, np.zeros(len(snapshots), bool))

    def _result(self, snapshots, trained):
        degree = (snapshots.dense() != 0).sum(axis=2).astype(float)
        area = {name: np.linspace(0.5, 1.0, len(snapshots)) for name in ("auc", "ap")}
        return EmbeddingResult(
            config=self,
            made_from=snapshots.digest,
            seed=self.seed,
            notes=("a toy",),
            method="toy",
            embedding=np.stack([degree + k + self.seed for k in range(self.latent)], axis=2),
            spread=None,
            history=None,
            attention=None,
            loss={"loss": np.linspace(1.0, 0.5, self.epochs)},
            bounds=snapshots.bounds,
            present=snapshots.present,
            trained=trained,
            reconstruction=area,
            prediction=area,
            parameters={"w": np.arange(3.0)},
        )


class Blown(Toy):
    """Cannot be trained from its second random start on."""

    def fit(self, snapshots, **doors):
        if self.seed == 1:
            raise NumericalError("training must stay finite: loss=nan in epoch 3.")
        return super().fit(snapshots, **doors)


class Killed(Toy):
    """Takes its process with it."""

    def fit(self, snapshots, **doors):
        os.kill(os.getpid(), signal.SIGKILL)
