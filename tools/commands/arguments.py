"""What options take: looked at while the command line is read, before anything is done."""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from ...backends.cache.bundle import SUFFIX as BUNDLE
from ...ops.errors import TensorsmithError


class UsageError(TensorsmithError):
    """The command line is wrong, and nothing was done: the exit status is 2."""


def given(text: str) -> str:
    """Any text but the empty one, which a shell makes of a variable that is not set."""
    if not text:
        raise argparse.ArgumentTypeError("must not be empty (is a shell variable not set?)")
    return text


def count(least: int) -> Callable[[str], int]:
    """A whole number, at least so large."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"must be a whole number, got {text!r}") from None
        if value < least:
            raise argparse.ArgumentTypeError(f"must be at least {least}, got {value}")
        return value

    return read


def existing_file(text: str) -> Path:
    """A file that is there and can be read."""
    path = Path(given(text))
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"must be a file, got the folder {path}")
    if not path.exists():
        raise argparse.ArgumentTypeError(f"there is no file {path}")
    if not os.access(path, os.R_OK):  # not opened: a pipe can be read only once
        raise argparse.ArgumentTypeError(f"{path} must be readable, and this user may not read it")
    return path


def new_file(text: str) -> Path:
    """Where a file can be written, as an absolute path: the program that runs may change folder."""
    path = Path(given(text)).absolute()
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"must be a file, got the folder {path}")
    _check_folder(path)
    return path


def folder(text: str) -> Path:
    """A folder that things can be written to, which is made, with those above it, if it is not
    there."""
    path = Path(given(text)).absolute()
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"must be a folder, got the file {path}")
    there = next(each for each in (path, *path.parents) if each.is_dir())
    _check_folder(there / path.name)
    return path


def bundle_file(text: str) -> Path:
    """Where a bundle can be written, under a name by which programs find it."""
    if not given(text).endswith(BUNDLE):
        raise argparse.ArgumentTypeError(
            f"must end in {BUNDLE}, else no program finds it, got {text}"
        )
    return new_file(text)


def bundle_place(text: str) -> Path:
    """A folder for bundles, which is made if it is not there, or a file as in `bundle_file`."""
    if given(text).endswith(BUNDLE) and not text.endswith("/"):
        return bundle_file(text)
    path = Path(text).absolute()
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(
            f"must be a folder or a file that ends in {BUNDLE}, got the file {path}"
        )
    _check_folder(path / "any" if path.is_dir() else path)
    return path


def _check_folder(path: Path) -> None:
    """Raises ArgumentTypeError if nothing can be made in the folder of a path."""
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"the folder {path.parent} must exist, for {path}")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise argparse.ArgumentTypeError(
            f"the folder {path.parent} must be writable, for {path}: {error.strerror}"
        ) from None


def op(text: str) -> str:
    """The name of an op."""
    from ...ops.errors import RegistryError
    from ...ops.registry import registry

    try:
        return registry.get(given(text)).name
    except RegistryError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def file_or_op(text: str) -> str:
    """A YAML file that is there, or the name of an op."""
    return str(existing_file(text)) if text.endswith((".yaml", ".yml")) else op(text)


def dtype(text: str) -> str:
    """The name of a dtype."""
    from ...ops.dtype import by_name
    from ...ops.errors import ArgumentError

    try:
        return by_name(given(text)).name
    except ArgumentError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def target(text: str) -> str:
    """The name of a target: `native` is this machine."""
    from ...backends.processors import processor_by_name
    from ...ops.errors import ArgumentValueError

    try:
        return processor_by_name(given(text).strip()).target.spelling
    except ArgumentValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def targets(text: str) -> list[str]:
    """What is built for: a target with features stands for the target alone, and for itself."""
    named = [target(name) for name in given(text).split(",")]
    return list(dict.fromkeys(each for name in named for each in (level_of(name), name)))


def level_of(target: str) -> str:
    """The name of a target without its features: that of its bundle."""
    return target.partition("+")[0]
