"""Tensors made: from shapes, numbers and data, in order, at random.

from shapes     creation, making, constructor, sequences, windows
from data       data, nested
at random       generator, drawing, random, random_inplace
"""
