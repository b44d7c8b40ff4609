/* SHA-1 over "KIND LENGTH\0BYTES", and the two kinds that hold other objects' names. All of it is a
 * stranger's: nothing is read beyond its end. */
#include "engine/base/gitobj.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHA1_BYTES = 20 };

static void hex(const unsigned char *bytes, char ret_id[GITOBJ_ID_BYTES])
{
    for (int i = 0; i < SHA1_BYTES; i++)
        snprintf(ret_id + 2 * i, 3, "%02x", bytes[i]);
}

void gitobj_id(const char *kind, const void *bytes, size_t len, char ret_id[GITOBJ_ID_BYTES])
{
    char head[64];
    unsigned char digest[EVP_MAX_MD_SIZE];
    int head_len = snprintf(head, sizeof head, "%s %zu", kind, len) + 1; /* with its NUL */
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestInit_ex(context, EVP_sha1(), NULL) != 1 ||
        EVP_DigestUpdate(context, head, (size_t)head_len) != 1 ||
        EVP_DigestUpdate(context, bytes, len) != 1 || EVP_DigestFinal_ex(context, digest, NULL) != 1)
        abort();
    EVP_MD_CTX_free(context);
    hex(digest, ret_id);
}

/* "START ID\n" at that place of it */
static bool take_id(const char *commit, size_t len, size_t place, const char *start,
                    char ret_id[GITOBJ_ID_BYTES])
{
    size_t at = place + strlen(start), end = at + GITOBJ_ID_BYTES - 1;
    if (len <= end || memcmp(commit + place, start, strlen(start)) != 0 || commit[end] != '\n')
        return false;
    memcpy(ret_id, commit + at, GITOBJ_ID_BYTES - 1);
    ret_id[GITOBJ_ID_BYTES - 1] = '\0';
    return strspn(ret_id, "0123456789abcdef") == GITOBJ_ID_BYTES - 1;
}

bool gitobj_commit_tree(const char *commit, size_t len, char ret_id[GITOBJ_ID_BYTES])
{
    return take_id(commit, len, 0, "tree ", ret_id);
}

bool gitobj_commit_parent(const char *commit, size_t len, size_t index, char ret_id[GITOBJ_ID_BYTES])
{
    enum { TREE_BYTES = sizeof "tree " - 1 + GITOBJ_ID_BYTES, EACH = sizeof "parent " - 1 + GITOBJ_ID_BYTES };
    return index < len / EACH && take_id(commit, len, TREE_BYTES + index * EACH, "parent ", ret_id);
}

/* "MODE NAME\0" and the 20 bytes of an id, one behind the other. */
bool gitobj_tree_next(const void *tree, size_t len, size_t *offset, struct gitobj_entry *ret_entry)
{
    const char *at = (const char *)tree + *offset, *end = (const char *)tree + len;
    const char *nul = at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;
    const char *space = nul ? memchr(at, ' ', (size_t)(nul - at)) : NULL;
    if (!space || end - nul - 1 < SHA1_BYTES)
        return false;
    size_t mode_len = (size_t)(space - at);
    *ret_entry = (struct gitobj_entry){
        .name = space + 1,
        .name_len = (size_t)(nul - space) - 1,
        .folder =
            (mode_len == 5 && memcmp(at, "40000", 5) == 0) || (mode_len == 6 && memcmp(at, "040000", 6) == 0),
        .file = mode_len == 6 && memcmp(at, "100", 3) == 0,
    };
    hex((const unsigned char *)nul + 1, ret_entry->id);
    *offset = (size_t)(nul + 1 + SHA1_BYTES - (const char *)tree);
    return true;
}

bool gitobj_tree_find(const void *tree, size_t len, const char *name, size_t name_len,
                      struct gitobj_entry *ret_entry)
{
    for (size_t offset = 0; gitobj_tree_next(tree, len, &offset, ret_entry);)
        if (ret_entry->name_len == name_len && memcmp(ret_entry->name, name, name_len) == 0)
            return true;
    return false;
}
