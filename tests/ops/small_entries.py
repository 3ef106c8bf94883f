"""A dozen small entries that have every feature of the notation, for tests of the language."""

ENTRIES = """\
sigmoid:
  doc: Logistic function.
  inputs: {input: Inexact}
  outputs: {output: Inexact}
  inplace: true
  define: output = 1 / (1 + exp(-input))
  derivative:
    doutput/dinput: output * (1 - output)
  laws:
    - sigmoid(-input) == 1 - sigmoid(input)
  reference: special.expit(input)

silu:
  doc: The element times its sigmoid.
  inputs: {input: Inexact}
  outputs: {output: Inexact}
  define: output = input * sigmoid(input)
  reference: input * special.expit(input)

add:
  doc: Sum of two tensors.
  inputs: {input: Number, other: Number}
  attrs:
    alpha: number = 1                     -- factor of `other`
  order: [input, other, "*", alpha]
  outputs: {output: Number}
  define: output = input + alpha * other
  reference: np.add(input, alpha * other)

sum:
  doc: Sum of the elements along dims.
  inputs:
    input: Number[..., N]
  attrs:
    dim: Axes(N) = all                    -- dims to add up
    keepdim: Keep(N) = false
    dtype: Dtype = None
  outputs:
    output: Wide(Number)[...]
  define: output = sum[n](input[n])
  reference: np.sum(input, axis=dim, keepdims=keepdim)
  samples:
    - {input: [2, 3, 4], dim: [0, 2], keepdim: true}
  rejects:
    dim: {input: [2, 3], dim: 2}

softmax:
  doc: Exponentials that sum to one along a dim.
  names: [softmax, nn.functional.softmax]
  inputs:
    input: Float[..., N]
  attrs:
    dim: Axis(N)
  outputs:
    output: Float[..., N]
  define: output[n] = exp(input[n]) / sum[n1](exp(input[n1]))
  compute: |
    largest = max[n](input[n])
    power[n] = exp(input[n] - largest)
    output[n] = power[n] / sum[n1](power[n1])
  adjoint:
    dinput[n]: output[n] * (doutput[n] - sum[n1](output[n1] * doutput[n1]))
  reference: special.softmax(input, dim)
  samples:
    - {input: [2, 5], dim: -1}
  rejects:
    dim: {input: [2, 3], dim: 2}

gather:
  doc: Elements along a dim, chosen by index.
  inputs:
    input: Any[..., N]
    index: Integer[..., M]
  attrs:
    dim: Axis(N)
  order: [input, dim, index]
  outputs:
    output: Any[..., M]
  define: output[m] = input[index[m]]
  reference: np.take_along_axis(input, index, dim)
  samples:
    - {input: [3, 5], dim: 1, index: {shape: [3, 2], range: [0, 5]}}

matmul:
  doc: Matrix product over the last two dims.
  inputs:
    input: Number[..., M?, K]
    other: Number[..., K, N?]
  outputs:
    output: Number[..., M?, N?]
  define: output[m, n] = sum[k](input[m, k] * other[k, n])
  reference: np.matmul(input, other)
  samples:
    - {input: [3, 4], other: [4, 5]}
  rejects:
    axis K: {input: [3, 4], other: [5, 4]}

addmm:
  doc: Product of two matrices added to a matrix.
  inputs:
    input: Number[M?, N?]
    mat1: Number[M, K]
    mat2: Number[K, N]
  outputs:
    output: Number[M, N]
  define: output[m, n] = input[m, n] + sum[k](mat1[m, k] * mat2[k, n])
  reference: input + np.matmul(mat1, mat2)
  samples:
    - {input: [3, 1], mat1: [3, 4], mat2: [4, 5]}

conv2d:
  doc: Cross-correlation of images with a bank of filters.
  names: [conv2d]
  inputs:
    input: Float[..., G*C, H, W]          -- images, channels first
    weight: Float[G*F, C, KH, KW]
    bias: Float[G*F] = 0
  attrs:
    stride: (SH, SW) = 1
    padding: (PH, PW) = 0
    groups: G = 1
  outputs:
    output: Float[..., G*F, OH, OW]
  sizes:
    OH: (H + 2*PH - KH) // SH + 1
    OW: (W + 2*PW - KW) // SW + 1
  require:
    stride must be positive: min(SH, SW) > 0
    the kernel must fit into the padded input: min(OH, OW) > 0
  define: |
    output[(g, f), oh, ow] = bias[(g, f)] + sum[c, kh, kw](
        input[(g, c), oh*SH + kh - PH, ow*SW + kw - PW] * weight[(g, f), c, kh, kw])
  outside: {input: 0}
  reference: torch.nn.functional.conv2d(input, weight, bias, stride, padding, 1, groups)
  source: Dumoulin and Visin 2016, arXiv:1603.07285
  samples:
    - {input: [1, 4, 6, 6], weight: [6, 2, 3, 3], bias: [6], groups: 2, stride: 2, padding: 1}
  rejects:
    stride must be positive: {input: [1, 1, 4, 4], weight: [1, 1, 3, 3], stride: 0}
    the kernel must fit into the padded input: {input: [1, 1, 4, 4], weight: [1, 1, 7, 7]}

nll_loss:
  doc: Scores of the wanted classes, negated.
  names: [nn.functional.nll_loss]
  inputs:
    input: Float[B?, C, *S]
    target: Integer[B?, *S]
    weight: Float[C] = 1
  attrs:
    reduction: mean|sum|none = mean
  outputs:
    output: Float[B?, *S] if reduction == none else Float[]
  require:
    there must be a class: C > 0
  define: |
    share[b, s] = weight[target[b, s]]
    loss[b, s] = -share[b, s] * input[b, target[b, s], s]
    if reduction == 'none':
      output[b, s] = loss[b, s]
    if reduction == 'sum':
      output = sum[b, s](loss[b, s])
    if reduction == 'mean':
      output = sum[b, s](loss[b, s]) / sum[b, s](share[b, s])
  reference:
    torch: torch.nn.functional.nll_loss(input, target, weight, reduction=reduction)
  samples:
    - {input: [4, 3], target: {values: [0, 2, 1, 0]}, weight: {shape: [3], range: [0.1, 1]}}
  rejects:
    there must be a class: {input: [4, 0], target: {values: [0, 0, 0, 0]}}

layer_norm:
  doc: Trailing dims brought to zero mean.
  inputs:
    input: Float[..., *N]
    weight: Float[*N] = 1
  attrs:
    normalized_shape: Shape(N)
    eps: float = 1e-5
  order: [input, normalized_shape, weight, eps]
  outputs:
    output: Float[..., *N]
  define: |
    mean = sum[n](input[n]) / N
    output[n] = (input[n] - mean) * weight[n] + eps
  reference: (input - input.mean(-1, keepdims=True)) * weight + eps
  samples:
    - {input: [2, 3, 4], normalized_shape: [3, 4]}

mse_loss:
  doc: Mean of the squared differences.
  inputs:
    input: Float[*S]
    target: Float[*S]
  outputs:
    output: Float[]
  define: output = sum[s]((input[s] - target[s]) * (input[s] - target[s])) / S
  reference: np.mean(np.square(input - target))

full:
  doc: A tensor filled with one number.
  names: [full]
  attrs:
    size: Shape(S)
    fill_value: number
    dtype: Dtype = None
  outputs:
    output: Any[*S]
  define: output[s] = fill_value
  reference: np.full(size, fill_value)

max:
  doc: Largest element, of the whole tensor or along a dim with its position.
  variants:
    - inputs:
        input: Ordered[*N]
      outputs:
        output: Ordered[]
      define: output = max[n](input[n])
      reference: np.max(input)
    - doc: Largest element along a dim, and its position.
      inputs:
        input: Ordered[..., N]
      attrs:
        dim: Axis(N)
        keepdim: Keep(N) = false
      outputs:
        values: Ordered[...]
        indices: int64[...]
      define: |
        indices = argmax[n](input[n])
        values = input[indices]
      nondifferentiable: [indices]
      reference: (np.max(input, dim), np.argmax(input, dim))

transpose:
  doc: Two dims exchanged.
  inputs: {input: Any}
  attrs: {dim0: int, dim1: int}
  outputs: {output: Any}
  view:
    shape: swap(shape, wrap(dim0), wrap(dim1))
    strides: swap(strides, wrap(dim0), wrap(dim1))
    offset: 0
  reference: np.swapaxes(input, dim0, dim1)

sort:
  doc: The elements of a dim in order, and where they were.
  inputs:
    input: Ordered[..., N]
  attrs:
    dim: Axis(N) = -1
  outputs:
    values: Ordered[..., N]
    indices: int64[..., N]
  adjoint:
    dinput: scatter_add(zeros_like(input), dim, indices, dvalues)
  nondifferentiable: [indices]
  kernel: {name: sort}
  reference: (np.sort(input, dim), np.argsort(input, dim))
"""
