"""The words of a composite's call: of all its arguments, wherever tensors stand among them."""

from __future__ import annotations

from ...backends.native.language import Address, Array, Int, Struct, cast, native
from ...backends.native.python import (
    ELLIPSIS,
    LIST,
    SLICE,
    TUPLE,
    Object,
    PyTuple_GetItem,
    PyTuple_Size,
)  # fmt: skip
from .calls import place_among
from .history import ASK, leads_somewhere
from .items import SliceObject
from .objects import STATE, TensorObject
from .plans import MOST_WORDS
from .switches import flags_here
from .words import count_parts, describe_value, is_plain, part_of

MOST_TENSORS = 16
RUN, REST, NAME, LISTED, GROUPED = 13, 14, 15, 16, 17  # words, beside those of `words.py`
ROOM = MOST_WORDS - 16


class Walk(Struct):
    """What a walk over arguments has found so far.

    Attributes:
        words, count: The words of the call.
        room, tensors: Tensors among the arguments.
    """

    words: Array[Int]
    count: Int
    room: Array[Address]
    tensors: Int


@native
def describe_tensor(walk: Walk, value: Address) -> Int:
    """Adds a tensor: its layout, which earlier one it is, whether gradients flow to it; whether
    there is room."""
    leads = leads_somewhere(cast(TensorObject, value))
    if leads == ASK or walk.tensors >= MOST_TENSORS or walk.count + 3 > MOST_WORDS - 8:
        return 0
    words = walk.words
    words[walk.count] = cast(TensorObject, value).layout
    words[walk.count + 1] = place_among(value, walk.room, walk.tensors)
    words[walk.count + 2] = leads
    walk.count += 3
    walk.room[walk.tensors] = value
    walk.tensors += 1
    return 1


@native
def describe_plain(walk: Walk, value: Address) -> Int:
    """Adds something that is neither a tensor nor holds one, by its value; whether it can be."""
    count = describe_value(walk.words, walk.count, value)
    if count < 0:
        return 0
    walk.count = count
    return 1


@native
def describe_run(walk: Walk, part: SliceObject) -> Int:
    """Adds a slice; whether its bounds can be told."""
    if describe_plain(walk, part.start) == 0 or describe_plain(walk, part.stop) == 0:
        return 0
    return describe_plain(walk, part.step)


@native
def describe_part(walk: Walk, value: Address) -> Int:
    """Adds a tensor, a slice, an ellipsis, or a value; whether it can be."""
    kind = cast(Object, value).type
    if is_plain(kind) != 0:
        return describe_tensor(walk, value)
    if kind == SLICE:
        walk.words[walk.count] = RUN
        walk.count += 1
        return describe_run(walk, cast(SliceObject, value))
    if value == ELLIPSIS:
        walk.words[walk.count] = REST
        walk.count += 1
        return 1
    return describe_plain(walk, value)


@native
def describe_argument(walk: Walk, value: Address) -> Int:
    """Adds an argument, of a tuple or a list each item; whether it can be."""
    kind = cast(Object, value).type
    if walk.count > ROOM:
        return 0
    if kind != TUPLE and kind != LIST:
        return describe_part(walk, value)
    size = count_parts(value)
    walk.words[walk.count] = LISTED if kind == LIST else GROUPED
    walk.words[walk.count + 1] = size
    walk.count += 2
    for number in range(size):
        if walk.count > ROOM or describe_part(walk, part_of(value, number)) == 0:
            return 0
    return 1


@native
def describe_call(walk: Walk, arguments: Array[Address], count: Int, names: Address) -> Int:
    """The words of a call; whether there are any. 0 with an exception if memory ran out."""
    flags = flags_here()
    if not flags:
        return 0
    words = walk.words
    words[0] = STATE.epoch
    words[1] = flags.grad + 2 * flags.inference + 4 * flags.hooks + 8 * flags.elsewhere
    words[2] = flags.autocast
    walk.count = 3
    walk.tensors = 0
    for number in range(count):
        if describe_argument(walk, arguments[number]) == 0:
            return 0
    if names != 0:
        for number in range(PyTuple_Size(names)):
            if walk.count > ROOM:
                return 0
            words[walk.count] = NAME
            words[walk.count + 1] = PyTuple_GetItem(names, number)
            walk.count += 2
            if describe_argument(walk, arguments[count + number]) == 0:
                return 0
    return 1
