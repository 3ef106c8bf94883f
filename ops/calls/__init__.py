"""A call of an op, solved: its variant, its dtypes, its sizes, and where its operands' axes lie.

arguments            attributes, specialize
dtypes               words
sizes                sizes, unify, outline, symbols, counted
places               places, views, arrange
what comes out       binding
what else is known   overwriting, draws
"""
