"""A bundle holds all that was asked for, or is not written; programs take what was written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tensorsmith.backends.cache.bundle import Bundle, Head
from tensorsmith.backends.cache.folder import UserFolder
from tensorsmith.backends.cache.format import make_item
from tensorsmith.tools.kernels import precompile as module
from tensorsmith.tools.kernels.bundling import write_bundles, write_items
from tensorsmith.tools.kernels.precompile import IncompleteBundleError, build_bundles, precompile
from tensorsmith.tools.kernels.work import Run, Work

from .run import HERE

HEAD = Head(HERE, "llvm 1", "generator")
ITEM = make_item(("plan one", "plan two", "content"), b"object")
FOUND = {"plan one": ITEM, "plan two": ITEM}
PIECES = [Work("op", "relu", "first")]


def test_kernels_of_one_object_are_counted_apart_from_it(tmp_path: Path) -> None:
    written = write_items(tmp_path / "x.bundle", HEAD, FOUND)
    assert (written.kernels, written.objects, written.missing) == (2, 1, 0)
    assert written.nbytes == (tmp_path / "x.bundle").stat().st_size
    assert written.distrust == "" and len(Bundle(tmp_path / "x.bundle", guarded=True)) == 1


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """The umask of this process while a test runs."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022, 0o077], indirect=True, ids=oct)
def test_a_bundle_follows_the_umask_and_nobody_else_may_write_to_it(
    tmp_path: Path, umask: int
) -> None:
    folder = tmp_path / "bundles"
    written = write_items(folder / "x.bundle", HEAD, FOUND)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder / "x.bundle", folder)]
    assert modes == [0o644 & ~umask, 0o755 & ~umask]
    assert written.distrust == ""


def test_it_is_said_of_a_bundle_that_programs_will_refuse_it(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    written = write_items(tmp_path / "open" / "x.bundle", HEAD, FOUND)
    assert "can be written to by everybody" in written.distrust


def test_a_bundle_that_would_lack_kernels_is_not_written(tmp_path: Path) -> None:
    UserFolder(tmp_path / "store").put(ITEM)
    kernels = {HERE: ["plan one", "plan two", "plan three"]}
    (written,) = write_bundles(kernels, tmp_path / "store", tmp_path / "bundles").values()
    assert (written.kernels, written.missing, written.nbytes) == (2, 1, 0)
    assert not (tmp_path / "bundles").exists()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[module.Report, Run]:
    """What a small run did, and how."""
    run = Run((HERE,), tmp_path_factory.mktemp("store") / "kernels", quiet=True, durable=False)
    return precompile(PIECES, run), run


def test_what_another_process_has_removed_is_built_again(
    built: tuple[module.Report, Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, run = built
    count = len(report.kernels[HERE])
    UserFolder(run.store).clear()
    build_bundles(PIECES, run, report, tmp_path / "x.bundle")
    (written,) = report.bundles.values()
    assert count and written.kernels == count and written.objects == report.compiled / 2
    assert len(Bundle(tmp_path / "x.bundle")) == written.objects
    said = f"x.bundle: {count} of {count} kernels are not in {run.store} any more: another process"
    assert said in capsys.readouterr().err


def test_a_bundle_that_lost_kernels_twice_is_an_error_with_counts(
    built: tuple[module.Report, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report, run = built
    monkeypatch.setattr(module, "precompile", lambda *arguments: report)
    empty = replace(run, store=tmp_path / "empty")
    count = len(report.kernels[HERE])
    why = rf"x\.bundle: {count} of {count} kernels are not in .* any more: .*, twice; no bundle is"
    with pytest.raises(IncompleteBundleError, match=why):
        build_bundles(PIECES, empty, report, tmp_path / "x.bundle")
    assert not (tmp_path / "x.bundle").exists()


def test_objects_that_the_cache_has_are_not_compiled_again(
    built: tuple[module.Report, Run], tmp_path: Path
) -> None:
    report, run = built
    again = precompile(PIECES, replace(run, store=tmp_path / "store", known=run.store))
    assert (again.compiled, again.kernels) == (0, report.kernels) and again.found
    assert len(list((tmp_path / "store").rglob("*.kernel"))) > again.found
