"""Log Z and free energies of a machine, against the package rbms."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.oracles.boltzmann import all_states

from interplay._core.rng import stream
from interplay.ops.boltzmann_sums import machine_log_partition
from interplay.tensors.boltzmann import BoltzmannMachine

PEERS = os.environ.get("INTERPLAY_PEERS")


@pytest.mark.slow
@pytest.mark.skipif(not PEERS, reason="INTERPLAY_PEERS names no interpreter that has rbms")
def test_log_partition_and_energies_are_those_of_rbms():
    import torch

    rng = stream(1, "rbms")
    weight, visible, hidden = rng.normal(0, 0.7, (8, 5)), rng.normal(0, 0.5, 8), rng.normal(0, 0.5, 5)
    states = all_states(8)
    given = {"weight": weight, "visible": visible, "hidden": hidden, "states": states}
    text = json.dumps({k: v.tolist() for k, v in given.items()})
    script = str(Path(__file__).with_name("rbms_machine.py"))
    done = subprocess.run([PEERS, script], input=text, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert machine_log_partition(weight, visible, hidden) == pytest.approx(found["log_z"], abs=1e-4)
    ours = BoltzmannMachine.from_arrays(weight, visible, hidden).log_weight(torch.tensor(states, dtype=torch.float32))
    assert np.abs(ours.numpy() + found["energy"]).max() < 1e-4
