/* Writes a pack, its contract, its model, and a playbook that tries it, from the texts in starter/: @NAMES@
 * in them are replaced, nothing else. No file that is there is ever touched. */
#include "soarctl/action_new.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/limits.h"
#include "engine/base/text.h"
#include "soarctl/starter.h"

enum { PLACES_MAX = 24, FILES = 6 };

struct wish {
    struct verb_context *context;
    const char *dir;
    const char *stem; /* of the files */
    const char *action;
    const char *provider;
    const char *kind;      /* of the service */
    const struct pack *of; /* it extends this, or NULL */
    enum pack_per per;
    size_t count;
    struct {
        const char *name, *text;
    } places[PLACES_MAX];
};

static void set(struct wish *wish, const char *name, const char *text)
{
    wish->places[wish->count].name = name;
    wish->places[wish->count++].text = text;
}

static const char *filled(const struct wish *wish, const char *text)
{
    BUF_SCOPED out = {0};

    while (*text) {
        size_t len = strcspn(text, "@");
        const char *end;

        buf_add(&out, text, len);
        text += len;
        end = *text ? strchr(text + 1, '@') : NULL;
        for (size_t i = 0; end && i < wish->count; i++)
            if (strncmp(text + 1, wish->places[i].name, (size_t)(end - text - 1)) == 0 &&
                strlen(wish->places[i].name) == (size_t)(end - text - 1)) {
                buf_text(&out, wish->places[i].text);
                text = end + 1;
                end = NULL;
            }
        if (end)
            buf_char(&out, *text++);
    }
    return arena_copy(wish->context->arena, buf_string(&out), out.len);
}

/* A value of the type, for parameters that must be given. */
static const char *sample(const struct type *type)
{
    static const char *const samples[TYPE_KIND_COUNT] = {
        [TYPE_IP] = "203.0.113.9",
        [TYPE_IP4] = "203.0.113.9",
        [TYPE_IP6] = "\"2001:db8::9\"",
        [TYPE_CIDR] = "203.0.113.0/24",
        [TYPE_PORT] = "443",
        [TYPE_ENDPOINT] = "\"203.0.113.9:443\"",
        [TYPE_MAC] = "\"00:00:5e:00:53:01\"",
        [TYPE_HOST] = "web-01.corp.example",
        [TYPE_USER] = "jdoe",
        [TYPE_DN] = "\"cn=jdoe,dc=corp,dc=example\"",
        [TYPE_UUID] = "6acde85a-0b9c-4b1e-9d55-3f1c3f0c0a11",
        [TYPE_SHA256] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        [TYPE_INT] = "1",
        [TYPE_BOOL] = "true",
        [TYPE_DURATION] = "60s",
        [TYPE_WORD] = "word",
        [TYPE_TEXT] = "\"some text\"",
        [TYPE_PATH] = "/tmp/file",
        [TYPE_SECRET] = "\"env:SECRET\""};

    if (type->list)
        return "[]";
    return type->kind == TYPE_ENUM && type->choice_count ? type->choices[0] : samples[type->kind];
}

static const char *parameters(const struct wish *wish)
{
    BUF_SCOPED out = {0};

    for (size_t i = 0; wish->of && i < wish->of->param_count; i++)
        if (wish->of->params[i].required)
            buf_printf(&out, "%s%s: %s", out.len ? ", " : "", wish->of->params[i].name,
                       sample(&wish->of->params[i].type));
    return arena_copy(wish->context->arena, buf_string(&out), out.len);
}

static const char *head(const struct wish *wish)
{
    if (wish->of)
        return arena_printf(wish->context->arena, "extends: %s", wish->of->name);
    return arena_printf(
        wish->context->arena,
        "action: %s\n"
        "summary: Say in one sentence what is done to the target.\n"
        "per: %s\n"
        "# lock: network               # two actions of one lock never work on one target at once\n"
        "done: held                    # the words people see\n"
        "undone: released\n"
        "# params:\n"
        "#   note: {type: text, default: \"\", about: \"what a playbook may give: with.note\"}",
        wish->action, pack_per_name(wish->per));
}

static void set_places(struct wish *wish)
{
    struct arena *arena = wish->context->arena;
    const char *with = parameters(wish);
    bool host = wish->per == PER_HOST;
    bool address = wish->per == PER_ADDRESS;
    bool user = wish->per == PER_USER;
    const char *named = host ? "ws-07" : user ? "jdoe" : "203.0.113.7";

    set(wish, "STEM", wish->stem);
    set(wish, "ACTION", wish->action);
    set(wish, "PROVIDER", wish->provider);
    set(wish, "KIND", wish->kind);
    set(wish, "HEAD", head(wish));
    set(wish, "EXTENDS", arena_printf(arena, "%s: %s", wish->of ? "extends" : "action", wish->action));
    set(wish, "OVER", host ? "" : "    over: services              # a task at each service of this kind\n");
    set(wish, "ITEMS", user ? "users" : "devices");
    set(wish, "ITEM", user ? "user" : "device");
    set(wish, "NAMED", named);
    set(wish, "TARGET", host ? "{name: ws-07, os: windows, fqdn: ws-07.corp.example}" : named);
    /* where it learns who an account is, it takes the lock of that, and looks again */
    set(wish, "TWICE", user ? ", times: 2" : "");
    set(wish, "WITH",
        *with ? arena_printf(arena, "with: {%s}", with)
              : "# with: {}                      # parameters of the action");
    set(wish, "STEP",
        arena_printf(arena, "%s%s", *with ? arena_printf(arena, "    with: {%s}\n", with) : "",
                     address ? "    targets: [203.0.113.7]" : "    details: what it is for"));
    set(wish, "HOSTS", host ? "hosts: {ws-07: {os: windows, fqdn: ws-07.corp.example}}" : "");
    set(wish, "ALERT", host ? "{hosts: [ws-07]}" : user ? "{user_id: jdoe}" : "{rule: {name: A_Rule}}");
}

/* --- files --------------------------------------------------------------------------------------------- */

struct file {
    const char *path;
    const char *text;
};

static const char *starter(const struct wish *wish, const char *end)
{
    static const char *const families[PER_COUNT] = {[PER_HOST] = "object",
                                                    [PER_USER] = "object",
                                                    [PER_ADDRESS] = "address",
                                                    [PER_FILE] = "once",
                                                    [PER_ONCE] = "once"};
    const char *name = arena_printf(wish->context->arena, "%s%s", families[wish->per], end);

    for (const struct starter_text *text = starter_texts; text->name; text++)
        if (strcmp(text->name, name) == 0 || strcmp(text->name, end + 1) == 0)
            return text->text;
    return "";
}

static int write_file(const struct file *file, struct soar_err *err)
{
    int fd = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    size_t len = strlen(file->text);

    if (fd < 0)
        return soar_err_set(err, SOAR_INVALID, "%s: %s", file->path, strerror(errno));
    ssize_t written = write(fd, file->text, len);
    if (close(fd) == 0 && written == (ssize_t)len)
        return 0;
    return soar_err_set(err, SOAR_PERMANENT, "%s: it can't be written", file->path);
}

static int write_files(const struct wish *wish, struct file *files, struct soar_err *err)
{
    static const char *const ends[FILES] = {".yaml",          ".contract.yaml",      ".rehearse.yaml",
                                            ".playbook.yaml", ".playbook_test.yaml", ".config.yaml"};
    struct stat info;

    for (size_t i = 0; i < FILES; i++) {
        files[i].path = arena_printf(wish->context->arena, "%s/%s%s", wish->dir, wish->stem, ends[i]);
        files[i].text = filled(wish, starter(wish, ends[i]));
        if (lstat(files[i].path, &info) == 0)
            return soar_err_set(err, SOAR_INVALID, "%s is there already: nothing was written", files[i].path);
    }
    if (mkdir(wish->dir, 0777) && errno != EEXIST)
        return soar_err_set(err, SOAR_INVALID, "%s: %s", wish->dir, strerror(errno));
    for (size_t i = 0; i < FILES; i++)
        if (write_file(&files[i], err))
            return -1;
    return 0;
}

/* --- what is wanted ------------------------------------------------------------------------------------ */

static const char *lower(struct arena *arena, const char *text)
{
    char *copy = arena_string(arena, text);

    for (char *c = copy; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

static bool is_name(const char *text)
{
    return *text && strlen(text) <= LIMIT_NAME_BYTES && isalnum((unsigned char)*text) &&
           text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

static int read_per(const char *per, enum pack_per *ret_per, struct soar_err *err)
{
    static const enum pack_per known[] = {PER_HOST, PER_USER, PER_ADDRESS, PER_ONCE};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(per, pack_per_name(known[i])) == 0) {
            *ret_per = known[i];
            return 0;
        }
    return soar_err_set(err, SOAR_INVALID, "--per %s: expected host, user, address or once", per);
}

static int read_wish(struct wish *wish, const struct value *request, struct soar_err *err)
{
    struct arena *arena = wish->context->arena;
    const char *name = value_get_string(request, "name", "");
    const char *of = value_get_string(request, "extends", NULL);
    const char *per = value_get_string(request, "per", NULL);

    wish->dir = value_get_string(request, "dir", ".");
    wish->stem = lower(arena, name);
    wish->kind = value_get_string(request, "service", of ? wish->stem : "acme");
    if (!is_name(name) || !is_name(wish->kind))
        return soar_err_set(err, SOAR_INVALID, "'%s': expected a name of letters, digits, _ and -",
                            is_name(name) ? wish->kind : name);
    if (of && per)
        return soar_err_set(err, SOAR_INVALID,
                            "--per is the action's own: it stands in the one that is extended");
    wish->action = name;
    wish->provider = wish->kind;
    wish->per = PER_HOST;
    if (!of)
        return per ? read_per(per, &wish->per, err) : 0;
    wish->of = pack_shelf_find(wish->context->shelf, of);
    if (!wish->of)
        return soar_err_set(err, SOAR_INVALID, "--extends %s: there is no such action; `soarctl action list`",
                            of);
    wish->action = wish->of->name;
    wish->provider = wish->stem;
    wish->per = wish->of->per;
    for (size_t i = 0; i < wish->of->provider_count; i++)
        if (strcmp(wish->of->providers[i].name, wish->provider) == 0)
            return soar_err_set(err, SOAR_INVALID, "%s has a provider '%s' already, in %s", wish->of->name,
                                wish->provider, wish->of->providers[i].origin);
    return 0;
}

static int make(struct verb_context *context, const struct value *request, struct value *ret_answer,
                struct soar_err *err)
{
    struct wish wish = {.context = context};
    struct value_builder map, list, next;
    struct file files[FILES];
    struct arena *arena = context->arena;

    if (read_wish(&wish, request, err))
        return -1;
    set_places(&wish);
    if (write_files(&wish, files, err))
        return -1;
    value_build(&list, arena);
    for (size_t i = 0; i < FILES; i++)
        value_push(&list, value_text(arena, files[i].path));
    value_build(&next, arena);
    value_push(&next, value_text(arena, arena_printf(arena, "soarctl lint %s --config %s", wish.dir,
                                                     files[FILES - 1].path)));
    value_push(&next, value_text(arena, arena_printf(arena, "soarctl action test %s", files[0].path)));
    value_push(&next, value_text(arena, arena_printf(arena, "soarctl test %s --config %s", wish.dir,
                                                     files[FILES - 1].path)));
    value_build(&map, arena);
    value_put_text(&map, "files", value_end_list(&list));
    value_put_text(&map, "next", value_end_list(&next));
    *ret_answer = value_end_map(&map);
    return 0;
}

static void print(const struct value *answer, const struct report_style *style, struct buf *out)
{
    const struct value *files = value_get(answer, "files");
    const struct value *next = value_get(answer, "next");

    (void)style;
    for (size_t i = 0; i < value_count(files); i++)
        buf_printf(out, "wrote %s\n", value_at(files, i)->text);
    buf_text(
        out,
        "They work as they stand, against an API that nobody has. To see that, and after each change:\n");
    for (size_t i = 0; i < value_count(next); i++)
        buf_printf(out, "  %s\n", value_at(next, i)->text);
}

static const struct verb_param params[] = {
    {"name", PARAM_PLACE, "NAME", true, "of the action; with --extends, of the vendor"},
    {"dir", PARAM_PLACE, "DIR", true, "where the files go"},
    {"extends", PARAM_TEXT, "ACTION", false, "a vendor more for an action that is there"},
    {"service", PARAM_TEXT, "KIND", false,
     "what the inventory calls such a service (default: NAME, or acme)"},
    {"per", PARAM_TEXT, "WHAT", false, "of a new action: host (default), user, address or once"},
    {NULL, PARAM_KIND_COUNT, NULL, false, NULL},
};

const struct verb action_new_verb = {
    .name = "action new",
    .about = "the files a pack begins with: pack, contract, model, a playbook that tries it",
    .params = params,
    .needs = NEEDS_PACKS,
    .fn = make,
    .print = print,
};
