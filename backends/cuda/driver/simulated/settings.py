"""What a simulated machine is like, and what goes wrong on it."""

from __future__ import annotations

from dataclasses import field, fields

from .....ops.dataclass import dataclass
from .....ops.errors import ArgumentValueError
from ..protocol import SMALLEST_VERSION
from ..status import error_of

SIMULATED = "simulated"


@dataclass
class Settings:
    """A simulated machine.

    Attributes:
        devices: How many there are.
        memory: Of each, bytes.
        pinned: Of the host that can be pinned, bytes.
        capability: 90 is sm_90.
        version: Of the driver: 12040 is CUDA 12.4.
        eager: Work runs as soon as it is queued; else when somebody waits for it, so that work
            which does not wait for what it needs is found.
    """

    devices: int = 2
    memory: int = 4 << 30
    pinned: int = 1 << 30
    capability: int = 90
    version: int = SMALLEST_VERSION
    eager: bool = False


def read_settings(text: str) -> Settings:
    """The settings in `simulated:devices=1,memory=1048576,eager=1`.

    Raises:
        ArgumentValueError: It is something else.
    """
    name, _, rest = text.partition(":")
    known = {each.name: each for each in fields(Settings)}
    values: dict[str, int] = {}
    for part in filter(None, rest.split(",")):
        key, _, number = part.partition("=")
        if key not in known or not number.isdecimal():
            raise _wrong(text)
        values[key] = int(number)
    if name != SIMULATED:
        raise _wrong(text)
    made = Settings()
    for key, value in values.items():
        setattr(made, key, type(getattr(made, key))(value))
    return made


def _wrong(text: str) -> ArgumentValueError:
    names = ", ".join(each.name for each in fields(Settings))
    return ArgumentValueError(
        "TENSORSMITH_CUDA must be empty, 'off', or 'simulated', which NAME=NUMBER of "
        f"{names} may follow after a colon, separated by commas; got {text!r}"
    )


@dataclass
class Failures:
    """Calls that will fail, for tests."""

    _planned: dict[str, list[int]] = field(default_factory=dict)

    def plan(self, call: str, code: int, after: int = 0, times: int = 1) -> None:
        """A call of CUDA's name fails `times` times with a status, after `after` that do not."""
        self._planned.setdefault(call, []).extend([0] * after + [code] * times)

    def check(self, call: str) -> None:
        """Raises what was planned for this call."""
        if not self._planned:
            return
        codes = self._planned.get(call)
        if codes:
            code = codes.pop(0)
            if not codes:
                del self._planned[call]
            if code:
                raise error_of(call, code)
