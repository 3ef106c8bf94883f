"""Methods of tensors that are no functions of the registry, and where all are put on the class."""
