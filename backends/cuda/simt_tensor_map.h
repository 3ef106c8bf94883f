// Boxes of tensors that are copied to shared memory, and barriers that count them, as `tensor_map.h` asks for them; see
// simt.h.
//
// A tensor map holds here: address, number of dims, three extents, two strides in bytes, three extents of the box, bytes
// of an element. Where threads run in their order, boxes arrive as late as they may: when no thread can go on without
// them; in the opposite order they arrive at once. Until then whoever touches what they are on their way to is found.
// Found are also: a copy to what a product still reads, boxes that count at no barrier or at one that was not shown,
// arrivals beyond those that a barrier has, threads that wait for what never arrives.

namespace simt {

constexpr int MOST_BARRIERS = 64, MOST_BOXES = 256;

struct Barrier {
  const void *place;
  unsigned block, made_at, maker;
  int count, pending, bytes;  // arrivals of a phase, those that are missing, and what has yet to arrive
  unsigned phase;
};
inline Barrier barriers[MOST_BARRIERS];

struct Box {
  char *to;
  unsigned long long map[16];
  Barrier *barrier;
  int corner[3];
};
inline Box boxes[MOST_BOXES];
inline int box_count;
inline unsigned box_block;

inline Barrier *find_barrier(const void *place) {
  for (Barrier &each : barriers) if (each.place == place && each.block == block_number) return &each;
  fail("thread %lld of block %lld uses a barrier that nobody has made", thread_index.x, block_index.x);
  return nullptr;
}

inline void end_phase(Barrier *barrier) {
  if (barrier->pending || barrier->bytes) return;
  barrier->phase++, barrier->pending = barrier->count;
}

inline void arrive(const void *place, int bytes) {
  Barrier *barrier = find_barrier(place);
  if (!barrier) return;
  if (!barrier->pending) return fail("thread %lld of block %lld arrives at a barrier where all have arrived", thread_index.x, block_index.x);
  barrier->bytes += bytes, barrier->pending--;
  end_phase(barrier);
}

inline bool phase_is_over(const void *place, unsigned parity) {
  const Barrier *barrier = find_barrier(place);
  return !barrier || (barrier->phase & 1) != parity;
}

// What a box brings from its line d of plane e on; zeros from outside of the tensor.
inline void deliver_line(const Box &box, int d, int e) {
  const unsigned long long *map = box.map, *extents = map + 2, *strides = map + 5, *sizes = map + 7;
  const long long size = map[10], places[3] = {box.corner[0], box.corner[1] + d, box.corner[2] + e};
  const size_t begin = box.to - shared_memory + (e * sizes[1] + d) * sizes[0] * size;
  for (unsigned long long c = 0; c < sizes[0]; c++) {
    const long long first = places[0] + (long long)c;
    const bool inside = first >= 0 && first < (long long)extents[0] && places[1] >= 0 && places[1] < (long long)extents[1] &&
                        places[2] >= 0 && places[2] < (long long)extents[2];
    const size_t at = begin + c * size;
    char *to = shared_memory + (at ^ (at >> 7 & 7) << 4);
    const char *from = (const char *)map[0] + first * size + places[1] * (long long)strides[0] + places[2] * (long long)strides[1];
    if (inside && !reachable(from, size)) return;
    if (inside) memcpy(to, from, size);
    else memset(to, 0, size);
  }
}

inline size_t box_bytes(const unsigned long long *map) { return map[7] * map[8] * map[9] * map[10]; }

// The box that has been on its way for longest arrives; false if there is none.
inline bool deliver() {
  if (!box_count || box_block != block_number) return false;
  const Box box = boxes[0];
  memmove(boxes, boxes + 1, --box_count * sizeof(Box));
  const size_t bytes = box_bytes(box.map), begin = box.to - shared_memory;
  memset(under_way + begin, 0, bytes);
  for (size_t pack = begin / 16; pack < (begin + bytes) / 16; pack++) writers[pack] = 0;
  for (unsigned e = 0; e < box.map[9]; e++)
    for (unsigned d = 0; d < box.map[8]; d++) deliver_line(box, d, e);
  box.barrier->bytes -= (int)bytes;
  if (box.barrier->bytes < 0) fail("%lld more bytes arrive at a barrier than were expected", -box.barrier->bytes);
  end_phase(box.barrier);
  return true;
}

inline void make_barrier(const void *place, int count) {
  is_over = phase_is_over, arrives = deliver;
  for (Barrier &each : barriers)
    if (each.block != block_number || !each.place) {
      each = {place, block_number, moments, thread_index.x, count, count, 0, 0};
      return;
    }
  fail("more than %lld barriers in a block: raise MOST_BARRIERS in simt_tensor_map.h", MOST_BARRIERS);
}

inline void show_barriers() { current->shown = ++moments; }

inline void wait_for_phase(const void *place, unsigned parity) {
  Fiber *mine = current;
  if (!find_barrier(place)) return;
  while (!phase_is_over(place, parity)) {
    mine->awaited = place, mine->parity = parity;
    wait(AT_PHASE, -6);
    if (message[0]) return;
  }
}

inline void copy_box(void *to, const unsigned long long *map, const void *place, int c, int d, int e) {
  Barrier *barrier = find_barrier(place);
  const size_t bytes = box_bytes(map);
  if (!barrier) return;
  if (fibers[barrier->maker].shown <= barrier->made_at) return fail("a box counts at a barrier that thread %lld has not shown", barrier->maker);
  if ((uintptr_t)map % 64 || map[0] % 16 || map[5] % 16 || map[6] % 16 || map[7] * map[10] != 128)
    return fail("a tensor map is not aligned, or lines of its box are not 128 bytes");
  if (((const char *)to - shared_memory) % 128 || !reachable(to, bytes)) return fail("a box is copied to a place that is not aligned");
  if (box_block != block_number) box_block = block_number, box_count = 0;
  if (box_count == MOST_BOXES) return fail("more than %lld boxes on their way", MOST_BOXES);
  written(to, bytes);
  memset(under_way + ((char *)to - shared_memory), 1, bytes);
  Box &box = boxes[box_count++];
  box = {(char *)to, {}, barrier, {c, d, e}};
  memcpy(box.map, map, sizeof box.map);
  if (backwards) while (deliver()) {}
}

}  // namespace simt
