/* Memory with one owner and one end: a loaded playbook, a run, one evaluation.
 *
 * Nothing in an arena is freed alone. When memory is out the process ends: the journal brings us back. Sizes
 * that come from input are bounded by limits.h before they get here. An arena belongs to one thread at a
 * time. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdarg.h>

struct arena;

struct arena *arena_new(void) __attribute__((warn_unused_result));
void arena_free(struct arena *arena);
void arena_freep(struct arena **arena); /* for __attribute__((cleanup)) */

/* What it holds is overwritten when it is freed: it holds a secret. */
void arena_secret(struct arena *arena);
bool arena_is_secret(const struct arena *arena);

/* Zeroed memory, aligned for any type; never NULL. arena_array checks the product for overflow. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((nonnull));
void *arena_array(struct arena *arena, size_t count, size_t size) __attribute__((nonnull));

/* Copies; the result has a NUL behind its last byte. */
char *arena_copy(struct arena *arena, const void *bytes, size_t len);
char *arena_string(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Room for one more item: the array itself, or a copy of it twice as large when it is full; *size is moved
 * along. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t *size, size_t each);

/* Bytes handed out so far: what a run costs. */
size_t arena_used(const struct arena *arena);

#define ARENA_SCOPED __attribute__((cleanup(arena_freep))) struct arena *

#endif
