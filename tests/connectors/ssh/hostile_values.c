/* Hand-picked ones first; the rest are made of them: each wrapped in quotes, doubled, and long. */
#include "tests/connectors/ssh/hostile_values.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"

static const char *const picked[] = {
    "",
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "a\n",
    "\na",
    "\r",
    "\r\n",
    "a\r\nb",
    "-",
    "--",
    "-n",
    "-e",
    "-c",
    "--help",
    "-rf /",
    "'",
    "''",
    "\"",
    "\"\"",
    "`",
    "``",
    "\\",
    "\\\\",
    "\\\\\\",
    "\\n",
    "\\0",
    "\\'",
    "\\\"",
    "x\\",
    "x\\\n",
    "!",
    "!!",
    "!$",
    "!-1",
    "^a^b",
    "#",
    "# x",
    "%",
    "%s",
    "%n%n",
    "%%",
    "%1$s",
    "$",
    "$$",
    "$1",
    "$@",
    "$*",
    "$?",
    "$0",
    "${x}",
    "${x:?boo}",
    "$((1/0))",
    "$'a'",
    "$\"a\"",
    "~",
    "~root",
    "*",
    "/*",
    "?",
    "[a-z]",
    "{a,b}",
    "{1..9}",
    "a b",
    "a;b",
    "a&b",
    "a|b",
    "a>b",
    "a<b",
    "(a)",
    "a)",
    "(",
    "{",
    "}",
    "<<EOF",
    "EOF",
    ".",
    "..",
    "/",
    "//",
    "=",
    "a=b",
    "PATH=/",
    "IFS=x",
    "LC_ALL=x",
    "x",
    "y",
    "0",
    "-1",
    "1e9",
    "08",
    "0x10",
    "true",
    "null",
    "NaN",
    "[]",
    "{}",
    "\x01",
    "\x02\x03",
    "\x04",
    "\x07",
    "\x08",
    "\x0b",
    "\x0c",
    "\x1a",
    "\x1b[2J",
    "\x1b]0;x\x07",
    "\x7f",
    "\xc2\x80",
    "\xc2\xa0",
    "\xe2\x80\x98",
    "\xe2\x80\x99x\xe2\x80\x9a",
    "\xe2\x80\x9b",
    "\xe2\x80\x9cx\xe2\x80\x9d",
    "\xe2\x80\xaexyz",
    "\xe2\x80\x8b",
    "\xe2\x80\xa8",
    "\xef\xbb\xbf",
    "\xef\xbf\xbd",
    "\xef\xbf\xbf",
    "\xf0\x9f\x92\xa3",
    "\xf4\x8f\xbf\xbf",
    "e\xcc\x81",
    "\xc3\xa9",
    "\xef\xbc\x87",
    "$(CANARY)",
    "`CANARY`",
    "';CANARY;'",
    "\";CANARY;\"",
    "\nCANARY\n",
    ";CANARY",
    "&&CANARY",
    "|CANARY",
    "&CANARY&",
    "'$(CANARY)'",
    "\"$(CANARY)\"",
    "'\n$(CANARY)\n'",
    "\\';CANARY;\\'",
    "'\\'';CANARY;'\\''",
    "$(CANARY",
    "`CANARY",
    "<(CANARY)",
    ">(CANARY)",
    "${x:=$(CANARY)}",
    "$((`CANARY`))",
    "a[$(CANARY)]",
    "() { :; }; CANARY",
    "}\nCANARY",
    ")\nCANARY",
    "fi\nCANARY",
    "done\nCANARY",
    "esac\nCANARY",
    "EOF\nCANARY\n",
    "\xe2\x80\x99;CANARY;\xe2\x80\x99",
    "begin;CANARY;end",
    "{CANARY}",
    "!CANARY",
    "%{CANARY}",
    "eval CANARY",
    "exec CANARY",
    ". CANARY",
    "(CANARY)",
    "(CANARY",
    "CANARY)",
    "CANARY #",
    "5\nCANARY",
    "0\n0\n.",
    ".\n0\n",
    "1\nx1\nx",
    "999999999\n",
    "*)CANARY;;",
    "x'\"`$(CANARY)\"'`",
};
enum { PICKED = sizeof picked / sizeof *picked };

static void add(struct buf *out, const char *text, const char *canary)
{
    for (const char *at; (at = strstr(text, "CANARY")) != NULL; text = at + 6) {
        buf_add(out, text, (size_t)(at - text));
        buf_text(out, canary);
    }
    buf_text(out, text);
}

char *hostile_value(size_t index, const char *canary)
{
    struct buf out;
    buf_init(&out, 0);
    if (index == HOSTILE_VALUES - 1) { /* as long as a line of the protocol allows, with hostile ends */
        add(&out, "'$(CANARY)\n", canary);
        while (out.len < 1000 * 1000)
            buf_text(&out, "0123456789abcde~");
        add(&out, "\n`CANARY`\n\n", canary);
    } else if (index < PICKED) {
        add(&out, picked[index], canary);
    } else { /* the last picked ones, all three ways of being quoted wrongly at once */
        const char *text = picked[PICKED - 1 - (index - PICKED)];
        buf_text(&out, "'\"`\\");
        add(&out, text, canary);
        add(&out, text, canary);
        buf_text(&out, "\\`\"'\n");
    }
    char *value = strdup(buf_string(&out));
    buf_done(&out);
    return value;
}
