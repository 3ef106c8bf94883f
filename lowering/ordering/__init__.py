"""Elements put in order: sorting, selecting, the first few, places that a condition picks.

These kernels have loops whose bounds depend on values, which no statement of an entry describes.
They are written in loop IR like all others: specialised on how elements lie in memory and compare,
never on sizes; work is cut by sizes alone, so that results are the same for any number of threads.
"""

from .plan import build, match

__all__ = ["build", "match"]
