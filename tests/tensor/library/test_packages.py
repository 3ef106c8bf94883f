"""Packages bring ops that were compiled ahead: found when their namespace is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tensorsmith as ts
from tensorsmith.tensor.library import packages
from tensorsmith.tools.packaging import compile_entries

TEXT = """
{space}::double:
  doc: Twice.
  inputs: {{x: Float}}
  outputs: {{output: Float}}
  define: output = 2 * x
{space}::fourfold:
  doc: Four times.
  inputs: {{x: Float}}
  outputs: {{output: Float}}
  define: output = double(double(x))
"""


def package(folder: Path, space: str) -> Path:
    """A package with an entry point, as an installer leaves it; the folder of its YAML file."""
    inside = folder / f"ops_of_{space}"
    inside.mkdir()
    (inside / "__init__.py").write_text("raise SystemExit('it must not be imported')")
    (inside / "mine.yaml").write_text(TEXT.format(space=space))
    compile_entries(str(inside / "mine.yaml"))
    about = folder / f"ops_of_{space}-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: ops-of-{space}\nVersion: 1\n")
    (about / "entry_points.txt").write_text(f"[tensorsmith.ops]\n{space} = ops_of_{space}\n")
    return inside


def test_a_namespace_is_found_by_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package(tmp_path, "packtest")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    packages._searched.discard("packtest")
    assert dir(ts.ops.packtest) == ["double", "fourfold"]
    assert ts.ops.packtest.fourfold(ts.ones(1)).item() == 4
    ts.library.undefine("packtest::fourfold")
    ts.library.undefine("packtest::double")


def test_yaml_is_not_read_for_it(tmp_path: Path) -> None:
    package(tmp_path, "packtwo")
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import tensorsmith as ts;"
        "print(ts.ops.packtwo.fourfold(ts.ones(1)).item(), 'yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "4.0 False\n", done.stderr


def test_a_stub_tells_types_to_checkers(tmp_path: Path) -> None:
    text = (package(tmp_path, "packthree") / "mine.pyi").read_text()
    assert "def double(x: Tensor, *, out: Tensor | None=None) -> Tensor:" in text
    assert "output = 2 * x" in text
    compile(text, "mine.pyi", "exec")


@pytest.mark.parametrize("content", ["{}", "[]", "{", '{"format": 0, "entries": {}}'])
def test_a_file_of_another_version_is_told_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    inside = package(tmp_path, "packfour")
    (inside / "mine.ops.json").write_text(content)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    packages._searched.discard("packfour")
    with (
        pytest.warns(RuntimeWarning, match=r"the ops of .*mine\.ops\.json cannot be used"),
        pytest.raises(AttributeError, match="no namespace of ops called packfour"),
    ):
        ts.ops.packfour  # noqa: B018


def test_a_package_that_fails_while_it_is_looked_into_is_told_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = package(tmp_path, "packfive")
    (inside / "__init__.py").write_text("raise RuntimeError('broken')")
    points = tmp_path / "ops_of_packfive-1.dist-info" / "entry_points.txt"
    points.write_text("[tensorsmith.ops]\npackfive = ops_of_packfive.inner\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    packages._searched.discard("packfive")
    why = "the ops of ops_of_packfive.inner cannot be found: RuntimeError: broken"
    with (
        pytest.warns(RuntimeWarning, match=why),
        pytest.raises(AttributeError, match="no namespace of ops called packfive"),
    ):
        ts.ops.packfive  # noqa: B018


def test_compiling_refuses_a_name_without_a_namespace(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.format(space="x").replace("x::double", "doubled_of_test"))
    with pytest.raises(ValueError, match="doubled_of_test"):
        compile_entries(str(path))


@pytest.mark.parametrize("way", ["custom_op", "define"])
def test_ops_of_a_package_are_found_beside_what_a_program_adds_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    space = f"packfirst_{way}"
    package(tmp_path, space)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    if way == "custom_op":
        ts.library.custom_op(f"{space}::own", mutates_args=())(own)
    else:
        with pytest.raises(ts.library.RegistryError, match="defined otherwise already"):
            ts.library.define(TEXT.format(space=space).replace("2 * x", "3 * x"))
    assert getattr(ts.ops, space).fourfold(ts.ones(1)).item() == 4


def own(x: ts.Tensor) -> ts.Tensor:
    """A kernel."""
    return x + 1
