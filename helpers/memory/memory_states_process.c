/* The state of one process: its files of /proc as they are, and one text of what its links lead to. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers/memory/memory_io.h"
#include "helpers/memory/memory_states_own.h"

enum { LINK_BYTES = 4096, SHOWN_BYTES = 512 };

static const char *const files[] = {"cmdline", "environ", "status",   "stat",     "maps",
                                    "cgroup",  "limits",  "loginuid", "mountinfo"};

static const char *const links[] = {"exe",    "cwd",    "root",    "ns/mnt",    "ns/net", "ns/pid",
                                    "ns/ipc", "ns/uts", "ns/user", "ns/cgroup", "ns/time"};

/* A path as the process chose it may hold anything: a newline in it must not make two lines. */
static void add_plain(struct text *text, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c < 0x20 || c == 0x7f || c == '\\')
            text_add(text, "\\%03o", c);
        else
            text_add(text, "%c", c);
    }
}

static bool add_link(struct text *text, int dir, const char *path)
{
    char to[LINK_BYTES];
    ssize_t len = readlinkat(dir, path, to, sizeof to);
    if (len < 0)
        return false;
    text_add(text, "%s\t", path);
    add_plain(text, to, (size_t)len);
    text_add(text, "\n");
    return true;
}

static void add_files(struct text *text, int dir)
{
    int fd = openat(dir, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *all = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    while (all && (entry = readdir(all)) != NULL) {
        char path[300];
        snprintf(path, sizeof path, "fd/%s", entry->d_name);
        if (entry->d_name[0] != '.')
            add_link(text, dir, path);
    }
    if (all)
        closedir(all);
}

/* One line for `system/processes`: what ps would say, for a first look. */
static void add_to_list(struct states *states, int dir, const char *pid)
{
    char stat[1024], shown[SHOWN_BYTES];
    bool cut;
    struct stat owner = {0};
    ssize_t len = memory_read_file(dir, "stat", stat, sizeof stat - 1, &cut);
    stat[len > 0 ? len : 0] = '\0';
    const char *name = strchr(stat, '('),
               *end = strrchr(stat, ')'); /* the name may have brackets of its own */
    char state = '?';
    int parent = 0;
    if (name == NULL || end == NULL || end < name || sscanf(end, ") %c %d", &state, &parent) < 2)
        return;
    if (fstat(dir, &owner) != 0)
        owner.st_uid = 0;
    text_add(&states->list, "%s\t%d\t%lu\t%c\t", pid, parent, (unsigned long)owner.st_uid, state);
    add_plain(&states->list, name + 1, (size_t)(end - name - 1));
    text_add(&states->list, "\t");
    len = memory_read_file(dir, "cmdline", shown, sizeof shown, &cut);
    for (ssize_t i = 0; i < len; i++)
        shown[i] = shown[i] ? shown[i] : ' ';
    add_plain(&states->list, shown, len > 0 ? (size_t)len : 0);
    text_add(&states->list, "%s\n", cut ? " …" : "");
}

static void take_threads(struct states *states, int dir, const char *pid)
{
    int fd = openat(dir, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *all = fd < 0 ? NULL : fdopendir(fd);
    struct text text = {.bytes = states->room, .max = MEMORY_TEXT_BYTES};
    const struct dirent *entry;
    size_t count = 0;
    while (all && (entry = readdir(all)) != NULL) {
        char path[300], stat[1024];
        bool cut;
        snprintf(path, sizeof path, "task/%s/stat", entry->d_name);
        ssize_t len = entry->d_name[0] == '.' ? -1 : memory_read_file(dir, path, stat, sizeof stat - 1, &cut);
        if (len <= 0)
            continue;
        stat[len] = '\0';
        text_add(&text, "%s", stat);
        count++;
    }
    if (all)
        closedir(all);
    char member[64];
    snprintf(member, sizeof member, "process/%s/threads", pid);
    if (count > 1)
        memory_tar_file(&states->tar, member, text.bytes, text.len);
}

void states_process(struct states *states, int dir, const char *pid)
{
    char path[64], member[64];
    size_t taken = 0;
    add_to_list(states, dir, pid);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", pid, files[i]);
        snprintf(member, sizeof member, "process/%s/%s", pid, files[i]);
        taken += states_take(states, path, member);
    }
    if (taken == 0) {
        states->vanished++;
        return;
    }
    states->processes++;
    take_threads(states, dir, pid);
    struct text text = {.bytes = states->room, .max = MEMORY_TEXT_BYTES};
    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
        add_link(&text, dir, links[i]);
    add_files(&text, dir);
    snprintf(member, sizeof member, "process/%s/links", pid);
    memory_tar_file(&states->tar, member, text.bytes, text.len);
    states_network(states, pid);
}
