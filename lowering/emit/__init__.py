"""Nests -> instructions of the loop IR.

the structure       shape
the nest            nest, passes, element, owned, strip, tile, moments
its loops           loops, parts, limits, streams, fetching
memory, registers   memory, stores, reduction
values              expression, choice, power, halving, call, positions, dependence
"""
