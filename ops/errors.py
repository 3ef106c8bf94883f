"""The exceptions that tensorsmith raises: PyTorch's types, so that code which catches those works.

A message reads `op: what must hold: got ...`, with the names, shapes and dtypes seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager


class TensorsmithError(Exception):
    """Base of every exception that tensorsmith raises on purpose."""


class ShapeError(TensorsmithError, RuntimeError):
    """Shapes that do not fit together, or a requirement on sizes that does not hold."""


class UnequalShapeError(ShapeError, ValueError):
    """Shapes that could be broadcast where an op wants them to be equal."""


class DtypeError(TensorsmithError, RuntimeError):
    """An element type that an op does not take."""


class DeviceError(TensorsmithError, RuntimeError):
    """Operands on different devices, or a device that is not there."""


class DimensionError(TensorsmithError, IndexError):
    """A dim outside of the dims that a tensor has."""


class IndexRangeError(TensorsmithError, IndexError):
    """An index into a tensor outside of its extent."""


class ArgumentError(TensorsmithError, TypeError):
    """An argument of the wrong Python type, missing, or not known."""


class ArgumentValueError(TensorsmithError, ValueError):
    """An argument of the right type whose value is not allowed."""


class NumberOverflowError(TensorsmithError, OverflowError):
    """An integer that 64 bits cannot hold."""


class RegistryError(TensorsmithError, ValueError):
    """A mistake in an op entry.

    Args:
        message: What is wrong, and what would be right.
        file: Name of the file, or of the piece of text, that holds the entry.
        line: 1-based line in it; 0 if not known.
        column: 1-based column of what is wrong: within the expression or type, or within `source`
            if that is given; 0 if not known.
        entry: Name of the op entry.
        path: Keys that lead to the wrong piece of the entry.
        source: The line of the file, shown under the message with a caret.
    """

    def __init__(
        self,
        message: str,
        file: str = "",
        line: int = 0,
        column: int = 0,
        entry: str = "",
        path: tuple[str | int, ...] = (),
        source: str = "",
    ) -> None:
        self.message = message
        self.file = file
        self.line = line
        self.column = column
        self.entry = entry
        self.path = path
        self.source = source
        super().__init__(self._describe())

    def _describe(self) -> str:
        place = self.file
        if self.line:
            place += f":{self.line}" if place else f"line {self.line}"
        if self.column:
            place += f", column {self.column}" if place else f"column {self.column}"
        subject = f"{self.entry}: " if self.entry else ""
        text = f"{place}: {subject}{self.message}" if place else f"{subject}{self.message}"
        if not self.source:
            return text
        caret = f"\n  {' ' * (self.column - 1)}^" if self.column else ""
        return f"{text}\n  {self.source}{caret}"

    def located(
        self, file: str, line: int, entry: str, path: tuple[str | int, ...] = ()
    ) -> RegistryError:
        """The same mistake with file, line, entry and path where they were not known."""
        return RegistryError(
            self.message,
            self.file or file,
            line + max(self.line - 1, 0) if not self.file else self.line,
            self.column,
            self.entry or entry,
            (*path, *self.path),
            self.source,
        )

    def within(self, *path: str | int) -> RegistryError:
        """The same mistake, in the piece of the entry to which more keys lead."""
        return RegistryError(
            self.message, self.file, self.line, self.column, self.entry, (*path, *self.path)
        )

    def moved(self, line: int) -> RegistryError:
        """The same mistake at another line."""
        return RegistryError(
            self.message, self.file, line, self.column, self.entry, self.path, self.source
        )

    def shown(self, source: str, column: int) -> RegistryError:
        """The same mistake with the line of the file that it is in."""
        return RegistryError(
            self.message, self.file, self.line, column, self.entry, self.path, source
        )


@contextmanager
def within(*path: str | int) -> Iterator[None]:
    """Notes in mistakes which piece of the entry they are in, by the keys that lead there."""
    try:
        yield
    except RegistryError as error:
        raise error.within(*path) from None


class LoweringError(TensorsmithError, RuntimeError):
    """A definition that no schedule can turn into loops."""


class BackendError(TensorsmithError, RuntimeError):
    """A kernel that could not be compiled, loaded or launched."""


class MissingKernelError(BackendError):
    """Machine code that no cache has, where compiling is forbidden or there is no compiler."""


class CustomOpError(TensorsmithError, RuntimeError):
    """A call of an op implemented by hand, or what its code returned, that its schema forbids."""


class OpCheckError(TensorsmithError, AssertionError):
    """A property of an op that `opcheck` found not to hold."""


class OutOfMemoryError(TensorsmithError, MemoryError, RuntimeError):
    """Memory that the device does not have; PyTorch raises a RuntimeError."""


class RequirementError(ShapeError, ArgumentValueError):
    """A requirement on attributes that does not hold: both a RuntimeError and a ValueError."""


class ViewError(ShapeError):
    """A shape that a tensor's strides cannot show without a copy."""


def nearest(name: str, known: Collection[str]) -> str:
    """`; did you mean x?` for the known name that is most like `name`, or nothing."""
    import difflib  # which few programs need: importing the package does without

    close = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""
