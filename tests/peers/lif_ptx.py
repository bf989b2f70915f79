"""Compile Triton's kernels of LIF units for graphics cards, which needs none; tell the sizes of what came out as JSON.

INTERPLAY_PEERS may name the folder that holds Triton.
"""

import json
import os
import sys

sys.path.append(os.environ.get("INTERPLAY_PEERS", ""))

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from interplay.ops.spike_laws import COEFFICIENTS
from interplay.spiking.nets import lif_triton

TYPES = {"to_decay": "*fp64", "table": "*fp64", "key": "i64"}
NUMBERS = ("first", "steps", "columns", "entries", "by_step", "by_sample")


def compiled(kernel, real, capability, given):
    """Give the code for cards of a capability."""
    types = dict.fromkeys(kernel.arg_names, f"*{real}") | dict.fromkeys(NUMBERS, "i32") | TYPES
    types |= dict.fromkeys(given, "constexpr")
    signature = {name: types[name] for name in kernel.arg_names}
    source = ASTSource(fn=kernel, signature=signature, constexprs=given)
    target = GPUTarget("cuda", capability, 32)
    return triton.compile(source, target=target, options={"enable_fp_fusion": False}).asm["cubin"]


if __name__ == "__main__":
    sizes = []
    for kind, law in ((0, 0), (4, 1), (10, 0)):
        for real, capability in (("fp32", 80), ("fp64", 90)):
            forward = {
                "N": 512, "KIND": kind, "LAW": law, "HARD": kind > 0, "THRESHOLD": 0.8, "C": COEFFICIENTS, "BLOCK": 128
            }  # fmt: skip
            backward = forward | {"PARAMETER": 0.5, "THROUGH": kind != 10, "WANTED": kind < 10}
            sizes.append(len(compiled(lif_triton._forward, real, capability, forward)))
            sizes.append(len(compiled(lif_triton._backward, real, capability, backward)))
    json.dump(sizes, sys.stdout)
