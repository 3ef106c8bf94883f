// Products of matrices by warp groups, as `warp_group.h` asks for them; see simt.h.
//
// Factors are read through the descriptor, bit by bit as the hardware does: elements that lie elsewhere, or packs that
// are turned in another way, give other numbers. A product is under way from its beginning until all of its warp group
// have waited for it. Found are: sums that are touched meanwhile, or that no fence has settled; factors that are written meanwhile,
// or that were written and not shown to products, or that a copy is still on its way to; threads of a group that
// multiply different matrices, or not equally often.

namespace simt {

inline unsigned shared_address(const void *place) { return (unsigned)((const char *)place - shared_memory); }

constexpr int GROUP = 128, MOST_GROUPS = MOST_THREADS / GROUP, MOST_DECODED = 32, PRODUCT_ROWS = 64, PRODUCT_DEPTH = 16;

// The factors of a product of a group, read when its first thread comes to it.
struct Decoded {
  unsigned block, number, waited;  // for how many threads of the group it is over
  uint64_t left, right;
  bool reads[PACKS];
  float rows[PRODUCT_ROWS][PRODUCT_DEPTH], columns[256][PRODUCT_DEPTH];
};
inline Decoded decoded[MOST_GROUPS][MOST_DECODED];

// Where an element of a factor lies: layouts of packs turned in lines of 128 bytes.
inline const char *element_place(uint64_t matrix, bool turned, unsigned row, unsigned depth) {
  const unsigned start = (matrix & 0x3fff) << 4, leading = (matrix >> 16 & 0x3fff) << 4, stride = (matrix >> 32 & 0x3fff) << 4;
  unsigned place = start;
  if (turned) place += row % 64 * 2 + row / 64 * leading + depth % 8 * 128 + depth / 8 * stride;
  else place += depth * 2 + row % 8 * 128 + row / 8 * stride;
  return shared_memory + (place ^ (place >> 7 & 7) << 4);
}

// Takes the elements of a factor, and notes which packs a product reads.
inline void read_factor(float (*wide)(unsigned short), uint64_t matrix, bool turned, int rows, float (*to)[PRODUCT_DEPTH],
                        bool *reads) {
  if (matrix >> 62 != 1 || (matrix >> 49 & 7)) return fail("a matrix descriptor has a layout that is not known: %llx", matrix);
  for (int row = 0; row < rows; row++)
    for (int depth = 0; depth < PRODUCT_DEPTH; depth++) {
      const char *place = element_place(matrix, turned, row, depth);
      uint16_t bits;
      if (place + 2 > shared_memory + SHARED_BYTES || !reachable(place, 2)) return;
      const size_t pack = (place - shared_memory) / 16;
      if (writers[pack] && fibers[writers[pack] - 1].shown <= written_at[pack])
        return fail("a product reads what thread %lld has written and not shown", writers[pack] - 1);
      if (!reads[pack]) reads[pack] = true, readers[pack]++;
      memcpy(&bits, place, 2);
      to[row][depth] = wide(bits);
    }
}

inline void settle_sums(const float *sums, int count) {
  current->sums = (const char *)sums, current->sums_end = (const char *)(sums + count), current->settled = true;
}

inline void show_copies() { current->shown = ++moments; }
inline void end_products() { current->product_group++; }

inline void wait_for_products(unsigned left) {
  Fiber *mine = current;
  int kept = 0;
  for (int k = 0; k < mine->products; k++) {
    const Product product = products[mine - fibers][k];
    if (product.group + left >= mine->product_group) {
      products[mine - fibers][kept++] = product;
      continue;
    }
    Decoded &factors = decoded[(mine - fibers) / GROUP][product.number % MOST_DECODED];
    if (++factors.waited < GROUP) continue;
    for (size_t pack = 0; pack < PACKS; pack++) readers[pack] -= factors.reads[pack];
  }
  mine->products = kept;
  wait(AT_EXCHANGE, -7);  // all of the warp wait together
}

// Adds the products of a thread's rows and columns, with the optimizer's help.
template <int COLUMNS> __attribute__((optimize("O3"))) void add_products(const Decoded &factors, unsigned thread, float *sums) {
  const unsigned row = thread % GROUP / WARP * 16 + thread % WARP / 4, column = thread % 4 * 2;
  for (unsigned k = 0; k < COLUMNS / 2; k++) {
    const float *a = factors.rows[row + k / 2 % 2 * 8], *b = factors.columns[k / 4 * 8 + column + k % 2];
    float sum = sums[k];
    for (int depth = 0; depth < PRODUCT_DEPTH; depth++) sum += a[depth] * b[depth];
    sums[k] = sum;
  }
}

template <int COLUMNS> void multiply_group(float (*wide)(unsigned short), float *sums, uint64_t left, uint64_t right,
                                           bool turned_left, bool turned_right) {
  Fiber *mine = current;
  const unsigned thread = thread_index.x;
  wait(AT_EXCHANGE, -5);  // all of the warp take part
  if (!mine->settled || mine->sums != (const char *)sums || mine->sums_end != (const char *)(sums + COLUMNS / 2))
    return fail("thread %lld of block %lld multiplies into sums that are not settled", thread, block_index.x);
  if (mine->products == MOST_PRODUCTS) return fail("thread %lld of block %lld has too many products under way", thread, block_index.x);
  const unsigned number = ++mine->product_number;
  Decoded &factors = decoded[thread / GROUP][number % MOST_DECODED];
  if (factors.number != number || factors.block != block_number) {
    factors.block = block_number, factors.number = number, factors.waited = 0, factors.left = left, factors.right = right;
    memset(factors.reads, 0, sizeof factors.reads);
    read_factor(wide, left, turned_left, PRODUCT_ROWS, factors.rows, factors.reads);
    read_factor(wide, right, turned_right, COLUMNS, factors.columns, factors.reads);
  }
  if (factors.left != left || factors.right != right)
    return fail("thread %lld of block %lld multiplies other matrices than its warp group", thread, block_index.x);
  add_products<COLUMNS>(factors, thread, sums);
  products[thread][mine->products++] = {number, mine->product_group};
}

}  // namespace simt

using simt::shared_address;
