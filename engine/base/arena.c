/* Chunks of zeroed memory, given back all at once. Small pieces are cut from the newest chunk; a piece that
 * would waste most of a chunk gets one of its own, behind the newest. With SOAR_ARENA_EXACT (the sanitizer
 * builds) every piece is a chunk, so that reading beyond its end is seen. No piece is ever freed or moved
 * alone. */
#include "engine/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16, CHUNK_FIRST = 1024, CHUNK_MAX = 64 * 1024, PRINTF_TRY = 256 };

#ifdef SOAR_ARENA_EXACT
static const _Bool exact = 1;
#else
static const _Bool exact = 0;
#endif

struct chunk {
    struct chunk *next;
    size_t used;
    size_t size;
    alignas(ALIGNMENT) unsigned char bytes[];
};

struct arena {
    struct chunk *newest; /* pieces are cut from this one */
    size_t chunk_size;    /* of the next chunk */
    size_t used;
    bool secret;
};

static void *must_have(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

struct arena *arena_new(void)
{
    struct arena *arena = must_have(calloc(1, sizeof *arena));
    arena->chunk_size = CHUNK_FIRST;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    for (struct chunk *chunk = arena->newest; chunk != NULL;) {
        struct chunk *next = chunk->next;
        if (arena->secret) {
            explicit_bzero(chunk->bytes, chunk->size);
        }
        free(chunk);
        chunk = next;
    }
    free(arena);
}

void arena_secret(struct arena *arena)
{
    arena->secret = true;
}

bool arena_is_secret(const struct arena *arena)
{
    return arena->secret;
}

void arena_freep(struct arena **arena)
{
    arena_free(*arena);
    *arena = NULL;
}

static struct chunk *chunk_new(size_t size)
{
    struct chunk *chunk = must_have(calloc(1, sizeof *chunk + size));
    chunk->size = size;
    return chunk;
}

/* A chunk for this piece alone; the newest chunk stays the one that is cut from. */
static void *alloc_alone(struct arena *arena, size_t size)
{
    struct chunk *chunk = chunk_new(size);
    chunk->used = size;
    if (arena->newest == NULL) {
        arena->newest = chunk;
    } else {
        chunk->next = arena->newest->next;
        arena->newest->next = chunk;
    }
    return chunk->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    assert(size <= PTRDIFF_MAX - sizeof(struct chunk) - ALIGNMENT);
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    arena->used += rounded;
    if (exact) {
        return alloc_alone(arena, size);
    }
    struct chunk *chunk = arena->newest;
    if (chunk == NULL || rounded > chunk->size - chunk->used) {
        if (rounded > arena->chunk_size / 4) {
            return alloc_alone(arena, rounded);
        }
        chunk = chunk_new(arena->chunk_size);
        chunk->next = arena->newest;
        arena->newest = chunk;
        if (arena->chunk_size < CHUNK_MAX) {
            arena->chunk_size *= 2;
        }
    }
    void *piece = chunk->bytes + chunk->used;
    chunk->used += rounded;
    return piece;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    assert(size == 0 || count <= SIZE_MAX / size);
    return arena_alloc(arena, count * size);
}

char *arena_copy(struct arena *arena, const void *bytes, size_t len)
{
    assert(len < SIZE_MAX);
    char *copy = arena_alloc(arena, len + 1);
    if (len > 0) {
        memcpy(copy, bytes, len);
    }
    return copy;
}

char *arena_string(struct arena *arena, const char *text)
{
    return arena_copy(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    char first[PRINTF_TRY];
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(first, sizeof first, format, args);
    assert(len >= 0);
    char *text;
    if ((size_t)len < sizeof first) {
        text = arena_copy(arena, first, (size_t)len);
    } else {
        text = arena_alloc(arena, (size_t)len + 1);
        vsnprintf(text, (size_t)len + 1, format, again);
    }
    va_end(again);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

void *arena_grow(struct arena *arena, void *items, size_t count, size_t *size, size_t each)
{
    if (count < *size)
        return items;
    size_t wanted = *size ? *size * 2 : 16;
    void *more = arena_array(arena, wanted, each);

    if (count)
        memcpy(more, items, count * each);
    *size = wanted;
    return more;
}
