"""Handwritten digits in 40 lines: a convolutional network trained on the UCI digits."""

import tensorsmith as ts
from tensorsmith import nn
from tensorsmith.data import DataLoader, TensorDataset, load_digits


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        )  # fmt: skip
        self.classify = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(64 * 2 * 2, 10))

    def forward(self, x: ts.Tensor) -> ts.Tensor:
        return self.classify(self.features(x))


def accuracy(model: nn.Module, images: ts.Tensor, labels: ts.Tensor) -> float:
    model.eval()
    with ts.no_grad():
        return (model(images).argmax(1) == labels).float().mean().item()


ts.manual_seed(0)
train_x, train_y, test_x, test_y = load_digits()
model = Net()
optimizer = ts.optim.AdamW(model.parameters(), lr=3e-3)
for epoch in range(10):
    model.train()
    for x, y in DataLoader(TensorDataset(train_x, train_y), batch_size=64, shuffle=True):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    seen, unseen = accuracy(model, train_x, train_y), accuracy(model, test_x, test_y)
    print(f"epoch {epoch}: train {seen:.1%}, test {unseen:.1%}")
