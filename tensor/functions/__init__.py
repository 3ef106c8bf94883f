"""Functions of tensors: those of the registry, and those of several ops.

of the registry     generated, sources, annotations
of several ops      arrangement, joining, composites, products, quantiles, scattering, selecting,
                    shifting, views
"""
