"""LLVM IR text to machine code."""

from __future__ import annotations

import hashlib
import os
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...ops.errors import BackendError
from ...ops.lock import PREPARING
from ..cache.key import ALL_PASSES, OPTIONS, Options
from .llvm import binding, set_flags
from .machine import Machine


@cache
def _generator(machine: Machine, options: Options) -> Any:
    """LLVM's target machine: position-independent code, so that an object can lie anywhere."""
    llvm = binding()
    native = llvm.get_default_triple().split("-")[0]
    if machine.triple.split("-")[0] != native:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
    target = llvm.Target.from_triple(machine.triple)
    return target.create_target_machine(
        cpu=machine.processor,
        features=machine.features,
        opt=options.optimization,
        reloc=options.relocation,
        codemodel=options.model,
    )


@cache
def compiler_version() -> str:
    """What tells versions of the code generator apart, for the key of a cached object.

    It is read from llvmlite's file: importing it, or asking for its metadata, costs more than all
    the rest of a warm start.
    """
    try:
        found = find_spec("llvmlite")
    except (ImportError, ValueError):
        found = None
    if found is None or not found.submodule_search_locations:
        return "llvmlite is not installed"
    path = Path(found.submodule_search_locations[0]) / "_version.py"
    try:
        return "llvmlite " + hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        from importlib.metadata import version

        return f"llvmlite {version('llvmlite')}"


def compile_text(text: str, machine: Machine, name: str, options: Options = OPTIONS) -> bytes:
    """A relocatable object.

    Args:
        text: LLVM IR of a module.
        machine: What to compile for.
        name: Of the kernel, for messages.
        options: What the compiler is told.

    Raises:
        BackendError: LLVM rejects the text, or llvmlite is missing.
    """
    if "ir" in os.environ.get("TENSORSMITH_SHOW", ""):
        sys.stderr.write(text)
    with PREPARING:  # LLVM's global context is not thread-safe
        return _compile(text, machine, name, options)


def _compile(text: str, machine: Machine, name: str, options: Options) -> bytes:
    """What `compile_text` gives. Its module ends with this frame, under the lock."""
    llvm = binding()
    generator = _generator(machine, options)
    try:
        module = llvm.parse_assembly(text)
        module.verify()
    except RuntimeError as error:
        raise BackendError(
            f"{name}: LLVM rejects the generated code: {str(error).strip()}; "
            "set TENSORSMITH_SHOW=ir to see it"
        ) from error
    set_flags(options.flags)
    _optimize(llvm, generator, module, text, options)
    return bytes(generator.emit_object(module))


def _optimize(llvm: Any, generator: Any, module: Any, text: str, options: Options) -> None:
    """Few passes: kernels come with explicit vectors, unrolled, and with nothing to inline.

    Instruction selection does the folding; running instcombine before it was measured to cost a
    fifth of the compile time and to make contraction kernels larger. What is computed twice in
    straight code is found while the text is written; loops that carry many values also have some
    that go on alike, which only LLVM finds. Code that is not written in explicit vectors gets all
    of LLVM's passes.
    """
    if options.passes == ALL_PASSES:
        tuning = llvm.create_pipeline_tuning_options(speed_level=2)
        builder = llvm.create_pass_builder(generator, tuning)
        builder.getModulePassManager().run(module, builder)
        return
    if text.count(" phi ") < options.carried:
        return
    passes = llvm.create_new_module_pass_manager()
    for name in options.passes:
        getattr(passes, f"add_{name.replace('-', '_')}_pass")()
    tuning = llvm.create_pipeline_tuning_options(speed_level=1)
    passes.run(module, llvm.create_pass_builder(generator, tuning))


def assembly(text: str, machine: Machine) -> str:
    """Assembly of a module, as `compile_text` makes it."""
    with PREPARING:
        llvm = binding()
        generator = _generator(machine, OPTIONS)
        module = llvm.parse_assembly(text)
        set_flags(OPTIONS.flags)
        _optimize(llvm, generator, module, text, OPTIONS)
        printed = str(generator.emit_assembly(module))
        del module
        return printed


def load_with_llvm(image: bytes, names: tuple[str, ...]) -> dict[str, int]:
    """Addresses of functions in an object, mapped by LLVM's own linker; they stay for good."""
    with PREPARING:
        llvm = binding()
        engine = _engine()
        engine.add_object_file(llvm.ObjectFileRef.from_data(image))
        engine.finalize_object()
        return {name: engine.get_function_address(name) for name in names}


@cache
def _engine() -> Any:
    llvm = binding()
    machine = llvm.Target.from_default_triple().create_target_machine()
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
