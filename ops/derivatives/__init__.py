"""Derivatives as ops: statements in, the statements of the adjoint or the tangent out.

the door            derive
reverse, forward    adjoint, tangent
what both stand on  program, partials, scans
complex numbers     holomorphic
"""
