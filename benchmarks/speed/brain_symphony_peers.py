"""Train or run the published BrainSymphony on made data, one step at each line read; run with the folder of its code.

The folder (an argument) is the authors' repository, with one line added, without which nothing structural imports:
`from .signed_graph import SignedGraphTransformer` in `models/layers/__init__.py`. Settings are the code's defaults, or,
with "functional-weights", those with the smaller Perceiver of the published weights, which has the sizes of ours. As
published, functional training regresses the series that went in, and nothing is masked; the structural loss is taken
here by the code's own masked error of all pairs against the true matrix, for the published line compares two subjects
and fails on one.
"""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch

N_REGIONS, N_TIMES = 450, 200
SETTINGS = {
    "rois": N_REGIONS, "time_steps": N_TIMES, "dim": 128, "num_layers": 6, "num_heads": 4, "mlp_dim": 512,
    "num_layers_struct": 6, "num_heads_struct": 4, "max_len_spatial": N_REGIONS + 50, "max_len_temp": 5000,
}  # fmt: skip


def functional(series, training, of_weights=False):
    from models.functional import BrainSymphonyFMRI

    model = BrainSymphonyFMRI(SETTINGS)
    if of_weights:
        from models.layers.perceiver import PerceiverIOModelROIWise

        model.perceiver = PerceiverIOModelROIWise(192, num_rois=N_REGIONS, num_heads=2, num_transformer_blocks=1)
    x = torch.from_numpy(series)[None]
    model.temporal(x)  # its first layer has no size before

    def step():
        restored, _, _ = model(x, None)
        return torch.nn.functional.mse_loss(restored, x)

    return model, step


def structural(matrix, training):
    from models.structural import BrainSymphonyStructural
    from utils.graph_utils import mask_random_edges, weighted_mse_loss

    model = BrainSymphonyStructural(SETTINGS)
    w = torch.from_numpy(matrix)[None]

    def step():
        mask = mask_random_edges(w) if training else None
        _, told, _ = model(w, w, mask_edges=mask)
        return weighted_mse_loss(told, w, mask) if training else torch.zeros(())

    return model, step


def resident_mib():
    """Give the memory that this process holds now, MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def answer(model, step, training):
    """Do one step per line read, and tell what it cost."""
    adam = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)
    model.train(training)
    size, held = sum(p.numel() for p in model.parameters()), resident_mib()
    for _ in sys.stdin:
        cpu, wall = time.process_time(), time.perf_counter()
        with torch.set_grad_enabled(training):
            loss = step()
        if training:
            adam.zero_grad()
            loss.backward()
            adam.step()
        spent = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told = {"loss": float(loss.detach()), "peak_mib": peak, "before_mib": held, "parameters": size}
        print(json.dumps(spent | told), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    folder, place, which, what = sys.argv[1:]
    sys.path.insert(0, folder)
    torch.set_num_threads(1)
    data = np.load(place)
    training = what == "step"
    if which == "structural":
        answer(*structural(data["matrix"], training), training)
    else:
        answer(*functional(data["series"], training, which == "functional-weights"), training)
