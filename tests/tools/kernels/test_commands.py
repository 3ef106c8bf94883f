"""The command line: trace, cache, explain; help, and what is wrong with a line."""

from __future__ import annotations

import re
from importlib import import_module, metadata
from pathlib import Path

import pytest
from tensorsmith.backends.cpu.machine import detect_machine
from tensorsmith.tools.command import build_parser, main
from tensorsmith.tools.commands.cache import SUBCOMMANDS

from .run import HERE, PROGRAM, WITHOUT_COMPILER, Inside, command, python, status, told


def test_a_traced_program_runs_as_it_does_alone(work: Path) -> None:
    done = python(
        work / "traced", "-m", "tensorsmith.tools.command", "trace", str(work / "program.py"),
        "-o", str(work / "again.lock"), "--", "word",
    )  # fmt: skip
    alone = python(work / "traced", str(work / "program.py"), "word")
    assert done.stdout == alone.stdout and "['word']" in done.stdout
    assert re.search(r"again.lock: \d+ calls", done.stderr)
    assert (work / "again.lock").read_text() == (work / "kernels.lock").read_text()


def test_verify_finds_damage_and_rebuilds_a_sample(work: Path, inside: Inside) -> None:
    cache = work / "built"
    found = inside(cache, "cache", "verify", "--rebuild", "3")
    assert found["rebuilt"] == 3 and not found["different"] and not found["damaged"]
    victim = next((cache / "kernels").rglob("*.kernel"))
    names = [str(p) for p in (cache / "kernels").rglob("*.kernel") if p.samefile(victim)]
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-1])
    try:
        assert inside(cache, "cache", "verify", code=1)["damaged"] == sorted(names)
    finally:
        victim.write_bytes(whole)


def test_kernels_go_from_one_cache_to_another_in_a_bundle(
    work: Path, tmp_path: Path, inside: Inside
) -> None:
    path = str(tmp_path / "carried.bundle")
    assert inside(work / "built", "cache", "export", "-o", path)["kernels"] > 3
    assert inside(tmp_path, "cache", "import", path)["damaged"] == 0
    done = python(tmp_path, "-c", PROGRAM, TENSORSMITH_JIT="forbid")
    assert done.stdout
    closed = python(tmp_path, "-c", WITHOUT_COMPILER + PROGRAM)
    assert closed.stdout == done.stdout
    listed = inside(tmp_path, "cache", "list")
    assert any(each["label"].startswith("softmax") for each in listed)
    info = inside(tmp_path, "cache", "info")
    assert info["objects"] > 3 and info["jit"] == "on"
    assert info["target"] == detect_machine().target.spelling
    stats = inside(tmp_path, "cache", "stats")
    assert stats["programs"] == 2 and stats["compiled"] == 0 and stats["loaded"] > 6
    assert inside(tmp_path, "cache", "stats", "--last")["loaded"] > 3
    assert inside(tmp_path, "cache", "prune", "--limit", "0")["objects"] > 3
    assert inside(tmp_path, "cache", "clear") == {"objects": 0, "names": 0}


def test_explain_says_which_field_differs(work: Path, inside: Inside) -> None:
    (here,) = inside(work / "built", "explain", "softmax")
    assert here["plan"]["target"] == HERE and here["plan"]["name"] == "softmax"
    (there,) = inside(work / "built", "explain", "softmax", "--target", "x86-64-v4")
    why = "\n".join(there["why"])
    # Both targets of the folder differ in as many fields: either is the nearest.
    assert there["layer"] is None and re.search(r"target: \S+ there, x86-64-v4 here", why)
    (never,) = inside(work / "built", "explain", "erfinv")
    assert never["why"] == ["no layer has any kernel called erfinv"]


def test_explain_prints_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "relu"]) == 0
    out = capsys.readouterr().out
    heads = [line.split()[1] for line in out.splitlines() if line.startswith("-- ")]
    assert heads == ["entry", "adjoint", "tangent", "steps", "loops", "code", "keys"]
    assert "structure  " in out and "found in   " in out


def test_explain_prints_cuda_c_and_how_it_is_launched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "relu", "--target", "sm_90", "--only", "code"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert re.match(r"// pointwise: min\(ceil\(n\d+ / \d+\), \d+\) blocks, here 1, of 256", first)
    assert second.startswith('extern "C" __global__ void __launch_bounds__(256) relu_')


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("precompile --ops relu --target sm_50", "target must be one of x86-64-v2"),
        ("precompile --ops no_such_op", "there is no op no_such_op"),
        ("precompile --ops ,", "--ops must name ops, with commas between, got ','"),
        ("precompile --ops relu,torch.relu", "got 'torch.relu'; did you mean relu?"),
        ("precompile --ops relu --jobs 0", "--jobs: must be at least 1, got 0"),
        ("precompile --ops relu --jobs x", "--jobs: must be a whole number, got 'x'"),
        ("precompile --ops relu --target x86-64-v3,aarch64 -o x.bundle", "-o must be a folder"),
        ("precompile --lock nofile", "--lock: there is no file nofile"),
        ("precompile --registry nofile", "--registry: there is no file nofile"),
        ("precompile --lock /", "--lock: must be a file, got the folder /"),
        ("cache diff nofile nofile", "left: there is no file nofile"),
        ("cache import nofile", "bundle: there is no file nofile"),
        ("cache list --bundle nofile", "--bundle: there is no file nofile"),
        ("cache export -o x.bundle --target pentium", "target must be one of"),
        ("explain relu --target pentium", "target must be one of"),
        ("cache export -o noext", "must end in .bundle, else no program finds it, got noext"),
        ("cache export -o /nonexist/q/x.bundle", "the folder /nonexist/q must exist"),
        ("cache prune --limit -5", "--limit: must be at least 0, got -5"),
        ("cache verify --rebuild -1", "--rebuild: must be at least 0, got -1"),
    ],
)
def test_a_wrong_command_line_is_explained_and_exits_with_two(
    capsys: pytest.CaptureFixture[str], line: str, why: str
) -> None:
    assert status(line.split()) == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        "precompile --ops", "precompile --lock", "precompile --registry", "cache import",
        "precompile --ops relu --store", "precompile --ops relu -o", "cache export -o",
        "precompile --ops relu --target", "trace program.py -o", "trace",
    ],
)  # fmt: skip
def test_an_empty_value_is_refused_before_anything_is_done(
    capsys: pytest.CaptureFixture[str], line: str
) -> None:
    assert status([*line.split(), ""]) == 2
    assert "must not be empty (is a shell variable not set?)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ("file", "must be a folder or a file that ends in .bundle, got the file"),
        ("folder.bundle", "must be a file, got the folder"),
        ("none/x.bundle", "must exist"),
        ("none/x/y", "must exist"),
        ("/proc/zz", "the folder /proc must be writable"),
    ],
)
def test_where_no_bundle_can_be_written_none_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], output: str, why: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.bundle").mkdir()
    assert status(["precompile", "--ops", "relu", "-o", str(tmp_path / output)]) == 2
    assert why in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder.bundle"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("precompile --lock /dev/null", "/dev/null: it is no lock file of kernels: it is not JSON"),
        ("precompile --registry /dev/null", "/dev/null must hold at least one entry"),
        ("cache diff /dev/null /dev/null", "/dev/null: it is not a bundle"),
        ("cache import /dev/null", "/dev/null: it is not a bundle"),
    ],
)
def test_a_file_of_another_kind_is_explained_and_exits_with_one(
    capsys: pytest.CaptureFixture[str], line: str, why: str
) -> None:
    assert main(line.split()) == 1
    assert why in capsys.readouterr().err


def test_every_subcommand_of_the_cache_is_there() -> None:
    for one in SUBCOMMANDS.values():
        module, _, function = one.does.partition(":")
        assert callable(getattr(import_module(f"tensorsmith.tools.kernels.{module}"), function))


def test_arguments_of_a_traced_program_go_after_two_dashes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["trace", "train.py", "--epochs", "1"])
    assert end.value.code == 2
    why = "unrecognized arguments: --epochs 1; the program's own arguments go after --"
    assert why in capsys.readouterr().err


def test_looking_at_the_cache_is_no_program(work: Path) -> None:
    cache = work / "traced"
    before = told(cache, "cache", "stats")["programs"]
    python(cache, "-c", "import tensorsmith as ts; ts.ones(7)")
    info = command(cache, "cache", "info")
    assert f"compiler  llvmlite {metadata.version('llvmlite')} (" in info
    assert told(cache, "cache", "stats")["programs"] == before + 1


@pytest.mark.parametrize("name", ["precompile", "trace", "cache", "explain"])
def test_help_teaches_by_example(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit) as end:
        build_parser().parse_args([name, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out.count(f"  tensorsmith {name}") >= 2 - (name == "trace")
