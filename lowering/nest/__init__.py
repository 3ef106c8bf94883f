"""Nests: which steps share loops, in which order memory is walked, and who does what of the work.

the entry point         `schedule.py`; structures: `single.py`, `split.py`, `strip.py`, `tile.py`
before a nest is made   `reach.py`, `settle.py`, `fuse.py`, `fetching.py`
a nest                  `accesses.py`, `space.py`, `work.py`, `collapse.py`, made by `nest.py`
"""
