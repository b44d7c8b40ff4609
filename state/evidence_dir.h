/* The directory of the evidence: what lies where, and what of it is durable when.
 *
 *     objects/ab/abcd….zst   what was kept, by the SHA-256 of the bytes that were collected; 0400, never
 *                            written again
 *     parts/E-77             what is just coming in; 0600, locked while somebody writes it
 *     parts/E-77.json        what was known of it when it began, so that a part explains itself
 *     parts/E-77.seal        the record that is to be made of it
 *     manifest.jsonl         a signed record for each (evidence_manifest.h)
 *     signing.key, .pub      made at the first use
 *
 * All of these belong to soar-evidence: the engine only says where the directory is. */
#ifndef STATE_EVIDENCE_DIR_H
#define STATE_EVIDENCE_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "soar/err.h"

enum {
    EVIDENCE_ID_MAX = 20,      /* "E-" and up to 18 digits */
    EVIDENCE_OBJECT_MAX = 96,  /* "objects/ab/<64>.12.zst" and its NUL */
    EVIDENCE_OBJECTS_SAME = 16 /* objects of one name: all but the last were damaged */
};

struct evidence_dir {
    char *path;
    int fd;
    int objects;
    int parts;
};

/* make: what is missing is made, the directories of the objects too: keeping must not fail for want of a
 * directory on a full disk. Else a directory that isn't there is ABSENT. */
int evidence_dir_open(const char *path, bool make, struct evidence_dir *ret_dir, struct soar_err *err)
    __attribute__((warn_unused_result));
void evidence_dir_close(struct evidence_dir *dir);

bool evidence_is_id(const char *id);

/* Bytes that may still be written before `reserve` is touched; 0: none. */
uint64_t evidence_dir_room(const struct evidence_dir *dir, uint64_t reserve);

/* A new part, locked; INVALID if there is one. */
int evidence_part_new(const struct evidence_dir *dir, const char *id, int *ret_fd, struct soar_err *err)
    __attribute__((warn_unused_result));
/* The part that was left; -1 ABSENT: there is none; TRANSIENT: somebody is writing it still. */
int evidence_part_open(const struct evidence_dir *dir, const char *id, int *ret_fd, struct soar_err *err)
    __attribute__((warn_unused_result));
/* Beside it: "json" or "seal"; whole or not at all, and durable. Reading gives ABSENT where there is none. */
int evidence_part_note(const struct evidence_dir *dir, const char *id, const char *what, const char *text,
                       size_t len, struct soar_err *err);
int evidence_part_noted(const struct evidence_dir *dir, const char *id, const char *what, char **ret_text,
                        size_t *ret_len, struct soar_err *err) __attribute__((warn_unused_result));
/* All of it goes. The object made of it stays. */
int evidence_part_drop(const struct evidence_dir *dir, const char *id, struct soar_err *err);

/* The path of the n-th object (1: the first) of these contents, below the directory. */
void evidence_object_name(const char *sha256, unsigned n, char ret_name[EVIDENCE_OBJECT_MAX]);
/* The part becomes the object of that name: durable. 1: there is one of that name already. */
int evidence_object_link(const struct evidence_dir *dir, const char *id, int part, const char *object,
                         struct soar_err *err) __attribute__((warn_unused_result));
int evidence_object_open(const struct evidence_dir *dir, const char *object, int *ret_fd,
                         struct soar_err *err) __attribute__((warn_unused_result));

int evidence_write_all(int fd, const void *bytes, size_t len); /* -1 with errno */
int evidence_fail(struct soar_err *err, const char *path, const char *what, int error);

#endif
