"""What can be wrong with an op, found before anything runs.

all of it          check, body
part by part       binding, choices, declared, kinds, subscripts
"""
