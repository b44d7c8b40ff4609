/* A report for people and for CI. What stands in it may come from an alert: for people it is shown, for XML
 * it is shown and escaped. */
#include <string.h>

#include "engine/base/text.h"
#include "engine/rehearse/rehearse.h"

static void put_time(struct buf *out, int64_t ms)
{
    if (ms > 0) {
        buf_text(out, "  ");
        text_duration(out, ms);
    }
}

static void put_place(struct buf *out, const char *file, const struct value *failure)
{
    buf_printf(out, "%s:%lld:%lld: error: ", file, (long long)value_get_int(failure, "line", 0),
               (long long)value_get_int(failure, "col", 0));
    const char *text = value_get_string(failure, "text", "");

    text_visible(out, text, strlen(text));
}

void rehearse_print(const struct value *report, struct buf *out)
{
    const struct value *cases = value_get(report, "cases");
    const char *file = value_get_string(report, "file", "");
    long long count = value_get_int(report, "count", 0);
    long long failed = value_get_int(report, "failed", 0);

    for (size_t i = 0; i < value_count(cases); i++) {
        const struct value *one = value_at(cases, i);
        const struct value *failures = value_get(one, "failures");
        const char *name = value_get_string(one, "name", "");

        buf_text(out, value_get_bool(one, "passed", false) ? "ok    " : "FAIL  ");
        text_visible(out, name, strlen(name));
        put_time(out, value_get_int(one, "ms", 0));
        buf_char(out, '\n');
        for (size_t f = 0; f < value_count(failures); f++) {
            put_place(out, file, value_at(failures, f));
            buf_char(out, '\n');
        }
    }
    buf_printf(out, "%s: %lld of %lld cases passed\n", file, count - failed, count);
}

/* Text within an XML attribute or element; what text_visible() leaves is allowed in XML. */
static void put_xml(struct buf *out, const char *text, size_t len)
{
    BUF_SCOPED shown = {0};

    text_visible(&shown, text, len);
    text_xml(out, buf_string(&shown), shown.len);
}

static void put_attribute(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, " %s=\"", name);
    put_xml(out, text, strlen(text));
    buf_char(out, '"');
}

static void put_seconds(struct buf *out, int64_t ms)
{
    buf_printf(out, " time=\"%lld.%03lld\"", (long long)(ms / 1000), (long long)(ms % 1000));
}

/* JUnit knows one failure a case: its message is the first, its text all of them. */
static void put_failures(struct buf *out, const char *file, const struct value *failures)
{
    if (value_count(failures) == 0)
        return;
    buf_text(out, "      <failure");
    put_attribute(out, "message", value_get_string(value_at(failures, 0), "text", ""));
    buf_char(out, '>');
    for (size_t i = 0; i < value_count(failures); i++) {
        BUF_SCOPED line = {0};

        put_place(&line, file, value_at(failures, i));
        put_xml(out, buf_string(&line), line.len);
        buf_char(out, '\n');
    }
    buf_text(out, "</failure>\n");
}

static int64_t took(const struct value *report)
{
    const struct value *cases = value_get(report, "cases");
    int64_t ms = 0;

    for (size_t i = 0; i < value_count(cases); i++)
        ms += value_get_int(value_at(cases, i), "ms", 0);
    return ms;
}

static void put_suite(struct buf *out, const struct value *report)
{
    const struct value *cases = value_get(report, "cases");
    const char *file = value_get_string(report, "file", "");

    buf_text(out, "  <testsuite");
    put_attribute(out, "name", file);
    buf_printf(out, " tests=\"%lld\" failures=\"%lld\" errors=\"0\"",
               (long long)value_get_int(report, "count", 0), (long long)value_get_int(report, "failed", 0));
    put_seconds(out, took(report));
    buf_text(out, ">\n");
    for (size_t i = 0; i < value_count(cases); i++) {
        const struct value *one = value_at(cases, i);

        buf_text(out, "    <testcase");
        put_attribute(out, "classname", value_get_string(report, "playbook", ""));
        put_attribute(out, "name", value_get_string(one, "name", ""));
        put_attribute(out, "file", file);
        buf_printf(out, " line=\"%lld\"", (long long)value_get_int(one, "line", 0));
        put_seconds(out, value_get_int(one, "ms", 0));
        buf_text(out, ">\n");
        put_failures(out, file, value_get(one, "failures"));
        buf_text(out, "    </testcase>\n");
    }
    buf_text(out, "  </testsuite>\n");
}

void rehearse_junit(const struct value *reports, struct buf *out)
{
    int64_t count = 0, failed = 0, ms = 0;

    for (size_t i = 0; i < value_count(reports); i++) {
        count += value_get_int(value_at(reports, i), "count", 0);
        failed += value_get_int(value_at(reports, i), "failed", 0);
        ms += took(value_at(reports, i));
    }
    buf_printf(out,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"%lld\" failures=\"%lld\"",
               (long long)count, (long long)failed);
    put_seconds(out, ms);
    buf_text(out, ">\n");
    for (size_t i = 0; i < value_count(reports); i++)
        put_suite(out, value_at(reports, i));
    buf_text(out, "</testsuites>\n");
}
