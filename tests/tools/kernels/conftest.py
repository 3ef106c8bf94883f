"""Caches that hold a traced program, and commands run over them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.tools.command import main
from tensorsmith.tools.kernels import explain, inspect

from .run import HERE, PROGRAM, Inside, command, told


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a program, its lock file, and bundles made from it for two targets."""
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "program.py").write_text(PROGRAM)
    lock = str(folder / "kernels.lock")
    command(folder / "traced", "trace", str(folder / "program.py"), "-o", lock, "--", "word")
    told(
        folder / "built", "precompile", "--lock", lock, "--target", f"{HERE},aarch64",
        "--jobs", "1", "-o", str(folder / "bundles"),
    )  # fmt: skip
    return folder


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """`told`, in this process."""

    def tell(folder: Path, *arguments: str, code: int = 0) -> Any:
        cache = ObjectCache(folder / "kernels", target=HERE, places=lambda: iter(()))
        monkeypatch.setenv("TENSORSMITH_NO_BUNDLE", "1")
        for module in (inspect, explain):
            monkeypatch.setattr(module, "object_cache", lambda: cache)
        assert main([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return tell
