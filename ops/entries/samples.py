"""Arguments that an entry is tested with, or must reject."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import RegistryError, nearest
from ..language.op import REQUIRED, AttributeSpec, Input, Sample
from ..language.signature import parse_literal
from .pieces import Piece

_SAMPLE_KEYS = ("values", "shape", "range", "dtype")


class Samples:
    """Reads samples as arguments of an op.

    Args:
        inputs: The op's inputs.
        attributes: The op's attributes.
    """

    def __init__(self, inputs: tuple[Input, ...], attributes: tuple[AttributeSpec, ...]) -> None:
        self.inputs = {each.name for each in inputs}
        self.attributes = {spec.name: spec for spec in attributes}

    def read(self, value: Piece) -> Sample:
        """The arguments that a mapping gives.

        Raises:
            RegistryError: One has no name of the op's, or no value that it could have.
        """
        if not isinstance(value, Mapping):
            raise RegistryError(f"a sample must be a mapping of arguments, got {value!r}")
        found: list[tuple[str, object]] = []
        for name, given in value.items():
            if name in self.inputs:
                found.append((name, _tensor_sample(name, given)))
            elif name in self.attributes:
                found.append((name, _attribute_sample(self.attributes[name], given)))
            else:
                hint = nearest(name, [*self.inputs, *self.attributes])
                raise RegistryError(f"{name} is not an argument{hint}")
        return Sample(tuple(found))

    def read_complete(self, value: Piece) -> Sample:
        """The same of a mapping that must give every choice that has no default."""
        sample = self.read(value)
        given = {name for name, _ in sample.arguments}
        for spec in self.attributes.values():
            if spec.kind == "choice" and spec.default is REQUIRED and spec.name not in given:
                raise RegistryError(f"a sample must give {spec.name}, which has no default")
        return sample


def _tensor_sample(name: str, given: Piece) -> object:
    if not isinstance(given, Mapping):
        return _literals(given, f"sample of {name}")
    for key in given:
        if key not in _SAMPLE_KEYS:
            raise RegistryError(
                f"sample of {name} must have the keys {', '.join(_SAMPLE_KEYS)}, got {key}"
                f"{nearest(key, _SAMPLE_KEYS)}"
            )
    return {
        key: str(each) if key == "dtype" else _literals(each, f"sample of {name}")
        for key, each in given.items()
    }


def _attribute_sample(spec: AttributeSpec, given: Piece) -> object:
    subject = f"sample of {spec.name}"
    if spec.kind in ("choice", "text", "dtype") and isinstance(given, str):
        missing = given in ("None", "none", "null") and "none" not in spec.words
        return None if missing else given.strip("'\"")
    if spec.kind == "any":
        try:
            return _literals(given, subject)
        except RegistryError:
            return given
    return None if given in ("null", "all") else _literals(given, subject)


def _literals(value: Piece, subject: str) -> object:
    """A piece with every string in it read as a Python literal."""
    if isinstance(value, list):
        return [_literals(each, subject) for each in value]
    if isinstance(value, Mapping):
        return {key: _literals(each, subject) for key, each in value.items()}
    return parse_literal(str(value), subject)
