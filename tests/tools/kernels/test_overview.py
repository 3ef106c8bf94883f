"""What `tensorsmith cache info` and `list` say of folders and bundles."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorsmith.tools.command import main

from .items import ITEMS, OTHER, TARGET, Answer


def test_info_lists_bundles_of_any_name_with_their_targets(answer: Answer, bundles: Path) -> None:
    (bundles / f"{TARGET}.bundle").rename(bundles / "mine.bundle")
    found = {Path(each["path"]).name: each["target"] for each in answer("info")["bundles"]}
    assert found == {"mine.bundle": TARGET, f"{OTHER}.bundle": OTHER}


@pytest.mark.usefixtures("objects")
def test_info_says_how_a_bundle_of_another_generator_is_used(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["cache", "info"]) == 0
    note = f"5 objects under 10 names for {TARGET}, of another version of the generator: found by"
    assert note in capsys.readouterr().out


def test_list_says_what_a_bundle_holds(answer: Answer, bundles: Path) -> None:
    path = bundles / f"{OTHER}.bundle"
    found = answer("list", "--bundle", str(path))
    assert [(e["target"], e["names"], e["bytes"]) for e in found] == [(OTHER, 2, 500)] * len(ITEMS)
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    labels = [each["label"] for each in answer("list", "--bundle", str(path), code=1)]
    assert labels.count("damaged") == 1 and len(labels) == len(ITEMS)
