/* The file that says whose signatures count, read whole or not at all. Its lines belong to the operator; the
 * commit, whose signature is held against them, to nobody we know. */
#include "engine/base/signers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { SIGNERS_MAX = 1000 };

struct word {
    const char *text;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Up to a blank that stands in no quotes. */
static struct word take_word(struct word *line)
{
    bool quoted = false;
    while (line->len > 0 && is_blank(*line->text)) {
        line->text++;
        line->len--;
    }
    struct word word = {.text = line->text};
    for (; line->len > 0 && (quoted || !is_blank(*line->text)); line->text++, line->len--, word.len++)
        quoted ^= *line->text == '"';
    return word;
}

static bool is_key_type(struct word word)
{
    static const char *const starts[] = {"ssh-", "ecdsa-", "sk-"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (word.len > strlen(starts[i]) && strncmp(word.text, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

/* YYYYMMDD[HHMM[SS]][Z]: by the machine's clock on the wall, or UTC. */
static bool read_time(struct word word, int64_t *ret_s)
{
    static const struct {
        int at, digits;
    } parts[] = {{0, 4}, {4, 2}, {6, 2}, {8, 2}, {10, 2}, {12, 2}};
    int numbers[6] = {0};
    bool utc = word.len > 0 && (word.text[word.len - 1] == 'Z' || word.text[word.len - 1] == 'z');
    word.len -= utc;
    if (word.len != 8 && word.len != 12 && word.len != 14)
        return false;
    for (size_t i = 0; i < word.len; i++)
        if (word.text[i] < '0' || word.text[i] > '9')
            return false;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && (size_t)parts[i].at < word.len; i++)
        for (int j = 0; j < parts[i].digits; j++)
            numbers[i] = numbers[i] * 10 + (word.text[parts[i].at + j] - '0');
    struct tm tm = {.tm_year = numbers[0] - 1900,
                    .tm_mon = numbers[1] - 1,
                    .tm_mday = numbers[2],
                    .tm_hour = numbers[3],
                    .tm_min = numbers[4],
                    .tm_sec = numbers[5],
                    .tm_isdst = -1};
    struct tm made = tm;
    time_t at = utc ? timegm(&made) : mktime(&made);
    *ret_s = (int64_t)at;
    return made.tm_mon == tm.tm_mon && made.tm_mday == tm.tm_mday; /* no 31st of February */
}

/* NAME="VALUE" */
static bool is_option(struct word word, const char *name, struct word *ret_value)
{
    size_t len = strlen(name);
    if (word.len < len + 3 || strncasecmp(word.text, name, len) != 0 || word.text[len] != '=' ||
        word.text[len + 1] != '"' || word.text[word.len - 1] != '"')
        return false;
    *ret_value = (struct word){word.text + len + 2, word.len - len - 3};
    return memchr(ret_value->text, '"', ret_value->len) == NULL;
}

static int read_option(struct arena *arena, struct word word, struct signer *signer, struct soar_err *err)
{
    struct word value;
    if (is_option(word, "namespaces", &value)) {
        if (signer->namespaces)
            return soar_err_set(err, SOAR_INVALID, "namespaces stands twice");
        signer->namespaces = arena_copy(arena, value.text, value.len);
        return strpbrk(signer->namespaces, "!?*") == NULL
                   ? 0
                   : soar_err_set(err, SOAR_UNSUPPORTED, "patterns are not supported: name the namespaces");
    }
    bool after = is_option(word, "valid-after", &value);
    if (after || is_option(word, "valid-before", &value)) {
        if (after ? signer->after_s != INT64_MIN : signer->before_s != INT64_MAX)
            return soar_err_set(err, SOAR_INVALID, "valid-%s stands twice", after ? "after" : "before");
        if (!read_time(value, after ? &signer->after_s : &signer->before_s))
            return soar_err_set(err, SOAR_INVALID,
                                "expected a time like 20261231 or 202612312359Z, found '%.*s'",
                                (int)value.len, value.text);
        return 0;
    }
    if (word.len == 14 && strncasecmp(word.text, "cert-authority", 14) == 0)
        return soar_err_set(err, SOAR_UNSUPPORTED,
                            "cert-authority is not supported: name the keys themselves");
    return soar_err_set(err, SOAR_INVALID, "unknown option '%.*s'", (int)(word.len < 60 ? word.len : 60),
                        word.text);
}

/* Commas that stand in no quotes part them. */
static int read_options(struct arena *arena, struct word all, struct signer *signer, struct soar_err *err)
{
    while (all.len > 0) {
        struct word one = {.text = all.text};
        bool quoted = false;
        for (; one.len < all.len && (quoted || all.text[one.len] != ','); one.len++)
            quoted ^= all.text[one.len] == '"';
        if (read_option(arena, one, signer, err))
            return -1;
        size_t step = one.len + (one.len < all.len);
        all = (struct word){all.text + step, all.len - step};
    }
    return 0;
}

static int read_line(struct arena *arena, struct word line, struct signer *signer, struct soar_err *err)
{
    struct word principals = take_word(&line), type = take_word(&line), key;
    struct sshsig_piece bytes, kind;
    if (!is_key_type(type)) {
        if (read_options(arena, type, signer, err))
            return -1;
        type = take_word(&line);
    }
    key = take_word(&line);
    if (!is_key_type(type) || key.len == 0)
        return soar_err_set(err, SOAR_INVALID, "expected PRINCIPALS [OPTIONS] TYPE KEY");
    if (memchr(principals.text, '!', principals.len) || memchr(principals.text, '"', principals.len))
        return soar_err_set(err, SOAR_INVALID, "expected names without '!' and quotes, found '%.*s'",
                            (int)(principals.len < 60 ? principals.len : 60), principals.text);
    bytes.bytes = sshsig_base64(arena, key.text, key.len, &bytes.len);
    signer->key = bytes;
    if (!bytes.bytes || !sshsig_take(&bytes, &kind) || kind.len != type.len ||
        memcmp(kind.bytes, type.text, kind.len) != 0)
        return soar_err_set(err, SOAR_INVALID, "the key is not one of type %.*s",
                            (int)(type.len < 60 ? type.len : 60), type.text);
    signer->principals = arena_copy(arena, principals.text, principals.len);
    return 0;
}

int signers_parse(struct arena *arena, const char *text, size_t len, struct signers *ret_signers,
                  struct soar_err *err)
{
    struct signer *items = NULL;
    size_t count = 0, size = 0;
    int number = 0;
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        struct word line = {at, (size_t)((newline ? newline : end) - at)};
        struct word look = line;
        at += line.len + 1;
        number++;
        if (memchr(line.text, '\0', line.len))
            return soar_err_set(err, SOAR_INVALID, "line %d: it holds a NUL", number);
        struct word first = take_word(&look);
        if (first.len == 0 || first.text[0] == '#')
            continue;
        if (count == SIGNERS_MAX)
            return soar_err_set(err, SOAR_INVALID, "line %d: more than %d signers", number, SIGNERS_MAX);
        items = arena_grow(arena, items, count, &size, sizeof *items);
        items[count] = (struct signer){.after_s = INT64_MIN, .before_s = INT64_MAX, .line = number};
        if (read_line(arena, line, &items[count++], err))
            return soar_err_wrap(err, "line %d", number);
    }
    *ret_signers = (struct signers){count, items};
    return count > 0 ? 0 : soar_err_set(err, SOAR_INVALID, "it names no key");
}

static bool names(const char *list, const char *word)
{
    size_t want = strlen(word);
    for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        size_t len = strcspn(at, ",");
        if (len == want && memcmp(at, word, len) == 0)
            return true;
    }
    return false;
}

static int fits(const struct signer *signer, const char *namespace, int64_t at_s, const char *when,
                struct soar_err *err)
{
    if (signer->namespaces && !names(signer->namespaces, namespace))
        return soar_err_set(err, SOAR_DENIED, "the key of %s (line %d) may sign %s, and not %s",
                            signer->principals, signer->line, signer->namespaces, namespace);
    if (at_s < signer->after_s)
        return soar_err_set(err, SOAR_DENIED, "the key of %s (line %d) was not valid yet %s",
                            signer->principals, signer->line, when);
    if (at_s >= signer->before_s)
        return soar_err_set(err, SOAR_DENIED, "the key of %s (line %d) was no longer valid %s",
                            signer->principals, signer->line, when);
    return 0;
}

const struct signer *signers_find(const struct signers *signers, struct sshsig_piece key,
                                  const char *namespace, int64_t signed_s, int64_t now_s,
                                  struct soar_err *err)
{
    char shown[KNOWN_FINGERPRINT_BYTES];
    bool known = false;
    for (size_t i = 0; i < signers->count; i++) {
        const struct signer *signer = &signers->items[i];
        if (signer->key.len != key.len || memcmp(signer->key.bytes, key.bytes, key.len) != 0)
            continue;
        known = true;
        if (fits(signer, namespace, signed_s, "when it was committed", err) == 0 &&
            fits(signer, namespace, now_s, "when it was looked at", err) == 0)
            return signer;
    }
    sshsig_fingerprint(key, shown);
    if (!known)
        soar_err_set(err, SOAR_DENIED, "the key %s is not among the signers", shown);
    return NULL;
}

const struct signer *signers_check(const struct signers *signers, const char *commit, size_t len,
                                   int64_t now_s, char ret_key[KNOWN_FINGERPRINT_BYTES], struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    struct signed_commit it;
    struct sshsig sshsig;
    ret_key[0] = '\0';
    if (signers_commit(arena, commit, len, &it, err))
        return NULL;
    if (!it.signature) {
        soar_err_set(err, SOAR_DENIED, "it is not signed");
        return NULL;
    }
    if (sshsig_parse(arena, it.signature, it.signature_len, &sshsig, err))
        return NULL;
    sshsig_fingerprint(sshsig.key, ret_key);
    if (sshsig_verify(&sshsig, "git", it.payload, it.payload_len, err))
        return NULL;
    return signers_find(signers, sshsig.key, "git", it.committed_s, now_s, err);
}
