"""Caches: one that an import has filled, one that holds a traced program; commands over them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.cpu import cache as cpu_cache
from tensorsmith.tools.command import main
from tensorsmith.tools.kernels import explain

from .run import HERE, PROGRAM, Inside, command, python, told


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a process that has imported the package: native entry points, no kernel."""
    folder = tmp_path_factory.mktemp("started")
    python(folder, "-c", "import tensorsmith")
    return folder


@pytest.fixture
def cache(started: Path, tmp_path: Path) -> Path:
    """A folder of the test's own with the native entry points, which take longest to compile."""
    return Path(shutil.copytree(started, tmp_path / "cache"))


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory, started: Path) -> Path:
    """A folder with a program, its lock file, and bundles made from it for two targets."""
    folder = tmp_path_factory.mktemp("kernels")
    shutil.copytree(started, folder / "traced")
    (folder / "program.py").write_text(PROGRAM)
    lock = str(folder / "kernels.lock")
    command(folder / "traced", "trace", str(folder / "program.py"), "-o", lock, "--", "word")
    told(
        folder / "built", "precompile", "--lock", lock, "--target", f"{HERE},aarch64",
        "--jobs", "1", "-o", str(folder / "bundles"), "--store", str(folder / "built"),
    )  # fmt: skip
    return folder


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """`told`, in this process."""

    def tell(folder: Path, *arguments: str, code: int = 0) -> Any:
        cache = ObjectCache(folder / "kernels", target=HERE, places=lambda: iter(()))
        monkeypatch.setenv("TENSORSMITH_NO_BUNDLE", "1")
        monkeypatch.setenv("TENSORSMITH_CACHE_DIR", str(folder))
        for module in (cpu_cache, explain):
            monkeypatch.setattr(module, "object_cache", lambda: cache)
        assert main([*arguments, "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return tell
