"""Where the cache is, and how much it may hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tensorsmith.backends.cache.bound import is_below, prune
from tensorsmith.backends.cache.locate import bundle_places, limit_bytes


def test_the_limit_is_a_number_of_mib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENSORSMITH_CACHE_LIMIT", "3")
    assert limit_bytes(1 << 30) == 3 << 20
    monkeypatch.delenv("TENSORSMITH_CACHE_LIMIT")
    assert limit_bytes(1 << 30) == 1 << 30


@pytest.mark.parametrize("text", ["9" * 5000, "9" * 400, "9" * 20, str(1 << 40)], ids=len)
def test_an_absurd_limit_is_the_default_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("TENSORSMITH_CACHE_LIMIT", text)
    why = "TENSORSMITH_CACHE_LIMIT must be a number of MiB below 1,099,511,627,776, got '"
    with pytest.warns(RuntimeWarning, match=why) as told:
        assert limit_bytes(1 << 30) == 1 << 30
    assert len(str(told[0].message)) < 200


def test_the_largest_limit_and_leading_zeros_are_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENSORSMITH_CACHE_LIMIT", str((1 << 40) - 1))
    largest = limit_bytes(1 << 30)
    assert largest == (1 << 60) - (1 << 20)
    assert is_below(tmp_path, largest) and prune(tmp_path, largest) == 0
    monkeypatch.setenv("TENSORSMITH_CACHE_LIMIT", "0" * 5000 + "7")
    assert limit_bytes(1 << 30) == 7 << 20
    monkeypatch.setenv("TENSORSMITH_CACHE_LIMIT", "0")
    assert limit_bytes(1 << 30) == 0


@pytest.mark.parametrize("text", ["abc", "1G", "-5"])
def test_a_limit_that_is_no_number_is_the_default_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("TENSORSMITH_CACHE_LIMIT", text)
    why = f"TENSORSMITH_CACHE_LIMIT must be a number of MiB, got '{text}'; the limit is 1,024 MiB"
    with pytest.warns(RuntimeWarning, match=why):
        assert limit_bytes(1 << 30) == 1 << 30


@pytest.mark.parametrize(("wanted", "kinds"), [("", {"core", "system"}), ("1", {"system"})])
def test_the_bundle_of_the_package_can_be_left_out(
    monkeypatch: pytest.MonkeyPatch, wanted: str, kinds: set[str]
) -> None:
    monkeypatch.delenv("TENSORSMITH_BUNDLES", raising=False)
    monkeypatch.setenv("TENSORSMITH_NO_BUNDLE", wanted)
    found = {kind for kind, _ in bundle_places()}
    assert found & {"core", "system", "environment"} == kinds


def installed(folder: Path, package: str, points: str, code: str) -> Path:
    """A package beside what its installer notes; its folder."""
    (folder / package).mkdir()
    (folder / package / "__init__.py").write_text(code)
    about = folder / f"{package}-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[tensorsmith.kernels]\n{points}\n")
    return folder / package


@pytest.mark.parametrize(
    ("point", "code", "why"),
    [
        (
            "bad.inner",
            "raise RuntimeError('broken')",
            "of bad.inner .*: RuntimeError: broken",
        ),
        ("bad.inner", "1 / 0", "of bad.inner cannot be found: ZeroDivisionError"),
        ("bad.inner", "import nowhere", "of bad.inner cannot be found: ModuleNotFoundError"),
        ("bad.inner", "this is no Python", "of bad.inner cannot be found: SyntaxError"),
        ("bad.inner", "__path__ = 5", "of bad.inner cannot be found: "),
        ("!", "", "of ! cannot be found: "),
        ("x\nnothing", "", "of installed packages cannot be found: "),
    ],
    ids=["raises", "divides", "imports", "syntax", "path", "name", "line"],
)
def test_a_package_that_cannot_be_looked_into_is_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, code: str, why: str
) -> None:
    installed(tmp_path, "bad", f"bad = {point}", code)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.warns(RuntimeWarning, match=f"tensorsmith: the kernels {why}") as told:
        kinds = [kind for kind, _ in bundle_places()]
        assert [kind for kind, _ in bundle_places()] == kinds
    assert "system" in kinds and "bad" not in kinds and len(told) == 1
    assert told[0].filename == __file__
    sys.modules.pop("bad", None)


def test_a_package_that_is_interrupted_ends_the_look_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "interrupted", "it = interrupted.inner", "raise KeyboardInterrupt")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(KeyboardInterrupt):
        list(bundle_places())


def test_bundles_are_found_by_entry_point_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "raise SystemExit('it must not be imported')"
    package = installed(tmp_path, "kernels_of_test", "mine = kernels_of_test", code)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("TENSORSMITH_BUNDLES", str(tmp_path / "given"))
    places = list(bundle_places())
    assert places[0] == ("environment", tmp_path / "given")
    assert ("mine", package) in places


def printed(place: Path, program: str, **variables: str) -> str:
    """What a program prints that begins in a folder."""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=place, check=True, capture_output=True, text=True,
        env={**os.environ, "TENSORSMITH_NATIVE": "0", **variables},
    )  # fmt: skip
    return done.stdout.rstrip("\n")


PLACES = """
from tensorsmith.backends.cache.locate import bundle_places, user_folder

print(user_folder(), *[place for kind, place in bundle_places() if kind == "environment"], sep=":")
"""


def test_relative_places_count_from_where_the_program_was_when_it_imported(tmp_path: Path) -> None:
    (tmp_path / "began").mkdir()
    program = f"import os, tensorsmith; os.chdir({str(tmp_path)!r})\n{PLACES}"
    given = {"TENSORSMITH_CACHE_DIR": "own/.", "TENSORSMITH_BUNDLES": "one:../two:/three"}
    found = printed(tmp_path / "began", program, **given)
    own, began = tmp_path / "began" / "own" / "kernels", tmp_path / "began"
    assert found == f"{own}:{began / 'one'}:{tmp_path / 'two'}:/three"


def test_a_program_that_changes_its_folder_finds_the_bundle_it_was_given(tmp_path: Path) -> None:
    program = (
        "import os, tensorsmith\n"
        "from tensorsmith.backends.cache.bundle import Head, write_bundle\n"
        "from tensorsmith.backends.cache.format import make_item\n"
        "from tensorsmith.backends.cache.layers import ObjectCache\n"
        "from tensorsmith.backends.cache.locate import user_folder\n"
        "from pathlib import Path\n"
        "write_bundle(Path('given/a.bundle'), Head('t', 'c', 'g'), [make_item('key', b'found')])\n"
        "os.chdir('/')\n"
        "print(ObjectCache(user_folder(), target='t').get('key'))"
    )
    given = {"TENSORSMITH_BUNDLES": "given", "TENSORSMITH_CACHE_DIR": str(tmp_path / "cache")}
    assert printed(tmp_path, program, **given) == "b'found'"


def test_where_a_program_begins_in_a_folder_that_is_gone_relative_places_are_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / "gone").mkdir()
    program = (
        "import os, warnings; os.rmdir(os.getcwd())\n"
        "from tensorsmith.backends.cache import locate\n"
        "with warnings.catch_warnings(record=True) as told:\n"
        "    warnings.simplefilter('always')\n"
        "    print([p for kind, p in locate.bundle_places() if kind == 'environment'])\n"
        "print(locate.user_folder().is_absolute(), told[0].message)"
    )
    given = {"TENSORSMITH_BUNDLES": "given:/there", "TENSORSMITH_CACHE_DIR": "own"}
    lines = printed(tmp_path / "gone", program, **given).splitlines()
    assert lines[0] == "[PosixPath('/there')]" and lines[1].startswith("False tensorsmith: ")
    assert "TENSORSMITH_BUNDLES=given are ignored: the path must be absolute" in lines[1]
