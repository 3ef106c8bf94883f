"""The registry builds ops when they are asked for, inlines calls, and takes users' ops."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tensorsmith.ops import registry
from tensorsmith.ops.compile_registry import compiled_text, main
from tensorsmith.ops.entries.canonical import entry_pieces
from tensorsmith.ops.entries.read import read_entries, read_text
from tensorsmith.ops.errors import RegistryError
from tensorsmith.ops.language.parse import parse_statements
from tensorsmith.ops.language.text import print_statements
from tensorsmith.ops.registry import Registry

from .small_entries import ENTRIES


@pytest.fixture
def small() -> Registry:
    return Registry(lambda: ({op.name: entry_pieces(op) for op in read_text(ENTRIES)}, {}))


def test_an_op_is_built_once_and_compares_with_what_was_read(small: Registry) -> None:
    assert small.get("softmax") is small.get("softmax")
    assert small.get("softmax") == {op.name: op for op in read_text(ENTRIES)}["softmax"]
    assert small.get("max.1") is small.get("max").variants[0]


def test_an_unknown_name_is_an_error_with_the_nearest_one(small: Registry) -> None:
    with pytest.raises(RegistryError, match="did you mean softmax"):
        small.get("softmaxx")


def test_calls_of_pointwise_ops_are_replaced_by_their_definitions(small: Registry) -> None:
    silu = small.get("silu")
    assert print_statements(silu.define) == "output = input * (1 / (1 + exp(-input)))"


def test_an_inlined_op_takes_attributes_and_locals() -> None:
    leaky, user = read_text(
        """\
leaky:
  doc: x
  inputs: {input: Float}
  attrs: {slope: 'float = 0.5', kind: plain|odd = plain}
  outputs: {output: Float}
  define: |
    low = slope * input
    if kind == 'plain':
      output = input if input > 0 else low
    if kind == 'odd':
      output = low
  reference: input
user:
  doc: x
  inputs: {a: 'Float[..., N]'}
  outputs:
    output: Float[...]
  define: output = sum[n](leaky(a[n] + 1) + leaky(a[n], 0.1) + leaky(2, 0.1, 'odd'))
  reference: a
"""
    )
    built = Registry(lambda: ({op.name: entry_pieces(op) for op in (leaky, user)}, {})).get("user")
    assert print_statements(built.define) == (
        "output = sum[n]((a[n] + 1 if a[n] + 1 > 0 else 0.5 * (a[n] + 1)) + "
        "(a[n] if a[n] > 0 else 0.1 * a[n]) + 0.1 * 2)"
    )


def test_entries_that_call_each_other_are_an_error() -> None:
    text = """\
a:
  doc: x
  inputs: {input: Float}
  outputs: {output: Float}
  define: output = b(input)
  reference: input
b:
  doc: x
  inputs: {input: Float}
  outputs: {output: Float}
  define: output = a(input)
  reference: input
"""
    with pytest.raises(RegistryError, match="a -> b -> a"):
        registry.read_text(text)
    pieces = {op.name: entry_pieces(op) for op in read_text(text)}
    with pytest.raises(RegistryError, match="a -> b -> a"):
        Registry(lambda: (pieces, {})).get("a")


def test_only_pointwise_ops_are_called_in_expressions() -> None:
    with pytest.raises(RegistryError, match="only pointwise ops"):
        registry.read_text(
            ENTRIES.replace("output = input * sigmoid(input)", "output = input * softmax(input)")
        )


def test_a_users_op_is_added_and_taken_out(small: Registry) -> None:
    (op,) = small.read_text(
        "thrice:\n  doc: x\n  inputs: {input: Float}\n  outputs: {output: Float}\n"
        "  define: output = 3 * sigmoid(input)\n  reference: input\n"
    )
    before = small.names()
    added = small.add(op)
    assert small.get("thrice") is added
    assert small.names() == [*before, "thrice"]
    assert added.define == parse_statements("output = 3 * (1 / (1 + exp(-input)))")
    with pytest.raises(RegistryError, match="of this name already"):
        small.add(op)
    small.remove("thrice")
    assert "thrice" not in small
    with pytest.raises(RegistryError, match="was not added"):
        small.remove("sigmoid")


def test_a_digest_changes_with_what_an_op_calls() -> None:
    first = json.loads(compiled_text(read_entries(ENTRIES)))["digests"]
    changed = ENTRIES.replace("output = 1 / (1 + exp(-input))", "output = 1 / (2 + exp(-input))")
    second = json.loads(compiled_text(read_entries(changed)))["digests"]
    assert {name for name in first if first[name] != second[name]} == {"sigmoid", "silu"}


def test_digests_of_the_compiled_registry_are_those_of_the_ops(small: Registry) -> None:
    stored = json.loads(compiled_text(read_entries(ENTRIES)))
    compiled = Registry(lambda: (stored["entries"], stored["digests"]))
    for name in small.names():
        assert compiled.get(name) == small.get(name)
        assert compiled.digest(name) == small.digest(name)


def test_compiling_writes_a_file_and_checking_finds_it_stale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "definitions"
    folder.mkdir()
    (folder / "small.yaml").write_text(ENTRIES, encoding="utf-8")
    arguments = ["--definitions", str(folder), "--output", str(tmp_path / "generated.json")]
    assert main([*arguments, "--check"]) == 1
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    (folder / "small.yaml").write_text(ENTRIES.replace("exp(-input)", "exq(-input)"))
    assert main([*arguments, "--check"]) == 1
    assert "small.yaml:6" in capsys.readouterr().err


def test_using_the_registry_does_not_import_yaml() -> None:
    code = (
        "import sys; from tensorsmith.ops import registry; registry.get('softmax'); "
        "assert 'yaml' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_op_of_the_package_builds() -> None:
    for name in registry.names():
        assert registry.get(name).name == name


def test_every_requirement_of_the_package_has_a_case_that_breaks_it() -> None:
    for name in registry.names():
        for op in (registry.get(name), *registry.get(name).variants):
            required = [why for why, _ in op.requirements]
            required += [key[9:] for key, _ in op.kernel if key.startswith("require: ")]
            assert not set(required) - {why for why, _ in op.rejects}, op.name
