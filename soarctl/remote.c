/* The other end of soard's socket (soard/socket.h has the lines that are spoken). Lines that come back are
 * soard's own, made for this screen: live ones are written as they stand. */
#include "soarctl/remote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/limits.h"
#include "soarctl/files.h"
#include "soarctl/output.h"

static const char usual_socket[] = "/run/soar/soard.sock";

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

/* Tries one place. named: soard must be there. */
static int try(struct remote *remote, const char *path, bool named, struct buf *mistakes,
               struct soar_err *err)
{
    remote->path = path;
    remote->fd = connect_to(path);
    if (remote->fd >= 0)
        return 0;
    if (named)
        return soar_err_set(err, SOAR_INVALID, "socket %s: %s: is soard running?", path, strerror(errno));
    if (errno == EACCES || errno == EPERM)
        return soar_err_set(err, SOAR_DENIED,
                            "socket %s: %s: join the group that may ask soard, or give --state DIR for a "
                            "record of your own",
                            path, strerror(errno));
    if (errno == ECONNREFUSED)
        buf_printf(mistakes, "warning: socket %s: no soard listens there any more; done here instead\n",
                   path);
    return 0;
}

/* What the configuration says; one with a mistake is told by whoever reads it next. */
static const char *socket_of_config(const struct args *args, struct arena *arena)
{
    BUF_SCOPED unheard = {0};
    struct soar_err err = {0};
    struct site *site = NULL;

    if (files_site(arena, NULL, args->config, &site, &unheard, &err))
        return NULL;
    return site->socket ? site->socket
                        : arena_printf(arena, "%s/soard.sock", files_state_dir(arena, NULL, site));
}

static int find(const struct args *args, struct arena *arena, struct remote *ret_remote, struct buf *mistakes,
                struct soar_err *err)
{
    const char *named = args->socket ? args->socket : getenv("SOAR_SOCKET");
    const char *state = args->state ? args->state : getenv("SOAR_STATE");

    if (named && *named)
        return try(ret_remote, named, true, mistakes, err);
    if (state && *state)
        return try(ret_remote, arena_printf(arena, "%s/soard.sock", state), false, mistakes, err);
    const char *configured = args->config ? socket_of_config(args, arena) : NULL;
    if (args->config)
        return configured ? try(ret_remote, configured, false, mistakes, err) : 0;
    if (args->inventory)
        return 0;
    if (try(ret_remote, usual_socket, false, mistakes, err) || ret_remote->fd >= 0)
        return ret_remote->fd >= 0 ? 0 : -1;
    return try(ret_remote, arena_printf(arena, "%s/soard.sock", files_state_dir(arena, NULL, NULL)), false,
               mistakes, err);
}

int remote_find(const struct args *args, struct arena *arena, struct remote *ret_remote, struct buf *mistakes,
                struct soar_err *err)
{
    const struct verb *verb = args->verb;

    *ret_remote = (struct remote){.fd = -1};
    if (!verb->role || verb->needs < NEEDS_READ || (verb->needs == NEEDS_PLAN && args->inventory))
        return 0;
    if (find(args, arena, ret_remote, mistakes, err))
        return -1;
    if (ret_remote->fd < 0 || !args->inventory)
        return 0;
    remote_close(ret_remote);
    return soar_err_set(err, SOAR_INVALID,
                        "soard (%s) has an inventory of its own: leave --inventory out, or name another "
                        "record with --state DIR",
                        ret_remote->path);
}

/* A playbook that is a file here goes as text; soard takes that from an admin alone. */
static int put_playbook(struct arena *arena, const struct value *request, struct value_builder *map,
                        struct soar_err *err)
{
    const char *file = value_get_string(request, "playbook", NULL);
    struct stat info;
    char *text = NULL;
    size_t len = 0;

    if (!file || (strcmp(file, "-") != 0 && (stat(file, &info) || !S_ISREG(info.st_mode))))
        return 0;
    if (file_read(arena, file, LIMIT_FILE_BYTES, &text, &len, err)) {
        err->class = SOAR_INVALID;
        return -1;
    }
    value_put_text(map, "playbook_text", value_string(arena, text, len));
    return 0;
}

static struct value style_of(struct arena *arena, bool live, const struct report_style *style)
{
    struct value_builder map;

    value_build(&map, arena);
    value_put_text(&map, "offset_s", value_int(style->offset_s));
    value_put_text(&map, "color", value_bool(style->color));
    value_put_text(&map, "tool", value_text(arena, style->tool));
    value_put_text(&map, "terminal", value_bool(output_terminal()));
    value_put_text(&map, "live", value_bool(live));
    return value_end_map(&map);
}

static int print_request(const struct args *args, struct arena *arena, bool preview, bool live,
                         const struct report_style *style, struct buf *out, struct soar_err *err)
{
    const struct value *given = &args->request;
    struct value_builder map, request;

    value_build(&request, arena);
    for (size_t i = 0; i < value_count(given); i++)
        value_put(&request, given->map->keys[i], given->map->values[i]);
    if (put_playbook(arena, given, &request, err))
        return -1;
    value_build(&map, arena);
    value_put_text(&map, "verb", value_static(args->verb->name));
    value_put_text(&map, "request", value_end_map(&request));
    value_put_text(&map, "preview", value_bool(preview));
    value_put_text(&map, "style", style_of(arena, live, style));
    struct value line = value_end_map(&map);
    json_print(out, &line);
    buf_char(out, '\n');
    return 0;
}

/* What was sent may not all be taken: soard says why before it closes, so an error here is no end. */
static void send_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, text, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return;
        text += sent;
        len -= (size_t)sent;
    }
}

/* 1: that was the answer. */
static int take_line(struct arena *arena, const char *line, size_t len, struct remote_answer *ret_answer,
                     struct soar_err *err)
{
    struct value document;

    if (json_parse(arena, line, len, &document, err))
        return soar_err_wrap(err, "soard's answer");
    const struct value *live = value_get(&document, "live");
    const char *error = value_get_string(&document, "error", NULL);
    const struct value *answer = value_get(&document, "answer");

    if (live && live->kind == VALUE_STRING) {
        output_write(NULL, live->text, live->len);
        return 0;
    }
    ret_answer->mistakes = value_get_string(&document, "mistakes", "");
    ret_answer->exit = (int)value_get_int(&document, "exit", EXIT_DONE);
    if (error) {
        enum soar_class class = soar_class_parse(value_get_string(&document, "class", ""));
        return soar_err_set(err, class < SOAR_CLASS_COUNT ? class : SOAR_PERMANENT, "%s", error);
    }
    ret_answer->answer = answer ? *answer : value_null();
    return 1;
}

static int read_answer(struct remote *remote, struct arena *arena, struct remote_answer *ret_answer,
                       struct soar_err *err)
{
    FILE *in = fdopen(remote->fd, "r");
    char *line = NULL;
    size_t size = 0;
    int answer = 0;

    if (!in)
        return soar_err_set(err, SOAR_PERMANENT, "socket %s: %s", remote->path, strerror(errno));
    remote->fd = -1;
    for (ssize_t len; answer == 0 && (len = getline(&line, &size, in)) > 0;)
        answer = take_line(arena, line, (size_t)len, ret_answer, err);
    if (answer == 0)
        soar_err_set(err, SOAR_TRANSIENT,
                     "soard went away before it answered. What it had begun it goes on with when it is back: "
                     "soarctl runs");
    free(line);
    fclose(in);
    return answer == 1 ? 0 : -1;
}

int remote_call(struct remote *remote, const struct args *args, struct arena *arena, bool preview, bool live,
                const struct report_style *style, struct remote_answer *ret_answer, struct soar_err *err)
{
    BUF_SCOPED line = {0};

    *ret_answer = (struct remote_answer){.answer = value_null(), .mistakes = ""};
    if (remote->fd < 0 && (remote->fd = connect_to(remote->path)) < 0)
        return soar_err_set(err, SOAR_TRANSIENT, "socket %s: %s: soard has gone", remote->path,
                            strerror(errno));
    if (print_request(args, arena, preview, live, style, &line, err))
        return -1;
    send_all(remote->fd, buf_string(&line), line.len);
    return read_answer(remote, arena, ret_answer, err);
}

void remote_close(struct remote *remote)
{
    if (remote->fd >= 0)
        close(remote->fd);
    remote->fd = -1;
}
