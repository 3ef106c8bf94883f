/* Put in front of the C library: fails one allocation of a program, and counts those that live. */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static long left = -1; /* allocations until one fails; negative: none does */
static long failed, live;

void fail_after(long count) { failed = 0; left = count; }
long has_failed(void) { left = -1; return failed; }
long allocations(void) { return live; }

static int fails(void) {
    if (left < 0 || left-- != 0) return 0;
    failed = 1;
    errno = ENOMEM;
    return 1;
}

static void *counted(void *made) {
    if (made) __atomic_fetch_add(&live, 1, __ATOMIC_RELAXED);
    return made;
}

void *malloc(size_t size) { return fails() ? NULL : counted(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) {
    return fails() ? NULL : counted(__libc_calloc(count, size));
}
void *realloc(void *memory, size_t size) {
    if (fails()) return NULL;
    return memory ? __libc_realloc(memory, size) : counted(__libc_realloc(NULL, size));
}
void free(void *memory) {
    if (memory) __atomic_fetch_sub(&live, 1, __ATOMIC_RELAXED);
    __libc_free(memory);
}
