/* What an answer means: by the pack's outcomes, by what was expected, else by the table of what far sides
 * say.
 *
 * An expression that fails on the answer of a far side in trouble (no body, say) does not hide that trouble;
 * on an answer that came as it should it fails the try. Nothing makes a success of an error. */
#include <string.h>

#include "engine/action/attempt_parts.h"
#include "engine/base/text.h"

enum { SHOWN_BYTES = 160 };

static enum pack_judgement by_class(enum soar_class class, bool writes)
{
    switch (class) {
    case SOAR_DONE:
        return JUDGED_DONE;
    case SOAR_DENIED:
        return JUDGED_DENIED;
    case SOAR_TRANSIENT:
        return JUDGED_TRANSIENT;
    case SOAR_UNKNOWN:
        return writes ? JUDGED_UNKNOWN : JUDGED_TRANSIENT;
    case SOAR_ABSENT:
        return JUDGED_ABSENT;
    case SOAR_UNSUPPORTED:
        return JUDGED_UNSUPPORTED;
    case SOAR_INVALID:
    case SOAR_PERMANENT:
    case SOAR_CLASS_COUNT:
        break;
    }
    return JUDGED_PERMANENT;
}

enum pack_judgement attempt_by_status(int64_t status, bool writes)
{
    if (status >= 200 && status <= 299) {
        return JUDGED_DONE;
    }
    if (status == 401 || status == 403) {
        return JUDGED_DENIED;
    }
    if (status == 404) {
        return JUDGED_ABSENT;
    }
    if (writes && (status == 500 || status == 502 || status == 504)) {
        return JUDGED_UNKNOWN;
    }
    return status == 408 || status == 429 || (status >= 500 && status <= 599) ? JUDGED_TRANSIENT
                                                                              : JUDGED_PERMANENT;
}

/* LDAP's result codes, RFC 4511. */
enum pack_judgement attempt_by_code(int64_t code)
{
    switch (code) {
    case 0:
        return JUDGED_DONE;
    case 49: /* invalidCredentials */
    case 50: /* insufficientAccessRights */
        return JUDGED_DENIED;
    case 32: /* noSuchObject */
        return JUDGED_ABSENT;
    case 51: /* busy */
    case 52: /* unavailable */
        return JUDGED_TRANSIENT;
    default:
        return JUDGED_PERMANENT;
    }
}

/* What a person can do something about, whatever the service says of it. */
static const char *meaning(const char *what, int64_t number)
{
    if (strcmp(what, "status") != 0) {
        return "";
    }
    return number == 401 ? ", our log-in is not taken" : number == 403 ? ", our account may not do this" : "";
}

/* "exit 3: no such table", "okta: status 401, …": the first line of what it said, cut and made visible. */
static const char *said(struct attempt *attempt, const char *what, int64_t number, const struct value *result)
{
    static const char *const fields[] = {"err", "text", "out"};
    const char *text = "";
    for (size_t i = 0; i < sizeof fields / sizeof fields[0] && *text == '\0'; i++) {
        text = value_get_string(result, fields[i], "");
        text += strspn(text, " \t\r\n");
    }
    size_t len = strcspn(text, "\r\n");
    BUF_SCOPED shown;
    buf_init(&shown, 0);
    text_visible(&shown, text, len < SHOWN_BYTES ? len : SHOWN_BYTES);
    const char *service = value_get_string(&attempt->input.service, "name", "");
    return arena_printf(attempt->arena, "%s%s%s %lld%s%s%s%s", service, *service ? ": " : "", what,
                        (long long)number, meaning(what, number), len > 0 ? ": " : "", buf_string(&shown),
                        len > SHOWN_BYTES ? "…" : "");
}

/* By the answer's own number, whichever it has. */
static struct attempt_judged by_fields(struct attempt *attempt, const struct value *result, bool writes)
{
    static const char *const fields[] = {"status", "code", "exit"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const struct value *number = value_get(result, fields[i]);
        if (number == NULL || number->kind != VALUE_INT) {
            continue;
        }
        enum pack_judgement judgement = i == 0                 ? attempt_by_status(number->integer, writes)
                                        : i == 1               ? attempt_by_code(number->integer)
                                        : number->integer == 0 ? JUDGED_DONE
                                                               : JUDGED_PERMANENT;
        return (struct attempt_judged){
            judgement, judgement == JUDGED_DONE ? "" : said(attempt, fields[i], number->integer, result)};
    }
    return (struct attempt_judged){JUDGED_DONE, ""};
}

/* The first outcome that holds. -1: none; -2: an expression failed, and *ret_why says where. */
static int find_outcome(struct attempt *attempt, const struct pack_statement *statement, const char **ret_why)
{
    struct cel_scope scope = attempt_scope(attempt);
    struct soar_err err;
    for (size_t i = 0; i < statement->case_count; i++) {
        bool holds = false;
        if (cel_bool(statement->cases[i].when, &scope, attempt->arena, &holds, &err) < 0) {
            *ret_why = attempt_place(attempt, statement->line, statement->col, "outcomes", &err);
            return -2;
        }
        if (holds) {
            return (int)i;
        }
    }
    return -1;
}

static struct attempt_judged judge_expected(struct attempt *attempt, const struct pack_statement *statement,
                                            struct attempt_judged plain)
{
    struct cel_scope scope = attempt_scope(attempt);
    struct soar_err err;
    bool holds = false;
    if (statement->expect == NULL) {
        return plain;
    }
    int result = cel_bool(statement->expect, &scope, attempt->arena, &holds, &err);
    if (result == 0 && holds) {
        return (struct attempt_judged){JUDGED_DONE, ""};
    }
    if (plain.judgement != JUDGED_DONE) {
        plain.why =
            statement->why != NULL && plain.judgement == JUDGED_PERMANENT ? statement->why : plain.why;
        return plain;
    }
    const char *why = result < 0 ? attempt_place(attempt, statement->line, statement->col, "expect", &err)
                      : statement->why != NULL
                          ? statement->why
                          : arena_printf(attempt->arena, "not as expected: %s", cel_text(statement->expect));
    return (struct attempt_judged){JUDGED_PERMANENT, why};
}

struct attempt_judged attempt_judge(struct attempt *attempt, const struct pack_statement *statement,
                                    const struct soar_answer *answer, const struct value *result)
{
    bool writes = statement->function->class == FUNCTION_WRITE;
    struct attempt_judged plain = {by_class(answer->class, writes),
                                   arena_string(attempt->arena, answer->why)};
    if (plain.judgement == JUDGED_DONE) {
        plain = by_fields(attempt, result, writes);
    }
    const char *why = NULL;
    int outcome = result->kind == VALUE_MAP ? find_outcome(attempt, statement, &why) : -1;
    if (outcome >= 0) {
        const struct pack_case *found = &statement->cases[outcome];
        const char *own = found->is == JUDGED_DONE ? "" : plain.why;
        return (struct attempt_judged){found->is, found->why != NULL ? found->why : own};
    }
    if (outcome == -2 && plain.judgement == JUDGED_DONE) {
        return (struct attempt_judged){JUDGED_PERMANENT, why};
    }
    if (answer->class != SOAR_DONE) {
        if (*plain.why == '\0') {
            plain.why = arena_printf(attempt->arena, "%s: %s", statement->function->name,
                                     soar_class_name(answer->class));
        }
        return plain;
    }
    return judge_expected(attempt, statement, plain);
}
