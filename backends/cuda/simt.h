// Runs the kernels behind it on the host, one block at a time, and finds what a GPU would not tell.
//
// A thread is a fiber where the kernel has barriers or exchanges; it gives way there. Kernels without run each thread
// to its end. Found are: an access outside of the operands and the shared memory of the launch, a barrier that some
// threads of a block never reach or an exchange that some of a warp do not take part in, or reach at another place.
// Copies that go on while a thread does arrive when it waits for them: whoever touches what is under way before is
// found, and so is a small matrix whose rows meet in a bank. Shared memory starts out poisoned in every block. Threads
// and blocks run in one order or in the opposite one: a race shows in results that differ. What products of warp
// groups add to this is in simt_warp_group.h.
#pragma once
#define TENSORSMITH_HOST
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#ifndef __x86_64__
#include <ucontext.h>
#endif

#define __global__
#define __device__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__

namespace simt {

struct Index { unsigned x; };
struct Range { const char *begin, *end; };

constexpr int MOST_THREADS = 1024, MOST_RANGES = 8192, WARP = 32;
constexpr size_t STACK = 256 << 10, SHARED_BYTES = 228 << 10;

inline Index thread_index, block_index, grid_size;
inline unsigned block_size;
inline bool backwards;  // blocks and threads run from the last to the first
inline Range ranges[MOST_RANGES];
inline int range_count, operand_count;
inline char message[256];
alignas(1024) inline char shared_memory[SHARED_BYTES];

inline void fail(const char *what, long long first = 0, long long second = 0) {
  if (!message[0]) snprintf(message, sizeof message, what, first, second);
}

// -- memory ---------------------------------------------------------------------------------------------------------

inline bool under_way[SHARED_BYTES];  // bytes of shared memory that are being copied to

// For products of warp groups, by packs of 16 bytes: how many that are under way read one, which thread wrote it last
// (counted from 1), and when. Moments are counted by threads that show to products what they wrote.
constexpr size_t PACKS = SHARED_BYTES / 16;
inline unsigned short readers[PACKS], writers[PACKS];
inline unsigned written_at[PACKS], moments, block_number;

bool touches_sums(const char *begin, size_t bytes);
void written(const void *place, size_t bytes);

inline bool reachable(const void *place, size_t bytes) {
  static int last = 0;
  const char *begin = (const char *)place;
  if (touches_sums(begin, bytes)) return false;
  if (begin >= shared_memory && begin < shared_memory + SHARED_BYTES)
    for (size_t k = 0; k < bytes; k++)
      if (under_way[begin - shared_memory + k]) {
        fail("thread %lld of block %lld touches shared memory that a copy is on its way to", thread_index.x, block_index.x);
        return false;
      }
  if (last < range_count && begin >= ranges[last].begin && begin + bytes <= ranges[last].end) return true;
  for (int k = 0; k < range_count; k++)
    if (begin >= ranges[k].begin && begin + bytes <= ranges[k].end) {
      last = k;
      return true;
    }
  fail("thread %lld of block %lld reaches outside of all operands", thread_index.x, block_index.x);
  return false;
}

inline void aligned(const void *place, size_t bytes) {
  if ((uintptr_t)place % (bytes < 16 ? bytes : 16))
    fail("thread %lld of block %lld loads a pack that is not aligned", thread_index.x, block_index.x);
}

// Takes a range; without one, what comes after it would not be checked.
inline void note_range(const void *begin, const void *end) {
  if (range_count == MOST_RANGES) fail("more than %lld pieces of memory at once: raise MOST_RANGES in simt.h", MOST_RANGES);
  else ranges[range_count++] = {(const char *)begin, (const char *)end};
}

inline void *shared(size_t offset, size_t bytes) {
  char *begin = shared_memory + offset;
  for (int k = operand_count; k < range_count; k++) if (ranges[k].begin == begin) return begin;
  note_range(begin, begin + bytes);
  memset(begin, 0x5a, bytes);
  return begin;
}

// A thread's own array, checked like other memory.
template <class T, int N> struct Own {
  T lanes[N];
  int place;
  Own() : place(range_count) {
    memset((void *)lanes, 0x5a, sizeof lanes);
    note_range(lanes, lanes + N);
  }
  ~Own() {
    if (place < MOST_RANGES) ranges[place] = {nullptr, nullptr};
    while (range_count > operand_count && !ranges[range_count - 1].begin) range_count--;
  }
};

// -- fibers ---------------------------------------------------------------------------------------------------------

enum State { READY, AT_BARRIER, AT_EXCHANGE, AT_PHASE, DONE };

// A copy under way, and the group of its thread that it belongs to.
struct Copy {
  char *to;
  char data[16];
  int bytes;
  unsigned group;
};

// A product of a warp group under way: its number, and the group of its thread that it belongs to.
struct Product { unsigned number, group; };

constexpr int MOST_COPIES = 256, MOST_PRODUCTS = 16;  // under way of one thread

struct Fiber {
  void *stack_pointer;
  State state;
  int place;               // where in the source it waits
  unsigned turn;           // exchanges so far: even and odd ones use slots of their own
  uint64_t given[2];
  float left[2][8], right[2][4];  // parts of matrices
  const void *row[2];             // of a small matrix
  unsigned group;                 // number of the group that copies belong to now
  int copies;
  const char *sums, *sums_end;    // of products of its warp group
  bool settled;                   // nothing has touched them since a fence
  unsigned product_number, product_group, shown;
  int products;
  const void *awaited;            // the barrier whose phase of that parity it waits for
  unsigned parity;
#ifndef __x86_64__
  ucontext_t context;
#endif
};

inline Fiber fibers[MOST_THREADS];
inline Copy copies[MOST_THREADS][MOST_COPIES];
inline Product products[MOST_THREADS][MOST_PRODUCTS];
inline char *stacks;
inline Fiber *current;
inline void (*entry)(const uint64_t *);
inline const uint64_t *slots;

// Of barriers that count what arrives, see simt_tensor_map.h: whether a phase is over, and what makes something arrive.
inline bool (*is_over)(const void *barrier, unsigned parity);
inline bool (*arrives)();
inline unsigned resumed;  // how often threads went on

inline void body() {
  entry(slots);
  current->state = DONE;
}

#ifdef __x86_64__
inline void *scheduler_pointer;
// Saves what the System V ABI asks a callee to keep, and goes on with another stack.
extern "C" void simt_switch(void **from, void *to);
__asm__(
    ".pushsection .text\n.weak simt_switch\n.hidden simt_switch\n.type simt_switch, @function\nsimt_switch:\n"
    "  pushq %rbp\n  pushq %rbx\n  pushq %r12\n  pushq %r13\n  pushq %r14\n  pushq %r15\n"
    "  movq %rsp, (%rdi)\n  movq %rsi, %rsp\n"
    "  popq %r15\n  popq %r14\n  popq %r13\n  popq %r12\n  popq %rbx\n  popq %rbp\n  ret\n"
    ".popsection\n");
inline void give_way() { simt_switch(&current->stack_pointer, scheduler_pointer); }
inline void start() {
  body();
  give_way();
  abort();
}
inline void prepare(int thread) {
  void **top = (void **)(stacks + (thread + 1) * STACK);
  *--top = nullptr;           // the ABI wants the stack a multiple of 16 when a function has been called
  *--top = (void *)start;     // where the first switch returns to
  for (int k = 0; k < 6; k++) *--top = nullptr;
  fibers[thread].stack_pointer = top;
}
inline void resume() { simt_switch(&scheduler_pointer, current->stack_pointer); }
#else
inline ucontext_t scheduler_context;
inline void give_way() { swapcontext(&current->context, &scheduler_context); }
inline void start() {
  body();
  give_way();
}
inline void prepare(int thread) {
  Fiber &fiber = fibers[thread];
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = stacks + thread * STACK;
  fiber.context.uc_stack.ss_size = STACK;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, start, 0);
}
inline void resume() { swapcontext(&scheduler_context, &current->context); }
#endif

// An exchange is where threads of a warp meet, with a value or without.
inline void wait(State state, int place) {
  current->state = state;
  current->place = place;
  give_way();
}

// Runs the threads of a warp until each waits at a barrier or is done; false if they part.
inline bool run_warp(unsigned first) {
  for (;;) {
    unsigned exchanging = 0;
    for (unsigned k = 0; k < WARP; k++) {
      const unsigned t = first + (backwards ? WARP - 1 - k : k);
      current = &fibers[t];
      if (current->state == AT_PHASE && is_over(current->awaited, current->parity)) current->state = READY;
      if (current->state != READY) continue;
      thread_index.x = t, resumed++;
      resume();
      if (message[0]) return false;
    }
    bool waiting = false;  // for something to arrive
    for (unsigned t = first; t < first + WARP; t++) {
      exchanging += fibers[t].state == AT_EXCHANGE;
      waiting |= fibers[t].state == AT_PHASE;
    }
    if (!exchanging || waiting) return true;
    for (unsigned t = first; t < first + WARP; t++)
      if (fibers[t].state != AT_EXCHANGE || fibers[t].place != fibers[first].place) {
        fail("an exchange in line %lld misses thread %lld of the warp", fibers[first].place, t - first);
        return false;
      }
    for (unsigned t = first; t < first + WARP; t++) fibers[t].state = READY;
  }
}

// Whether a thread touches its sums while products are added to them; if not, a fence must settle them again.
inline bool touches_sums(const char *begin, size_t bytes) {
  Fiber *mine = &fibers[thread_index.x];
  if (begin >= mine->sums_end || begin + bytes <= mine->sums) return false;
  mine->settled = false;
  if (mine->products) fail("thread %lld of block %lld touches sums that products are being added to", thread_index.x, block_index.x);
  return mine->products;
}

// Notes who writes to shared memory.
inline void written(const void *place, size_t bytes) {
  const size_t begin = (const char *)place - shared_memory;
  if (begin >= SHARED_BYTES) return;
  for (size_t pack = begin / 16; pack <= (begin + bytes - 1) / 16; pack++) {
    if (readers[pack]) fail("thread %lld of block %lld writes to shared memory that a product reads", thread_index.x, block_index.x);
    writers[pack] = (unsigned short)(thread_index.x + 1), written_at[pack] = moments;
  }
}

// Whether all copies of a block have arrived, and all products are done, which threads of a warp group do together.
inline bool all_arrived() {
  if (arrives && arrives()) fail("block %lld ends before the boxes have arrived that are copied for it", block_index.x);
  for (unsigned t = 0; t < block_size; t++) {
    if (fibers[t].copies) fail("thread %lld of block %lld ends before its copies have arrived", t, block_index.x);
    if (fibers[t].products) fail("thread %lld of block %lld ends before its products are done", t, block_index.x);
    if (fibers[t].product_number != fibers[t & ~127u].product_number)
      fail("thread %lld of block %lld takes part in other products than its warp group", t, block_index.x);
  }
  return !message[0];
}

inline bool run_block() {
  memset(under_way, 0, sizeof under_way);
  memset(readers, 0, sizeof readers);
  memset(writers, 0, sizeof writers);
  block_number++;
  for (unsigned t = 0; t < block_size; t++) {
    fibers[t].state = READY;
    fibers[t].turn = fibers[t].group = fibers[t].copies = fibers[t].products = 0;
    fibers[t].product_number = fibers[t].product_group = fibers[t].shown = 0;
    fibers[t].sums = fibers[t].sums_end = nullptr;
    prepare(t);
  }
  for (;;) {
    resumed = 0;
    for (unsigned t = 0; t < block_size; t += WARP)
      if (!run_warp(backwards ? block_size - WARP - t : t)) return false;
    unsigned waiting = 0;
    while (waiting < block_size && fibers[waiting].state != AT_PHASE) waiting++;
    if (waiting < block_size) {
      if (resumed || arrives()) continue;
      fail("thread %lld of block %lld waits for what never arrives", waiting, block_index.x);
      return false;
    }
    if (fibers[0].state == DONE) {
      for (unsigned t = 0; t < block_size; t++)
        if (fibers[t].state != DONE) {
          fail("a barrier in line %lld is not reached by thread %lld", fibers[t].place, 0);
          return false;
        }
      return all_arrived();
    }
    for (unsigned t = 0; t < block_size; t++)
      if (fibers[t].state != AT_BARRIER || fibers[t].place != fibers[0].place) {
        fail("a barrier in line %lld is not reached by thread %lld", fibers[0].place, t);
        return false;
      }
    for (unsigned t = 0; t < block_size; t++) fibers[t].state = READY;
  }
}

// What `launch_NAME` does: an empty message if all went well, else what was found.
inline const char *run(void (*kernel)(const uint64_t *), bool meeting, unsigned threads, const uint64_t *arguments,
                       unsigned blocks, const Range *operands, int count, int turned) {
  backwards = turned;
  entry = kernel, slots = arguments, block_size = threads, grid_size.x = blocks, message[0] = 0;
  if (count > MOST_RANGES) {
    fail("%lld operands, and at most %lld can be checked", count, MOST_RANGES);
    return message;
  }
  operand_count = count;
  memcpy(ranges, operands, operand_count * sizeof(Range));
  if (meeting && !stacks) stacks = (char *)malloc(MOST_THREADS * STACK);
  for (unsigned k = 0; k < blocks && !message[0]; k++) {
    block_index.x = backwards ? blocks - 1 - k : k;
    range_count = operand_count;
    if (meeting) {
      if (!run_block()) break;
    } else {
      for (unsigned t = 0; t < threads; t++) {
        thread_index.x = backwards ? threads - 1 - t : t;
        kernel(arguments);
      }
    }
  }
  return message;
}

template <class T> T exchange(T value, unsigned from, int place) {
  Fiber *mine = current;
  unsigned thread = thread_index.x, turn = mine->turn++ & 1;
  memcpy(&mine->given[turn], &value, sizeof value);
  wait(AT_EXCHANGE, place);
  memcpy(&value, &fibers[(thread & ~31u) | from].given[turn], sizeof value);
  return value;
}

// The threads of the warp that give the same value.
inline unsigned alike(int value, int place) {
  Fiber *mine = current;
  const unsigned thread = thread_index.x, turn = mine->turn++ & 1;
  unsigned found = 0;
  mine->given[turn] = (uint64_t)(unsigned)value;
  wait(AT_EXCHANGE, place);
  for (unsigned k = 0; k < WARP; k++)
    found |= (unsigned)(fibers[(thread & ~31u) | k].given[turn] == (uint64_t)(unsigned)value) << k;
  return found;
}

// The product of 16x16 and 16x8 by a warp: every thread shows its parts, and sums the products of its own elements.
template <class A, class B, class C> C multiply(float (*wide)(unsigned short), A a, B b, C c) {
  Fiber *mine = current;
  const unsigned thread = thread_index.x, turn = mine->turn++ & 1, group = (thread & 31) / 4, member = thread & 3;
  for (int k = 0; k < 8; k++) mine->left[turn][k] = wide(a.lanes[k]);
  for (int k = 0; k < 4; k++) mine->right[turn][k] = wide(b.lanes[k]);
  wait(AT_EXCHANGE, -1);
  const Fiber *warp = &fibers[thread & ~31u];
  for (int lane = 0; lane < 4; lane++) {
    const unsigned column = member * 2 + (lane & 1);
    for (int k = 0; k < 16; k++) {  // a thread has pairs of neighbours along k: 2 of the first 8, 2 of the others
      const unsigned owner = k % 8 / 2, far = k / 8;
      c.lanes[lane] += warp[group * 4 + owner].left[turn][far * 4 + lane / 2 * 2 + k % 2] *
                       warp[column * 4 + owner].right[turn][far * 2 + k % 2];
    }
  }
  return c;
}

// Likewise of 16x8 and 8x8 floats with ten bits of mantissa.
template <class A, class B, class C> C multiply_narrow(A a, B b, C c) {
  Fiber *mine = current;
  const unsigned thread = thread_index.x, turn = mine->turn++ & 1, group = (thread & 31) / 4, member = thread & 3;
  for (int k = 0; k < 4; k++) {
    uint32_t bits;
    memcpy(&bits, &a.lanes[k], 4);
    bits &= ~0x1fffu;
    memcpy(&mine->left[turn][k], &bits, 4);
  }
  for (int k = 0; k < 2; k++) {
    uint32_t bits;
    memcpy(&bits, &b.lanes[k], 4);
    bits &= ~0x1fffu;
    memcpy(&mine->right[turn][k], &bits, 4);
  }
  wait(AT_EXCHANGE, -2);
  const Fiber *warp = &fibers[thread & ~31u];
  for (int lane = 0; lane < 4; lane++) {
    const unsigned column = member * 2 + (lane & 1);
    for (int k = 0; k < 8; k++)
      c.lanes[lane] += warp[group * 4 + k % 4].left[turn][k / 4 * 2 + lane / 2] * warp[column * 4 + k % 4].right[turn][k / 4];
  }
  return c;
}

// Four matrices of 8x8 elements of 16 bits: thread k tells where row k % 8 of matrix k / 8 lies.
inline void load_matrices(const void *place, unsigned *words, bool transpose) {
  Fiber *mine = current;
  const unsigned thread = thread_index.x, turn = mine->turn++ & 1, lane = thread & 31;
  if (!reachable(place, 16)) place = shared_memory;
  aligned(place, 16);
  mine->row[turn] = place;
  wait(AT_EXCHANGE, -3);
  const Fiber *warp = &fibers[thread & ~31u];
  for (unsigned matrix = 0; matrix < 4; matrix++) {
    unsigned banks = 0;
    for (unsigned row = 0; row < 8; row++) banks |= 1u << ((uintptr_t)warp[matrix * 8 + row].row[turn] / 16 % 8);
    if (banks != 255) fail("rows of a small matrix meet in a bank: thread %lld, matrix %lld", thread, matrix);
    uint16_t pair[2];
    for (unsigned k = 0; k < 2; k++) {
      const unsigned row = transpose ? lane % 4 * 2 + k : lane / 4, column = transpose ? lane / 4 : lane % 4 * 2 + k;
      memcpy(&pair[k], (const char *)warp[matrix * 8 + row].row[turn] + 2 * column, 2);
    }
    words[matrix] = (unsigned)pair[0] | (unsigned)pair[1] << 16;
  }
}

inline void begin_copy(void *to, const void *from, int bytes, int given) {
  Fiber *mine = current;
  Copy *copy = &copies[mine - fibers][mine->copies];
  if (mine->copies == MOST_COPIES) return fail("thread %lld of block %lld has too many copies under way", thread_index.x, block_index.x);
  mine->copies++;
  written(to, bytes);
  copy->to = (char *)to, copy->bytes = bytes, copy->group = mine->group;
  memset(copy->data, 0, sizeof copy->data);
  memcpy(copy->data, from, given);
  for (int k = 0; k < bytes; k++) under_way[copy->to - shared_memory + k] = true;
}

inline void wait_for_groups(unsigned left) {
  Fiber *mine = current;
  int kept = 0;
  for (int k = 0; k < mine->copies; k++) {
    Copy copy = copies[mine - fibers][k];
    if (copy.group + left >= mine->group) {
      copies[mine - fibers][kept++] = copy;
      continue;
    }
    memcpy(copy.to, copy.data, copy.bytes);
    written(copy.to, copy.bytes);
    memset(under_way + (copy.to - shared_memory), 0, copy.bytes);
  }
  mine->copies = kept;
}

template <class T> T as_argument(const uint64_t *slot) {
  T value;
  memcpy(&value, slot, sizeof value);
  return value;
}

}  // namespace simt

#define threadIdx simt::thread_index
#define blockIdx simt::block_index
#define gridDim simt::grid_size
#define FIRST(status, what) (*status == 0 && (*status = what, true))
#define REACHABLE(place, bytes) simt::reachable(place, bytes)
#define SHARED(T, name, count, offset) T *const name = (T *)simt::shared(offset, sizeof(T) * (count))
#define BLOCK_MEMORY
#define PIECE(T, name, count, offset) SHARED(T, name, count, offset)
#define ALIGNED(place, bytes) simt::aligned(place, bytes)
#define WRITTEN(place, bytes) simt::written(place, bytes)
#define OWN(T, name, count) simt::Own<T, count> name##_own; T *const name = name##_own.lanes
#define __syncthreads() simt::wait(simt::AT_BARRIER, __LINE__)
#define __syncwarp() simt::wait(simt::AT_EXCHANGE, __LINE__)
#define exchange_xor(value, mask) simt::exchange(value, (threadIdx.x & 31) ^ (mask), __LINE__)
#define exchange_up(value, by) simt::exchange(value, (threadIdx.x & 31) < (unsigned)(by) ? threadIdx.x & 31 : (threadIdx.x & 31) - (by), __LINE__)
#define alike(value) simt::alike(value, __LINE__)
#define exchange_from(value, lane) simt::exchange(value, (lane) & 31, __LINE__)

template <int BYTES> void begin_copy(void *to, const void *from, int given) { simt::begin_copy(to, from, BYTES, given); }
inline void end_group() { simt::current->group++; }
template <int LEFT> void wait_for_groups() { simt::wait_for_groups(LEFT); }
inline int count_bits(int x) { return __builtin_popcount((unsigned)x); }
inline float from_f16(unsigned short x) {
  _Float16 narrow;
  std::memcpy(&narrow, &x, 2);
  return narrow;
}
inline unsigned short to_f16(float x) {
  _Float16 narrow = (_Float16)x;
  unsigned short bits;
  std::memcpy(&bits, &narrow, 2);
  return bits;
}

// The inverse error function, which C's library lacks: Giles's approximation, then two steps of Newton's method.
inline double erfinv(double y) {
  if (!(y > -1.0 && y < 1.0)) return y == 1.0 ? INFINITY : y == -1.0 ? -INFINITY : NAN;
  if (y == 0.0) return y;
  static const double central[] = {2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
                                   -0.00125372503, -0.00417768164, 0.246640727, 1.50140941};
  static const double tail[] = {-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
                                -0.0076224613, 0.00943887047, 1.00167406, 2.83297682};
  double w = -std::log((1.0 - y) * (1.0 + y)), x = 0.0;
  const bool near = w < 5.0;
  w = near ? w - 2.5 : std::sqrt(w) - 3.0;
  for (int k = 0; k < 9; k++) x = (near ? central[k] : tail[k]) + x * w;
  x *= y;
  for (int turn = 0; turn < 2; turn++) {
    const double error = y < 0.5 && y > -0.5 ? std::erf(x) - y
                         : y > 0 ? (1.0 - y) - std::erfc(x) : std::erfc(-x) - (1.0 + y);
    const double slope = 1.1283791670955126 * std::exp(-x * x);
    const double step = error / slope;
    x -= step / (1.0 + x * step);
  }
  return x;
}
inline float erfinvf(float y) { return (float)erfinv((double)y); }

