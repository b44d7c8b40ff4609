/* soar-memory: reads a Linux machine's memory and writes it to standard output. It is carried to the machine,
 * runs from its memory, needs no library, starts nothing, and changes nothing but its own file, which it
 * removes when told to.
 *
 * Standard error gets lines of JSON. Exit: 0 whole, 1 broken off, 2 not understood, 20 this kernel gives
 * none. */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helpers/memory/memory_image.h"
#include "helpers/memory/memory_io.h"
#include "helpers/memory/memory_limits.h"
#include "helpers/memory/memory_states.h"

enum { BROKEN_OFF = 1, NOT_UNDERSTOOD = 2, UNSUPPORTED = 20 };

static const char usage[] =
    "soar-memory version\n"
    "soar-memory size                    how many bytes `kcore` would write\n"
    "soar-memory kcore                   an image of the whole memory (LiME) on standard output\n"
    "soar-memory processes               states and memory of all processes (tar) on standard output\n"
    "    --region BYTES                  of one region of memory at most\n"
    "    --total BYTES                   of all memory at most\n"
    "    --input NAME                    standard input becomes system/NAME\n"
    "  --unlink                          first of all, remove the file this program was started from\n"
    "  --proc DIR                        another place than /proc\n";

struct options {
    const char *mode;
    const char *proc;
    bool unlink;
    struct memory_wish wish;
};

static bool read_number(const char *text, uint64_t *ret_number)
{
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || number == 0 || number > INT64_MAX)
        return false;
    *ret_number = number;
    return true;
}

static bool read_options(int count, char **words, struct options *ret)
{
    *ret = (struct options){.proc = "/proc", .wish = {.region_bytes = MEMORY_REGION_BYTES}};
    for (int i = 1; i < count; i++) {
        const char *word = words[i], *value = i + 1 < count ? words[i + 1] : NULL;
        if (i == 1)
            ret->mode = word;
        else if (strcmp(word, "--unlink") == 0)
            ret->unlink = true;
        else if (value == NULL)
            return false;
        else if (strcmp(word, "--proc") == 0)
            ret->proc = words[++i];
        else if (strcmp(word, "--input") == 0 && strlen(value) < 64)
            ret->wish.input = words[++i];
        else if (strcmp(word, "--region") == 0 && read_number(value, &ret->wish.region_bytes) &&
                 ret->wish.region_bytes <= MEMORY_REGION_BYTES_MAX)
            i++;
        else if (strcmp(word, "--total") == 0 && read_number(value, &ret->wish.total_bytes))
            i++;
        else
            return false;
    }
    return ret->mode != NULL;
}

/* A running program needs no name. */
static void remove_self(void)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - 1);
    if (len <= 0)
        return;
    path[len] = '\0';
    if (unlink(path) != 0)
        memory_tell("{\"warning\": \"its own file could not be removed\"}");
}

static int print_size(int proc)
{
    uint64_t bytes;
    const char *why = NULL;
    char quoted[256];
    if (memory_image_size(proc, &bytes, &why)) {
        memory_tell("{\"why\": %s}", memory_json(why, quoted, sizeof quoted));
        return UNSUPPORTED;
    }
    printf("%" PRIu64 "\n", bytes);
    return fflush(stdout) == 0 ? 0 : BROKEN_OFF;
}

int main(int count, char **words)
{
    struct options options;
    if (!read_options(count, words, &options)) {
        fputs(usage, stderr);
        return NOT_UNDERSTOOD;
    }
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is told of, like any other end */
    if (options.unlink)
        remove_self();
    if (strcmp(options.mode, "version") == 0)
        return puts("soar-memory " SOAR_VERSION) < 0 || fflush(stdout) != 0;
    int proc = open(options.proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0) {
        memory_tell("{\"why\": \"there is no /proc\"}");
        return UNSUPPORTED;
    }
    if (strcmp(options.mode, "size") == 0)
        return print_size(proc);
    if (strcmp(options.mode, "kcore") == 0)
        return memory_image_write(proc, STDOUT_FILENO);
    if (strcmp(options.mode, "processes") == 0)
        return memory_states_write(proc, STDOUT_FILENO, &options.wish);
    fputs(usage, stderr);
    return NOT_UNDERSTOOD;
}
