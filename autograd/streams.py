"""Streams of GPUs in backward: the backward of a call runs on the stream that the call ran on.

A stream other than the default one is noted in the node's metadata. Around the node's backward the
two streams wait for each other, so that gradients are there when they are read, and memory is not
given out again too early.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .. import backends
from ..tensor.devices import device
from .node import Node

_KEY = object()  # of the node's metadata


def note_stream(node: Any, place: device) -> None:
    """Notes on which stream of a GPU the call of a node has run, unless on the default one."""
    devices = backends.family(place.type)
    queue = devices.current_queue(place.index)
    if queue is not devices.default_queue(place.index):
        node._metadata = {**(node._metadata or {}), _KEY: (place, queue)}


@contextmanager
def stream_of(node: Node) -> Iterator[None]:
    """Makes the stream of a node's call the current one of its device."""
    place, queue = node._metadata[_KEY]  # type: ignore[index]
    devices = backends.family(place.type)
    outside = devices.current_queue(place.index)
    if queue is outside:
        yield
        return
    devices.wait_for(queue, outside)
    devices.set_current_queue(queue)
    try:
        yield
    finally:
        devices.set_current_queue(outside)
        devices.wait_for(outside, queue)


def has_stream(node: Node) -> bool:
    """Whether the call of a node ran on another stream than the default one."""
    return node._metadata is not None and _KEY in node._metadata
