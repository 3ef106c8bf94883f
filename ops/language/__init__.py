"""The language of definitions: an op as data, read from text, printed, and made simpler.

words               vocabulary, primitives, numerals
what it is          expression, op, signature
from text, to text  syntax, scope, expression_reader, parse, text
sizes as functions  integers
algebra             algebra, simplify, hoist, split, tidy
"""
