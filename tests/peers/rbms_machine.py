"""Run by an interpreter that has rbms: a machine in; log Z and energies out. Not a test itself."""

import json
import sys

import torch
from rbms.bernoulli_bernoulli.classes import BBRBM
from rbms.partition_function.exact import compute_partition_function

given = {k: torch.tensor(v, dtype=torch.float32) for k, v in json.load(sys.stdin).items()}
machine = BBRBM(given["weight"], given["visible"], given["hidden"])
states = given["states"]
json.dump(
    {
        "log_z": compute_partition_function(machine, states),
        "energy": machine.compute_energy_visibles(states).tolist(),
    },
    sys.stdout,
)
