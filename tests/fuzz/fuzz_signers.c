/* Property: no commit, tree, signature or signers' file makes the reader crash or read beyond its end, and
 * none that nobody signed is taken. Method: libFuzzer; the input is a commit (or a tree), and after a line
 * with
 * "====" a signers' file. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/gitobj.h"
#include "engine/base/signers.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* A copy that ends where it ends, but for the NUL that a file's text has behind it. */
static char *copy(const uint8_t *bytes, size_t len)
{
    char *text = malloc(len + 1);
    if (text == NULL)
        abort();
    memcpy(text, bytes, len);
    text[len] = '\0';
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    ARENA_SCOPED arena = arena_new();
    struct signers signers = {0};
    struct signed_commit commit;
    struct sshsig sshsig;
    char key[KNOWN_FINGERPRINT_BYTES];
    const uint8_t *cut = memmem(bytes, len, "\n====\n", 6);
    size_t commit_len = cut ? (size_t)(cut - bytes) + 1 : len, rest = cut ? len - commit_len - 5 : 0;
    char *text = copy(bytes, commit_len), *file = copy(bytes + len - rest, rest);

    struct gitobj_entry entry;
    for (size_t offset = 0, before = 0; gitobj_tree_next(text, commit_len, &offset, &entry); before = offset)
        assert(offset > before && offset <= commit_len && strlen(entry.name) == entry.name_len);
    (void)gitobj_commit_tree(text, commit_len, key);
    if (signers_parse(arena, file, rest, &signers, NULL))
        signers = (struct signers){0};
    if (signers_commit(arena, text, commit_len, &commit, NULL) == 0) {
        assert(commit.payload_len + commit.signature_len <= commit_len);
        if (commit.signature &&
            sshsig_parse(arena, commit.signature, commit.signature_len, &sshsig, NULL) == 0)
            (void)!sshsig_verify(&sshsig, "git", commit.payload, commit.payload_len, NULL);
    }
    if (signers_check(&signers, text, commit_len, 1780000000, key, NULL))
        assert(commit.signature != NULL && signers.count > 0);
    free(text);
    free(file);
    return 0;
}
