"""The tutorial's job as a learner would write it: which points of a cloud lie inside the unit circle?"""

import argparse

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 4)
        self.fc2 = nn.Linear(4, 4)
        self.fc3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        x = torch.relu(self.fc2(x))
        return torch.sigmoid(self.fc3(x))


def train(seed=0, epochs=50_000, verbose=False):
    torch.manual_seed(seed)
    x = torch.randn(100, 2)
    y = (x[:, 0] ** 2 + x[:, 1] ** 2 < 1).float().unsqueeze(1)
    model = Net()
    criterion = nn.BCELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    losses = []
    for epoch in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (epoch + 1) % 10 == 0:
            losses.append(loss.item())
            if verbose:
                print(f"Epoch [{epoch + 1}/{epochs}], Loss: {loss.item():.4f}")
    return model, losses


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    train(arguments.seed, arguments.epochs, verbose=True)
