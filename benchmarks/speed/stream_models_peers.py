"""Train PyG's TGN on a given stream, a round at each line read; run by an interpreter that has it."""

import json
import sys
import time
from importlib import metadata

import numpy as np
import torch
from torch import nn

WIDTH, NEIGHBOURS = 100, 10


class Embedding(nn.Module):
    def __init__(self, raw, time_code):
        from torch_geometric.nn import TransformerConv

        super().__init__()
        self.code = time_code
        self.conv = TransformerConv(WIDTH, WIDTH // 2, heads=2, dropout=0.1, edge_dim=raw + WIDTH)

    def forward(self, x, updated, edges, when, told):
        since = (updated[edges[0]] - when).to(x.dtype)
        return self.conv(x, edges, torch.cat([self.code(since), told], 1))


class Predictor(nn.Module):
    def __init__(self):
        super().__init__()
        self.src, self.dst, self.last = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 1)

    def forward(self, u, v):
        return self.last((self.src(u) + self.dst(v)).relu())


class Pyg:
    """The parts and settings of PyG's own TGN example."""

    name = "torch-geometric"

    def __init__(self, src, dst, moment, told, pool, n_nodes):
        from torch_geometric.nn import TGNMemory
        from torch_geometric.nn.models.tgn import IdentityMessage, LastAggregator, LastNeighborLoader

        self.src, self.dst, self.time, self.told = src, dst, moment, told
        raw = told.shape[1]
        message = IdentityMessage(raw, WIDTH, WIDTH)
        self.memory = TGNMemory(n_nodes, raw, WIDTH, WIDTH, message_module=message, aggregator_module=LastAggregator())
        self.embedding, self.predictor = Embedding(raw, self.memory.time_enc), Predictor()
        trained = {*self.memory.parameters(), *self.embedding.parameters(), *self.predictor.parameters()}
        self.adam = torch.optim.Adam(list(trained), lr=1e-3)
        self.near = LastNeighborLoader(n_nodes, size=NEIGHBOURS)
        self.place = torch.empty(n_nodes, dtype=torch.long)
        self.rng, self.pool = torch.Generator().manual_seed(0), pool
        self.memory.train()
        self.memory.reset_state()
        self.near.reset_state()

    def step(self, a, b):
        src, dst, when, told = self.src[a:b], self.dst[a:b], self.time[a:b], self.told[a:b]
        other = self.pool[torch.randint(0, len(self.pool), (b - a,), generator=self.rng)]
        self.adam.zero_grad()
        nodes, edges, number = self.near(torch.cat([src, dst, other]).unique())
        self.place[nodes] = torch.arange(len(nodes))
        z, updated = self.memory(nodes)
        z = self.embedding(z, updated, edges, self.time[number], self.told[number])
        met, not_met = (self.predictor(z[self.place[src]], z[self.place[x]]) for x in (dst, other))
        cross = nn.functional.binary_cross_entropy_with_logits
        loss = cross(met, torch.ones_like(met)) + cross(not_met, torch.zeros_like(not_met))
        self.memory.update_state(src, dst, when, told)
        self.near.insert(src, dst)
        loss.backward()
        self.adam.step()
        self.memory.detach()
        return float(loss.detach()) / 2


def main(place, which, batch, size, n_rounds):
    torch.set_num_threads(1)
    torch.manual_seed(0)  # noqa: TID251 - the peer has no other way
    with np.load(place) as file:
        src, dst, told, pool = (torch.from_numpy(file[name]) for name in ("src", "dst", "told", "pool"))
        moment = torch.from_numpy(file["time"].astype(np.int64))
        model = {"pyg": Pyg}[which](src, dst, moment, told, pool, int(file["n_nodes"]))
    who = f"{model.name} {metadata.version(model.name)}"
    for k, _ in zip(range(n_rounds), sys.stdin, strict=False):
        begun, started = time.process_time(), time.perf_counter()
        losses = [model.step(a, a + batch) for a in range(k * size, (k + 1) * size, batch)]
        row = {"who": who, "cpu_s": time.process_time() - begun, "wall_s": time.perf_counter() - started}
        row["loss"] = float(np.mean(losses))
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
