/* Property: what a worker hands over with a commit is taken only if the commit's bytes have its name, each
 * file is found from there through trees that have theirs, and none is left out; and that it follows another
 * only if each commit on the way is a parent of the one before it. Method: objects made here,
 * then each of them changed, renamed, left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/loop/fetch_proof.h"

/* p/a.yaml, p/sub/b.yml, p/sub/c.txt */
struct objects {
    struct buf top, p, sub, commit;
    char id[GITOBJ_ID_BYTES], blob[GITOBJ_ID_BYTES];
};

static void put_entry(struct buf *tree, const char *mode_name, const char *id)
{
    buf_add(tree, mode_name, strlen(mode_name) + 1);
    for (int i = 0; i < 40; i += 2) {
        unsigned byte;
        assert_int_equal(sscanf(id + i, "%2x", &byte), 1);
        buf_char(tree, (char)byte);
    }
}

static void make(struct objects *of)
{
    char id[GITOBJ_ID_BYTES];
    *of = (struct objects){0};
    gitobj_id("blob", "x", 1, of->blob);
    put_entry(&of->sub, "100644 b.yml", of->blob);
    put_entry(&of->sub, "100644 c.txt", of->blob);
    gitobj_id("tree", of->sub.data, of->sub.len, id);
    put_entry(&of->p, "100644 a.yaml", of->blob);
    put_entry(&of->p, "40000 sub", id);
    gitobj_id("tree", of->p.data, of->p.len, id);
    put_entry(&of->top, "40000 p", id);
    gitobj_id("tree", of->top.data, of->top.len, id);
    buf_printf(&of->commit, "tree %s\ncommitter a <a@b> 1 +0000\n\nm\n", id);
    gitobj_id("commit", of->commit.data, of->commit.len, of->id);
}

static void done(struct objects *of)
{
    buf_done(&of->top);
    buf_done(&of->p);
    buf_done(&of->sub);
    buf_done(&of->commit);
}

/* As the worker's line has it, through JSON. */
static struct value answer(struct arena *arena, const struct objects *of)
{
    const struct buf *const trees[] = {&of->top, &of->p, &of->sub};
    struct value_builder map, list;
    struct value parsed;
    value_build(&list, arena);
    for (size_t i = 0; i < 3; i++)
        if (trees[i]->len > 0)
            value_push(&list, value_bytes(arena, trees[i]->data, trees[i]->len));
    value_build(&map, arena);
    value_put_text(&map, "commit", value_text(arena, of->id));
    value_put_text(&map, "object", value_bytes(arena, buf_string(&of->commit), of->commit.len));
    value_put_text(&map, "trees", value_end_list(&list));
    struct value made = value_end_map(&map);
    char *text = json_text(arena, &made);
    assert_int_equal(json_parse(arena, text, strlen(text), &parsed, NULL), 0);
    return parsed;
}

static bool taken(const struct objects *of, const char *folder, const char *path, size_t files)
{
    ARENA_SCOPED arena = arena_new();
    struct value said = answer(arena, of);
    struct fetch_proof proof;
    char blob[GITOBJ_ID_BYTES];
    return fetch_proof_open(arena, &said, &proof, NULL) == 0 &&
           fetch_proof_file(&proof, folder, path, blob, NULL) == 0 && strcmp(blob, of->blob) == 0 &&
           fetch_proof_count(&proof, folder, files, NULL) == 0;
}

static void what_is_there(void **state)
{
    struct objects of;
    (void)state;
    make(&of);
    assert_true(taken(&of, "p", "a.yaml", 2));
    assert_true(taken(&of, "p", "sub/b.yml", 2));
    assert_true(taken(&of, "", "p/sub/b.yml", 2));
    assert_true(taken(&of, "p/sub", "b.yml", 1));
    static const char *const others[] = {"",        "b.yaml",      "sub",      "sub/",      "sub/x.yml",
                                         "/a.yaml", "../p/a.yaml", "a.yaml/b", "sub//b.yml"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (taken(&of, "p", others[i], 2))
            fail_msg("taken: %s", others[i]);
    assert_false(taken(&of, "q", "a.yaml", 2));
    assert_false(taken(&of, "p", "a.yaml", 1)); /* one was left out */
    assert_false(taken(&of, "p", "a.yaml", 3));
    done(&of);
}

/* Each byte of each object: a text that isn't the commit's is not taken, nor is a commit. */
static void what_was_changed(void **state)
{
    struct objects of;
    (void)state;
    make(&of);
    struct buf *const parts[] = {&of.top, &of.p, &of.sub, &of.commit};
    for (size_t part = 0; part < 4; part++)
        for (size_t i = 0; i < parts[part]->len; i++) {
            parts[part]->data[i] ^= 1;
            if (taken(&of, "p", "sub/b.yml", 2))
                fail_msg("object %zu: byte %zu was changed", part, i);
            parts[part]->data[i] ^= 1;
        }
    of.sub.len = 0; /* a tree that isn't handed over */
    assert_false(taken(&of, "p", "a.yaml", 2));
    assert_false(taken(&of, "p", "a.yaml", 1));
    done(&of);
}

/* A line of commits, each the second parent of the next. */
enum { CHAIN = 5 };

static const char *make_commit(struct arena *arena, const char *parent, int number, char id[GITOBJ_ID_BYTES])
{
    static const char other[] = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    char *text = arena_printf(arena, "tree %s\nparent %s\nparent %s\ncommitter a <a@b> %d +0000\n\nm\n",
                              other, other, parent, number);
    gitobj_id("commit", text, strlen(text), id);
    return text;
}

/* -1: refused; 0: it goes on from `at`; 1: it has led there. */
static int led(const char *const *commits, size_t count, const char *live, char at[GITOBJ_ID_BYTES])
{
    ARENA_SCOPED arena = arena_new();
    struct value_builder list;
    bool there = false;
    value_build(&list, arena);
    for (size_t i = 0; i < count; i++)
        value_push(&list, value_bytes(arena, commits[i], strlen(commits[i])));
    struct value made = value_end_list(&list), way;
    char *text = json_text(arena, &made); /* as the worker's line has it */
    assert_int_equal(json_parse(arena, text, strlen(text), &way, NULL), 0);
    return fetch_proof_way(arena, &way, live, at, &there, NULL) ? -1 : there;
}

static void the_way_back(void **state)
{
    ARENA_SCOPED arena = arena_new();
    char ids[CHAIN + 1][GITOBJ_ID_BYTES] = {"1111111111111111111111111111111111111111"};
    const char *way[CHAIN], *hole[2]; /* the newest first */
    char at[GITOBJ_ID_BYTES], stranger[GITOBJ_ID_BYTES];
    (void)state;
    for (int i = 1; i <= CHAIN; i++)
        way[CHAIN - i] = make_commit(arena, ids[i - 1], i, ids[i]);
    strcpy(at, ids[CHAIN]);
    assert_int_equal(led(way, CHAIN, ids[0], at), 1);
    strcpy(at, ids[CHAIN]);
    assert_int_equal(led(way, 3, ids[0], at), 0); /* a piece of it, and the rest */
    assert_string_equal(at, ids[CHAIN - 2]);
    assert_int_equal(led(way + 2, CHAIN - 2, ids[0], at), 1);
    strcpy(at, ids[CHAIN]);
    assert_int_equal(led(way, 1, ids[CHAIN - 1], at), 1);
    assert_int_equal(led(way, 1, ids[0], at), -1); /* no step is made */
    assert_int_equal(led(way, 0, ids[0], at), -1);
    assert_int_equal(led(way + 1, CHAIN - 1, ids[0], at), -1); /* it begins elsewhere */
    hole[0] = way[0];
    hole[1] = way[2];
    assert_int_equal(led(hole, 2, ids[0], at), -1);
    hole[1] = make_commit(arena, ids[0], 9, stranger); /* a child of the one in use, and no ancestor */
    strcpy(at, ids[CHAIN]);
    assert_int_equal(led(hole, 2, ids[0], at), -1);
}

/* What stands behind the headers is its author's text. */
static void a_parent_in_the_message(void **state)
{
    static const char head[] = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    static const char parent[] = "parent 1111111111111111111111111111111111111111\n";
    char text[256], id[GITOBJ_ID_BYTES];
    (void)state;
    int len = snprintf(text, sizeof text, "%s%scommitter a <a@b> 1 +0000\n\n%s", head, parent, parent);
    assert_true(gitobj_commit_parent(text, (size_t)len, 0, id));
    assert_string_equal(id, "1111111111111111111111111111111111111111");
    assert_false(gitobj_commit_parent(text, (size_t)len, 1, id));
    assert_false(gitobj_commit_parent(text, (size_t)len, SIZE_MAX, id));
    for (size_t cut = 0; cut < strlen(head) + strlen(parent); cut++)
        assert_false(gitobj_commit_parent(text, cut, 0, id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_there), cmocka_unit_test(what_was_changed),
                                       cmocka_unit_test(the_way_back),
                                       cmocka_unit_test(a_parent_in_the_message)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
