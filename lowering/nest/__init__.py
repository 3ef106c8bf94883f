"""Nests: which steps share loops, in which order memory is walked, and who does what of the work.

structures              single, split, strip, tile
before a nest is made   reach, settle, fuse, fetching
a nest                  nest, accesses, space, work, collapse, layout_class
"""
