/* What in a script turns a value into code: eval, backticks around "$1", and "$1" without its quotes.
 *
 * It reads as much of the shell's grammar as it needs: quotes, comments, assignments. What stands in single
 * quotes is nobody's business here. So it warns and never refuses. */
#include <ctype.h>
#include <string.h>

#include "engine/action/pack_parts.h"

struct scan {
    struct pack_reader *reader;
    const struct yaml_node *node;
    size_t at;
    bool in_double;
    bool in_backtick;
    bool told[3];
};

enum { SAID_EVAL, SAID_BACKTICK, SAID_BARE };

static void warn(struct scan *scan, int kind, const char *text)
{
    int line;
    int col;
    if (scan->told[kind]) {
        return;
    }
    scan->told[kind] = true;
    yaml_place(scan->node, scan->at, &line, &col);
    diag_warning(scan->reader->diags, line, col, "%s", text);
}

static bool is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* `name=$1` is split by no shell. */
static bool behind_assignment(const struct scan *scan)
{
    const char *text = scan->node->text;
    size_t at = scan->at;
    if (at == 0 || text[at - 1] != '=') {
        return false;
    }
    at--;
    while (at > 0 && is_word_char(text[at - 1])) {
        at--;
    }
    return at + 1 < scan->at && (at == 0 || isspace((unsigned char)text[at - 1]) || text[at - 1] == ';');
}

/* `case $1 in`: nor is this. */
static bool behind_case(const struct scan *scan)
{
    return scan->at >= 5 && strncmp(scan->node->text + scan->at - 5, "case ", 5) == 0;
}

static bool is_eval(const struct scan *scan)
{
    const char *text = scan->node->text;
    return strncmp(text + scan->at, "eval", 4) == 0 && !is_word_char(text[scan->at + 4]) &&
           (scan->at == 0 || strchr(" \t\n;&|(`", text[scan->at - 1]) != NULL) && text[scan->at + 4] != '=';
}

static void look_at_parameter(struct scan *scan)
{
    const char *name = scan->node->text + scan->at + 1;
    name += *name == '{' ? 1 : 0;
    if (!isdigit((unsigned char)*name) && *name != '@' && *name != '*') {
        return;
    }
    if (scan->in_backtick) {
        warn(scan, SAID_BACKTICK, "a value between backticks: write $(… \"$1\")");
    }
    if (!scan->in_double && *name != '0' && !behind_assignment(scan) && !behind_case(scan)) {
        warn(scan, SAID_BARE, "a value without quotes is split and matched against file names: write \"$1\"");
    }
}

static void skip_past(struct scan *scan, char end)
{
    const char *found = strchr(scan->node->text + scan->at + 1, end);
    scan->at = found == NULL ? scan->node->len : (size_t)(found - scan->node->text);
}

static void step(struct scan *scan)
{
    const char *text = scan->node->text;
    switch (text[scan->at]) {
    case '\\':
        scan->at += text[scan->at + 1] != '\0' ? 1 : 0;
        break;
    case '"':
        scan->in_double = !scan->in_double;
        break;
    case '`':
        scan->in_backtick = !scan->in_backtick;
        break;
    case '\'':
        if (!scan->in_double) {
            skip_past(scan, '\'');
        }
        break;
    case '#':
        if (!scan->in_double && (scan->at == 0 || isspace((unsigned char)text[scan->at - 1]))) {
            skip_past(scan, '\n');
        }
        break;
    case '$':
        look_at_parameter(scan);
        break;
    case 'e':
        if (!scan->in_double && is_eval(scan)) {
            warn(scan, SAID_EVAL, "eval makes code of text: say what is meant without it");
        }
        break;
    default:
        break;
    }
}

void reader_script(struct pack_reader *reader, const struct yaml_node *node)
{
    struct scan scan = {.reader = reader, .node = node};
    for (; scan.at < node->len; scan.at++) {
        step(&scan);
    }
}
