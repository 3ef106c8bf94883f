"""The `tensorsmith` command: what it prints, and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorsmith.tools.command import main

ROOT = Path(__file__).parents[2]

ENTRY = """\
softplus_of_test:
  doc: Smooth approximation of relu, for a test.
  inputs: {input: Inexact}
  outputs: {output: Inexact}
  define: output = log(1 + exp(input))
  compute: output = maximum(input, 0) + log1p(exp(-abs(input)))
  derivative:
    doutput/dinput: 1 / (1 + exp(-input))
  reference: np.logaddexp(input, 0)
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """(exit code, output, errors) of a command line."""
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_list_prints_names_and_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "ops", "list", "log_soft")
    assert code == 0 and out.startswith("log_softmax  Logarithm of softmax")
    assert run(capsys, "ops", "list", "no such op")[0] == 1


def test_stats_counts_what_is_derived(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "ops", "stats")
    counts = {line.split()[0]: int(line.split()[1]) for line in out.splitlines()}
    assert code == 0 and counts["entries"] > 300
    kinds = ("derived", "stated", "view", "extern")
    assert sum(counts[kind] for kind in kinds) == counts["entries"] <= counts["signatures"]


def test_show_prints_every_stop(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "ops", "show", "softmax")
    assert code == 0
    heads = [line.split()[1] for line in out.splitlines() if line.startswith("-- ")]
    assert heads == ["entry", "adjoint", "tangent", "steps", "loops", "code"]
    assert "define: output[n] = exp(input[n])" in out and "func.func @softmax" in out
    assert "d_input[n] =" in out and "t_output[n] =" in out


@pytest.mark.parametrize("target", ["x86-64-v2", "aarch64"])
def test_show_compiles_for_other_machines(capsys: pytest.CaptureFixture[str], target: str) -> None:
    code, out, _ = run(capsys, "ops", "show", "relu", "--only", "code", "--target", target)
    assert code == 0 and "ret" in out


@pytest.mark.parametrize("name", ["transpose", "cat"])
def test_show_says_that_views_and_routines_have_no_kernel(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code, out, _ = run(capsys, "ops", "show", name)
    assert code == 0 and "no kernel of its own runs" in out


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ops show sofmax", "name: there is no op sofmax; did you mean softmax?"),
        ("ops show relu --target m68k", "--target: target must be one of x86-64-v2"),
        ("ops show relu --dtype float31", "--dtype: dtype must be one of bool"),
        ("ops check missing.yaml", "what: there is no file missing.yaml"),
        ("ops check sofmax", "what: there is no op sofmax; did you mean softmax?"),
        ("ops compile missing.yaml", "file: there is no file missing.yaml"),
        ("ops new a::b -o missing/b.yaml", "-o/--output: the folder "),
        ("ops docs pyproject.toml", "folder: must be a folder, got the file "),
        ("ops docs pages missing.yaml", "what: there is no file missing.yaml"),
        ("explain sofmax", "name: there is no op sofmax; did you mean softmax?"),
        ("explain softmax --target m68k", "--target: target must be one of x86-64-v2"),
        ("explain softmax --dtype float31", "--dtype: dtype must be one of bool"),
        ("precompile --ops relu --store pyproject.toml", "--store: must be a folder, got the file"),
        ("precompile --ops relu --store /proc/x", "--store: the folder /proc must be writable"),
        ("demo digits --threads 0", "--threads: must be at least 1, got 0"),
        ("demo digits --plot missing/digits.png", "--plot: the folder "),
    ],
)
def test_a_mistake_is_told_before_anything_is_done(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str, message: str
) -> None:
    monkeypatch.chdir(ROOT)
    before = sorted(ROOT.iterdir())
    with pytest.raises(SystemExit) as end:
        main(line.split())
    told = capsys.readouterr().err.splitlines()[-1]
    assert end.value.code == 2 and message in told and sorted(ROOT.iterdir()) == before


@pytest.mark.parametrize(
    "line",
    [
        ("ops", "show", ""), ("ops", "show", "relu", "--dtype", ""), ("ops", "docs", ""),
        ("ops", "show", "relu", "--target", ""), ("ops", "check", ""), ("ops", "compile", ""),
        ("ops", "new", ""), ("ops", "new", "a::b", "-o", ""), ("ops", "docs", "pages", ""),
        ("explain", ""), ("explain", "relu", "--target", ""), ("explain", "relu", "--dtype", ""),
        ("precompile", "--ops", "relu", "--store", ""), ("demo", "digits", "--plot", ""),
    ],
)  # fmt: skip
def test_empty_values_are_refused(
    capsys: pytest.CaptureFixture[str], line: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(line)
    assert end.value.code == 2 and "must not be empty" in capsys.readouterr().err


def test_check_runs_the_battery_on_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(ENTRY)
    code, out, _ = run(capsys, "ops", "check", str(path))
    assert code == 0 and "\nsoftplus_of_test: ok, " in out


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("doc: Smooth", "dok: Smooth", ":2, column 3: softplus_of_test: unknown key dok"),
        ("exp(-input))", "exp(-input)", ":8, column 21: softplus_of_test: '(' was never closed"),
        ("exp(input))", "exp(other))", ":5, column"),
        ("{input: Inexact}", "{input: Inexact", ":"),
    ],
)
def test_check_tells_file_and_line_of_a_mistake(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, old: str, new: str, place: str
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(ENTRY.replace(old, new, 1))
    code, _, error = run(capsys, "ops", "check", str(path))
    assert code == 1 and error.startswith(f"tensorsmith: {path}{place}")


def test_check_catches_a_wrong_derivative(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(ENTRY.replace("1 / (1 + exp(-input))", "2 / (1 + exp(-input))"))
    code, out, _ = run(capsys, "ops", "check", str(path))
    assert code == 1 and "softplus_of_test: FAILED" in out and "gradient" in out


def test_a_file_that_is_no_text_is_an_error_without_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xff\xfe")
    code, _, error = run(capsys, "ops", "check", str(path))
    assert code == 1 and error.startswith("tensorsmith: ")


def test_docs_writes_a_page_for_every_op(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = run(capsys, "ops", "docs", str(tmp_path / "pages"))
    pages = {path.name for path in (tmp_path / "pages").iterdir()}
    assert code == 0 and out.startswith(f"{len(pages) - 1} pages")
    text = (tmp_path / "pages" / "softmax.html").read_text(encoding="utf-8")
    assert "<h1>softmax</h1>" in text and "softmax(input, dim" in text and "<math" in text


@pytest.mark.parametrize("arguments", [(), ("ops",), ("demo", "cats"), ("ops", "show")])
def test_a_wrong_command_line_exits_with_two(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2 and "usage: tensorsmith" in capsys.readouterr().err


def test_a_file_without_entries_is_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("")
    assert main(["ops", "check", str(path)]) == 1
    assert "must hold at least one entry" in capsys.readouterr().err


def test_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["--version"])
    assert done.value.code == 0
    assert capsys.readouterr().out.startswith("tensorsmith 0.")


UNTESTED = """\
checked::f:
  doc: A sentence.
  inputs: {x: "Float[..., N]"}
  outputs: {output: "Float[..., N]"}
  require: {N must be even: N % 2 == 0}
  define: output[n] = x[n] * 2
  compute: output[n] = x[n] * 2.001
  samples:
    - {x: [2, 4]}
  rejects:
    N must be even: {x: [3]}
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  samples:\n    - {x: [2, 4]}\n", "", "f must have samples: nothing is tested without"),
        ("  rejects:\n    N must be even: {x: [3]}\n", "", "rejects must have arguments that viol"),
        ("doc: A sentence", "doc: Another one", "FAILED 4 of 4\n    sample 0, mixed: "),
    ],
    ids=["no samples", "a requirement without rejects", "compute is not define"],
)
def test_check_fails_where_nothing_is_tested_or_compute_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    text = UNTESTED.replace(old, new)
    path = tmp_path / "checked.yaml"
    path.write_text(text if "Another" in text else text.replace("2.001", "2"))
    code, out, error = run(capsys, "ops", "check", str(path))
    assert code == 1
    assert message in out + error
