"""The lesson in plain PyTorch for many seeds: an independent account that studies are compared with.

    python -m benchmarks.plain_seeds --width 4 --seeds 64 > tests/golden/plain_pytorch_seeds.csv

Nothing of separatrix is imported. A seed means what it means in the tutorial's script: `torch.manual_seed`, one
`torch.randn(100, 2)`, then three `nn.Linear` in order. A row a seed and checkpoint. A seed takes 9 to 16 s.
"""

from __future__ import annotations

import argparse
import sys
from multiprocessing import get_context

CHECKPOINTS = (5_000, 10_000, 50_000)


def one(job: tuple[int, int]) -> str:
    """Train one seed; its rows as CSV."""
    import torch
    from torch import nn

    width, seed = job
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    x = torch.randn(100, 2)
    y = ((x**2).sum(1) < 1).float().unsqueeze(1)
    model = nn.Sequential(
        nn.Linear(2, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1), nn.Sigmoid()
    )
    loss_function, optimizer = nn.BCELoss(), torch.optim.SGD(model.parameters(), lr=0.05)
    rows = ""
    for epoch in range(1, CHECKPOINTS[-1] + 1):
        loss = loss_function(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch in CHECKPOINTS:
            with torch.no_grad():
                p = model(x)
                right = ((p > 0.5) == (y > 0.5)).float().mean()
                rows += f"{width},{seed},{epoch},{right:.2f},{loss_function(p, y):.8f}\n"
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--width", type=int, default=4)
    parser.add_argument("--seeds", type=int, default=64)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    sys.stdout.write("width,seed,epoch,accuracy,loss\n")
    with get_context("spawn").Pool(asked.processes) as pool:
        for rows in pool.imap(one, [(asked.width, seed) for seed in range(asked.seeds)]):
            sys.stdout.write(rows)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
