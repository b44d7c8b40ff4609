/* Goes through the processes twice: their states, then their memory. Files of /proc are read as they are: who
 * looks at them later knows them, and nothing is lost in translation. */
#include "helpers/memory/memory_states.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "helpers/memory/memory_io.h"
#include "helpers/memory/memory_states_own.h"

typedef void (*process_fn)(struct states *states, int dir, const char *pid);

static struct states states_now;
static char file_room[MEMORY_TEXT_BYTES], list_room[MEMORY_TEXT_BYTES], unread_room[MEMORY_TOLD_BYTES];

void text_add(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text->bytes + text->len, text->max - text->len, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= text->max - text->len)
        text->cut = true;
    else
        text->len += (size_t)len;
}

bool states_take(struct states *states, const char *path, const char *member)
{
    bool cut;
    ssize_t len = memory_read_file(states->proc, path, states->room, MEMORY_TEXT_BYTES, &cut);
    if (len < 0) {
        if (errno != ENOENT && errno != ESRCH)
            text_add(&states->unread, "%s: %s\n", member, strerror(errno));
        return false;
    }
    memory_tar_file(&states->tar, member, states->room, (size_t)len);
    if (cut)
        text_add(&states->unread, "%s: only its first %d bytes\n", member, MEMORY_TEXT_BYTES);
    return true;
}

static void each_process(struct states *states, process_fn fn)
{
    int fd = openat(states->proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *all = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    while (all && !states->tar.failed && (entry = readdir(all)) != NULL) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);
        if (pid <= 0 || *end || end - entry->d_name > 10 || pid == states->self)
            continue;
        int dir = openat(states->proc, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0) {
            states->vanished++;
            continue;
        }
        fn(states, dir, entry->d_name);
        close(dir);
    }
    if (all)
        closedir(all);
}

static void report(struct states *states, const char *begin)
{
    char end[32], text[768];
    if (states->unread.len > 0)
        memory_tar_file(&states->tar, "unread.txt", states->unread.bytes, states->unread.len);
    int len = snprintf(
        text, sizeof text,
        "{\"states\": \"tar\", \"whole_memory\": false, \"begin\": \"%s\", \"end\": \"%s\", \"processes\": "
        "%" PRIu64 ", \"ended_meanwhile\": %" PRIu64 ", \"regions\": %" PRIu64 ", \"memory_bytes\": %" PRIu64
        ", \"unreadable_pages\": %" PRIu64 ", \"regions_cut\": %" PRIu64 ", \"unread_list_cut\": %s}",
        begin, memory_now(end), states->processes, states->vanished, states->regions, states->memory_bytes,
        states->pages_unread, states->cut, states->unread.cut ? "true" : "false");
    memory_tar_file(&states->tar, "report.json", text, (size_t)len);
    memory_tell("%s", text);
}

int memory_states_write(int proc, int out, const struct memory_wish *wish)
{
    struct states *states = &states_now;
    char self[16] = "", begin[32];
    *states = (struct states){.proc = proc,
                              .wish = wish,
                              .room = file_room,
                              .tar = {.out = out, .now = (int64_t)time(NULL)},
                              .list = {.bytes = list_room, .max = sizeof list_room},
                              .unread = {.bytes = unread_room, .max = sizeof unread_room}};
    if (readlinkat(proc, "self", self, sizeof self - 1) > 0)
        states->self = strtol(self, NULL, 10);
    memory_now(begin);
    states_system(states);
    each_process(states, states_process);
    memory_tar_file(&states->tar, "system/processes", states->list.bytes, states->list.len);
    states_memory_begin();
    each_process(states, states_memory);
    report(states, begin);
    if (memory_tar_end(&states->tar) == 0)
        return 0;
    memory_tell("{\"why\": \"broken off: the tar can't be written\"}");
    return 1;
}
