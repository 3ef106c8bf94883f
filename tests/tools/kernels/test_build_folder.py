"""What bundles are built in is nobody's to prune or clear while one is built."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorsmith.backends.cache.folder import UserFolder
from tensorsmith.backends.cache.format import make_item
from tensorsmith.ops.errors import BackendError
from tensorsmith.tools.kernels import build_folder
from tensorsmith.tools.kernels.build_folder import building, clear_building

ITEM = make_item(("plan", "content"), b"object" * 100)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the cache, beside which bundles are built."""
    monkeypatch.setenv("TENSORSMITH_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(build_folder, "user_folder", lambda: tmp_path / "kernels")
    return tmp_path / "kernels"


def test_it_lies_beside_the_cache_and_keeps_what_was_built(cache: Path) -> None:
    with building() as folder:
        assert folder.parent == cache.parent and folder != cache
        UserFolder(folder).put(ITEM)
    with building() as folder:
        assert UserFolder(folder).get("plan") == ITEM


def test_it_is_cleared_unless_a_bundle_is_being_built() -> None:
    with building() as folder:
        UserFolder(folder).put(ITEM)
        assert not clear_building()
        assert UserFolder(folder).get("plan") == ITEM
    assert clear_building()
    assert UserFolder(folder).get("plan") is None
    with building() as again:  # a folder that was cleared is used again
        assert again == folder


def test_the_last_run_that_ends_prunes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_folder, "LIMIT", 0)
    with building() as folder:
        with building():
            UserFolder(folder).put(ITEM)
        assert UserFolder(folder).get("plan") == ITEM
    assert UserFolder(folder).get("plan") is None


def test_where_it_cannot_be_made_another_one_is_asked_for(cache: Path) -> None:
    cache.with_name("building").touch()
    with (
        pytest.warns(RuntimeWarning, match="building is not a folder"),
        pytest.raises(BackendError, match="--store names another folder"),
        building(),
    ):
        pass


def test_where_it_cannot_be_written_to_it_is_said_and_cleared_as_far_as_can_be() -> None:
    (build_folder.build_folder() / build_folder.IN_USE).mkdir(parents=True)
    build_folder.build_folder().chmod(0o700)
    why = r"building, which cannot be written to \(Is a directory\)"
    with pytest.raises(BackendError, match=why), building():
        pass
    stuck: list[OSError] = []
    assert clear_building(stuck) and stuck == []
