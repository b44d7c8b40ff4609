/* A commit object, up to its first empty line: headers, each going on in lines that begin with a blank. The
 * signature is over all bytes but its own header's. Two signatures are refused: git and we might each look at
 * another one. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/signers.h"

struct header {
    const char *text; /* with what goes on, and the newline */
    size_t len;
};

/* The next header; false: the headers end here. */
static bool next_header(const char *text, size_t len, size_t *offset, struct header *ret_header)
{
    const char *at = text + *offset;
    size_t left = len - *offset, taken = 0;
    if (left == 0 || *at == '\n')
        return false;
    do {
        const char *newline = memchr(at + taken, '\n', left - taken);
        taken = newline ? (size_t)(newline - at) + 1 : left;
    } while (taken < left && at[taken] == ' ');
    *ret_header = (struct header){at, taken};
    *offset += taken;
    return true;
}

static bool is(struct header header, const char *name)
{
    size_t len = strlen(name);
    return header.len > len && memcmp(header.text, name, len) == 0 && header.text[len] == ' ';
}

/* "committer NAME <MAIL> SECONDS ZONE" */
static bool read_committed(struct header header, int64_t *ret_s)
{
    const char *end = header.text + header.len, *at = memrchr(header.text, '>', header.len);
    int64_t seconds = 0;
    int digits = 0;
    if (!at || end - at < 3 || at[1] != ' ')
        return false;
    for (at += 2; at < end && *at >= '0' && *at <= '9' && digits < 15; at++, digits++)
        seconds = seconds * 10 + (*at - '0');
    *ret_s = seconds;
    return digits > 0 && at < end && *at == ' ';
}

/* The header's value: without the blank that each further line begins with. */
static void put_value(struct buf *out, struct header header, size_t name_len)
{
    for (size_t i = name_len + 1; i < header.len; i++)
        if (!(header.text[i] == ' ' && header.text[i - 1] == '\n'))
            buf_char(out, header.text[i]);
}

int signers_commit(struct arena *arena, const char *commit, size_t len, struct signed_commit *ret_commit,
                   struct soar_err *err)
{
    static const char *const names[] = {"gpgsig", "gpgsig-sha256"};
    BUF_SCOPED payload;
    BUF_SCOPED signature;
    buf_init(&payload, 0);
    buf_init(&signature, 0);
    struct header header;
    size_t offset = 0;
    int signatures = 0, committers = 0;
    *ret_commit = (struct signed_commit){0};
    while (next_header(commit, len, &offset, &header)) {
        if (is(header, names[0]) || is(header, names[1])) {
            signatures++;
            put_value(&signature, header, strlen(names[is(header, names[1])]));
            continue;
        }
        if (is(header, "committer") &&
            (++committers > 1 || !read_committed(header, &ret_commit->committed_s)))
            return soar_err_set(err, SOAR_INVALID, "its committer's line can't be read");
        buf_add(&payload, header.text, header.len);
    }
    buf_add(&payload, commit + offset, len - offset);
    if (committers == 0)
        return soar_err_set(err, SOAR_INVALID, "it is no commit: it has no committer");
    if (signatures > 1)
        return soar_err_set(err, SOAR_DENIED, "it has %d signatures, and one was expected", signatures);
    ret_commit->payload = arena_copy(arena, buf_string(&payload), payload.len);
    ret_commit->payload_len = payload.len;
    if (signatures > 0) {
        ret_commit->signature = arena_copy(arena, buf_string(&signature), signature.len);
        ret_commit->signature_len = signature.len;
    }
    return 0;
}
