"""The demo learns, shows its progress, draws, and tells by its exit code how it went."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorsmith.data import load_digits
from tensorsmith.tools import demo
from tensorsmith.tools.command import main


def test_digits_are_split_without_overlap() -> None:
    train_x, train_y, test_x, test_y = load_digits()
    assert train_x.shape == (1437, 1, 8, 8) and test_x.shape == (360, 1, 8, 8)
    assert train_y.shape == (1437,) and sorted(test_y.unique().tolist()) == list(range(10))
    assert train_x.min().item() >= 0 and train_x.max().item() == 1
    seen = {image.flatten().numpy().tobytes() for image in train_x}
    assert sum(image.flatten().numpy().tobytes() in seen for image in test_x) < 4


def test_two_epochs_learn_and_a_goal_not_reached_is_exit_code_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "digits.png"
    code = main(["demo", "digits", "--epochs", "1", "--plot", str(picture)])
    captured = capsys.readouterr()
    assert code == 1 and "% of 360 held-out digits right" in captured.out
    assert "epoch 1/1" in captured.err  # the progress bar
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_picture_without_matplotlib_is_refused_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "find_spec", lambda name: None)
    monkeypatch.setattr(demo, "train_digits", lambda *_: pytest.fail("it trains"))
    with pytest.raises(SystemExit, match="--plot needs matplotlib: pip install"):
        main(["demo", "digits", "--plot", str(tmp_path / "digits.png")])


def test_epochs_must_be_positive(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["demo", "digits", "--epochs", "0"])
    assert end.value.code == 2
    assert "--epochs: must be at least 1, got 0" in capsys.readouterr().err


@pytest.mark.slow
def test_the_demo_reaches_its_goal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "digits"]) == 0
    assert "epoch 10/10" in capsys.readouterr().out
