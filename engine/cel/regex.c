/* Searching with PCRE2. The pattern gets ".*?" in front and is tried at the start of the text only, so that
 * one call is one attempt and its limits bound the whole of it (they count anew at each start otherwise). It
 * is first run by the matcher that follows all alternatives at once: its time grows with the text, not with
 * what an attacker made of it. Only when that one has too many alternatives to follow does the backtracking
 * one run, and it gives up at a limit. */
#include "engine/cel/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "engine/base/limits.h"

enum {
    WORKSPACE = 1200, /* ints: about 200 alternatives at once */
    MATCH_LIMIT = 1000000,
    DEPTH_LIMIT = 100000,
    HEAP_LIMIT_KB = 16 * 1024,
    PATTERN_PARENS_MAX = 110
};

struct regex {
    pcre2_code *code;
};

static void *arena_piece(PCRE2_SIZE size, void *arena)
{
    return arena_alloc(arena, size);
}

/* The arena frees it, or never does. */
static void leave(void *memory, void *arena)
{
    (void)memory;
    (void)arena;
}

static pcre2_code *compile(struct arena *arena, const struct buf *pattern, struct soar_err *err)
{
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_general_context *memory = pcre2_general_context_create(arena_piece, leave, arena);
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(context, PATTERN_PARENS_MAX);
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern->data, pattern->len,
                      PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_DOLLAR_ENDONLY | PCRE2_NO_AUTO_CAPTURE |
                          PCRE2_NEVER_BACKSLASH_C | PCRE2_ANCHORED | PCRE2_NO_AUTO_POSSESS,
                      &error, &offset, context);
    if (code == NULL) {
        char text[160] = "";
        pcre2_get_error_message(error, (PCRE2_UCHAR *)text, sizeof text);
        soar_err_set(err, SOAR_INVALID, "regular expression: %s", text);
    }
    return code;
}

const struct regex *regex_new(struct arena *arena, const char *pattern, size_t len, struct soar_err *err)
{
    struct regex *regex = NULL;
    struct buf translated;
    buf_init(&translated, 0);
    buf_text(&translated, "(?s:.*?)(?:");
    if (regex_translate(&translated, pattern, len, err) == 0) {
        buf_text(&translated, ")");
        pcre2_code *code = compile(arena, &translated, err);
        if (code != NULL) {
            regex = arena_alloc(arena, sizeof *regex);
            regex->code = code;
        }
    }
    buf_done(&translated);
    return regex;
}

static int backtrack(const struct regex *regex, const char *text, size_t len, pcre2_match_data *data,
                     pcre2_match_context *context)
{
    pcre2_set_match_limit(context, MATCH_LIMIT);
    pcre2_set_depth_limit(context, DEPTH_LIMIT);
    pcre2_set_heap_limit(context, HEAP_LIMIT_KB);
    return pcre2_match(regex->code, (PCRE2_SPTR)text, len, 0, 0, data, context);
}

int regex_search(const struct regex *regex, const char *text, size_t len, bool *ret_found,
                 struct soar_err *err)
{
    int workspace[WORKSPACE];
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int result = PCRE2_ERROR_NOMEMORY;
    if (context != NULL && data != NULL) {
        pcre2_set_match_limit(context, MATCH_LIMIT);
        pcre2_set_depth_limit(context, DEPTH_LIMIT);
        pcre2_set_heap_limit(context, HEAP_LIMIT_KB);
        result = pcre2_dfa_match(regex->code, (PCRE2_SPTR)text, len, 0, PCRE2_DFA_SHORTEST, data, context,
                                 workspace, WORKSPACE);
        if (result < 0 && result != PCRE2_ERROR_NOMATCH) {
            result = backtrack(regex, text, len, data, context);
        }
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(context);
    if (result < 0 && result != PCRE2_ERROR_NOMATCH) {
        return soar_err_set(err, SOAR_INVALID, "regular expression: matching took more work than is allowed");
    }
    *ret_found = result >= 0;
    return 0;
}
