"""What users see of GPUs besides tensors: `tensorsmith.cuda` shows it under PyTorch's names."""
