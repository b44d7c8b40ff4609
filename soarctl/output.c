/* The one place that writes to the screen. A reader that went away (a closed pipe) stops no run: what can't
 * be written is dropped, and the record has it. */
#include "soarctl/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/json.h"

bool output_terminal(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0;
}

static const char *tool(const struct args *args, struct arena *arena)
{
    const char *text = "soarctl";

    if (args->config)
        text = arena_printf(arena, "%s --config %s", text, report_shell_word(arena, args->config));
    if (args->state)
        text = arena_printf(arena, "%s --state %s", text, report_shell_word(arena, args->state));
    if (args->socket)
        text = arena_printf(arena, "%s --socket %s", text, report_shell_word(arena, args->socket));
    if (args->inventory)
        text = arena_printf(arena, "%s --inventory %s", text, report_shell_word(arena, args->inventory));
    return text;
}

void output_style(const struct args *args, struct arena *arena, struct report_style *ret_style)
{
    time_t now = time(NULL);
    struct tm tm = {0};

    localtime_r(&now, &tm);
    *ret_style = (struct report_style){
        .now_ms = (int64_t)now * 1000,
        .offset_s = (int)tm.tm_gmtoff,
        .color = output_terminal() && !getenv("NO_COLOR"),
        .tool = tool(args, arena),
    };
}

void output_write(void *unused, const char *text, size_t len)
{
    (void)unused;
    while (len > 0) {
        ssize_t written = write(STDOUT_FILENO, text, len);
        if (written <= 0)
            return;
        text += written;
        len -= (size_t)written;
    }
}

void output_answer(const struct args *args, verb_print_fn print, const struct value *answer,
                   const struct report_style *style)
{
    BUF_SCOPED out = {0};

    if (answer->kind == VALUE_NULL)
        return; /* it has written its own output */
    if (args->json) {
        json_print(&out, answer);
        buf_char(&out, '\n');
    } else {
        print(answer, style, &out);
    }
    output_write(NULL, buf_string(&out), out.len);
}

void output_local(const struct args *args, bool *said)
{
    BUF_SCOPED out = {0};

    if (*said || args->json)
        return;
    *said = true;
    buf_printf(&out, "no soard here: local run, %snothing will be rechecked or end by itself\n",
               args->config ? "" : "no policy; ");
    output_write(NULL, buf_string(&out), out.len);
}

static void error_json(const char *mistakes, const struct soar_err *err)
{
    ARENA_SCOPED arena = arena_new();
    BUF_SCOPED out = {0};
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, "error", value_text(arena, err->text));
    value_put_text(&map, "class", value_static(soar_class_name(err->class)));
    if (*mistakes)
        value_put_text(&map, "mistakes", value_text(arena, mistakes));
    struct value value = value_end_map(&map);
    json_print(&out, &value);
    buf_char(&out, '\n');
    output_write(NULL, buf_string(&out), out.len);
}

/* Line by line, each made visible: the lines are ours, what is in them may not be. */
static void add_lines(struct buf *out, const char *text)
{
    ARENA_SCOPED arena = arena_new();

    while (*text) {
        size_t len = strcspn(text, "\n");
        report_text(out, arena_copy(arena, text, len));
        buf_char(out, '\n');
        text += len + (text[len] == '\n');
    }
}

void output_error(const struct args *args, const char *mistakes, const struct soar_err *err)
{
    BUF_SCOPED out = {0};

    /* warnings alone are lines beside the answer, which is the one document */
    if (args->json && *err->text) {
        error_json(mistakes, err);
        return;
    }
    add_lines(&out, mistakes);
    if (*err->text) {
        buf_printf(&out, "soarctl%s%s: ", args->verb ? " " : "", args->verb ? args->verb->name : "");
        report_text(&out, err->text);
        buf_char(&out, '\n');
    }
    fwrite(buf_string(&out), 1, out.len, stderr);
}

int output_exit(const struct soar_err *err)
{
    return err->class == SOAR_INVALID ? EXIT_MISTAKE : EXIT_FAILED;
}
