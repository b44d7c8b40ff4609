/* Property: an object's name is git's; a tree is read entry by entry and never beyond its end. Method: the
 * names that `git hash-object` gives; a tree cut at each byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/gitobj.h"

static void names(void **state)
{
    char id[GITOBJ_ID_BYTES];
    (void)state;
    gitobj_id("blob", "", 0, id);
    assert_string_equal(id, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    gitobj_id("blob", "hello\n", 6, id);
    assert_string_equal(id, "ce013625030ba8dba906f756967f9e9ca394464a");
    gitobj_id("tree", "", 0, id);
    assert_string_equal(id, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

static void the_tree_of_a_commit(void **state)
{
    static const char commit[] = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor a\n";
    char id[GITOBJ_ID_BYTES];
    (void)state;
    assert_true(gitobj_commit_tree(commit, sizeof commit - 1, id));
    assert_string_equal(id, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    for (size_t i = 0; i <= 45; i++)
        assert_false(gitobj_commit_tree(commit, i, id));
    assert_false(gitobj_commit_tree("tree 4B825dc642cb6eb9a060e54bf8d69288fbee4904\n", 46, id));
    assert_false(gitobj_commit_tree("parent 825dc642cb6eb9a060e54bf8d69288fbee4904\n", 46, id));
}

#define ID "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20\21\22\23\24"

static void entries(void **state)
{
    static const char tree[] = "100644 a.yaml\0" ID "40000 sub\0" ID "120000 link\0" ID "160000 module\0" ID;
    struct gitobj_entry entry;
    (void)state;
    assert_true(gitobj_tree_find(tree, sizeof tree - 1, "a.yaml", 6, &entry));
    assert_true(entry.file && !entry.folder);
    assert_string_equal(entry.id, "0102030405060708090a0b0c0d0e0f1011121314");
    assert_true(gitobj_tree_find(tree, sizeof tree - 1, "sub", 3, &entry));
    assert_true(entry.folder && !entry.file);
    assert_true(gitobj_tree_find(tree, sizeof tree - 1, "link", 4, &entry));
    assert_false(entry.folder || entry.file);
    assert_true(gitobj_tree_find(tree, sizeof tree - 1, "module", 6, &entry));
    assert_false(entry.folder || entry.file);
    assert_false(gitobj_tree_find(tree, sizeof tree - 1, "su", 2, &entry));
    for (size_t len = 0; len < sizeof tree;
         len++) { /* a copy that ends there: a reader that goes on is seen */
        char *cut = malloc(len + 1);
        size_t offset = 0, count = 0;
        assert_non_null(cut);
        memcpy(cut, tree, len);
        while (gitobj_tree_next(cut, len, &offset, &entry))
            count++;
        assert_true(count <= 4 && offset <= len);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(the_tree_of_a_commit),
                                       cmocka_unit_test(entries)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
