/* What is wrong with a text that is no YAML, in words that say what to do. libyaml's own words name its
 * grammar; the table below has ours for those that people meet. A problem that isn't in it keeps libyaml's.
 */
#include <string.h>

#include "engine/base/text.h"
#include "engine/yaml/yaml_parts.h"

struct words {
    const char *theirs;
    const char *ours;
};

static const struct words known[] = {
    {"mapping values are not allowed in this context",
     "a ': ' is not expected here: is the indentation right? Quote a text "
     "that holds one"},
    {"did not find expected key",
     "expected a key at the same indentation as the ones above, or the end of this map"},
    {"did not find expected '-' indicator",
     "expected '- ' at the same indentation as the items above, or the end of this "
     "list"},
    {"could not find expected ':'", "expected ': ' after this key"},
    {"did not find expected ',' or '}'", "expected ',' or '}'"},
    {"did not find expected ',' or ']'", "expected ',' or ']'"},
    {"found unexpected end of stream", "the quotation that begins here is never closed"},
    {"found unexpected document indicator", "the quotation that begins here is never closed"},
    {"found unknown escape character",
     "unknown escape after '\\' in a text in double quotes; single quotes take it as it is"},
    {"did not find expected <document start>", "expected the end of the file"},
    {"block sequence entries are not allowed in this context",
     "a '- ' is not expected here: put the list on a line of its "
     "own"},
    {"did not find expected alphabetic or numeric character",
     "a text that begins with '*' or '&' must be quoted"},
    {"did not find expected hexdecimal number", "expected hexadecimal digits after the escape"},
    {"found a tab character that violates indentation", "a tab used as indentation: use blanks"},
    {"found a tab character where an indentation space is expected", "a tab used as indentation: use blanks"},
    {"block mapping keys are not allowed in this context", "a '? ' is not expected here"},
    {"exceeded maximum nesting level", "nested too deep"},
};

static const char *translate(const char *problem)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(problem, known[i].theirs) == 0) {
            return known[i].ours;
        }
    }
    return problem;
}

/* These are seen at the end of the file or line, and made where the thing begins. */
static bool begins_it(const char *problem)
{
    return strcmp(problem, "found unexpected end of stream") == 0 ||
           strcmp(problem, "found unexpected document indicator") == 0 ||
           strcmp(problem, "could not find expected ':'") == 0;
}

/* "while parsing a block mapping": in our words. */
static const char *thing(const char *context)
{
    if (strstr(context, "mapping") != NULL) {
        return "map";
    }
    return strstr(context, "sequence") != NULL || strstr(context, "collection") != NULL ? "list" : "text";
}

/* The byte at a mark: libyaml counts in characters. */
static const char *byte_at(const yaml_mark_t *mark, const char *text, size_t len)
{
    size_t offset = 0;
    for (size_t i = 0; i < mark->index && offset < len; i++) {
        text_next(text, len, &offset);
    }
    return offset < len ? text + offset : "";
}

void yaml_trouble(const yaml_parser_t *parser, const char *text, size_t len, struct diag_list *diags)
{
    const char *problem = parser->problem == NULL ? "this is no YAML" : parser->problem;
    const yaml_mark_t *mark = &parser->problem_mark;
    if (parser->context != NULL && begins_it(problem)) {
        mark = &parser->context_mark;
    }
    int line = (int)mark->line + 1;
    int col = (int)mark->column + 1;
    if (strcmp(problem, "found character that cannot start any token") == 0) {
        char found = *byte_at(mark, text, len);
        if (found == '\t') {
            diag_error(diags, line, col, "a tab used as indentation: use blanks");
        } else {
            diag_error(diags, line, col, "a text that begins with '%c' must be quoted", found);
        }
        return;
    }
    if (parser->context != NULL && parser->context_mark.line != mark->line) {
        diag_error(diags, line, col, "%s (in the %s that begins on line %d)", translate(problem),
                   thing(parser->context), (int)parser->context_mark.line + 1);
    } else {
        diag_error(diags, line, col, "%s", translate(problem));
    }
}

/* YAML 1.2, c-printable: what may stand in a file as it is. */
static bool is_printable(int32_t code)
{
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0x7E) || code == 0x85 ||
           (code >= 0xA0 && code <= 0xD7FF) || (code >= 0xE000 && code <= 0xFFFD && code != 0xFEFF) ||
           code >= 0x10000;
}

bool yaml_check_bytes(const char *text, size_t len, struct diag_list *diags)
{
    int line = 1;
    int col = 1;
    for (size_t offset = 0; offset < len;) {
        int32_t code = text_next(text, len, &offset);
        if (code < 0) {
            diag_error(diags, line, col, "this byte is no UTF-8 (0x%02X): save the file as UTF-8",
                       (unsigned char)text[offset - 1]);
            return false;
        }
        if (!is_printable(code)) {
            diag_error(diags, line, col, "the character U+%04X is not allowed in a file", (unsigned)code);
            return false;
        }
        col = code == '\n' ? 1 : col + 1;
        line += code == '\n';
    }
    return true;
}
