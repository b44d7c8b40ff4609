/* A process that holds a marker, for tests of memory images: says its pid, the marker, and where it is, as
 * the process sees it and physically (by its pagemap); then it waits. Built static: it runs on machines that
 * have no library. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum { PAGE = 4096, AT = PAGE + 40 };

int main(void)
{
    uint64_t random, entry = 0;
    char *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int pagemap = open("/proc/self/pagemap", O_RDONLY);
    if (pages == MAP_FAILED || pagemap < 0 || getrandom(&random, sizeof random, 0) != sizeof random)
        return 1;
    snprintf(pages + AT, 64, "MARKER-%016" PRIx64, random);
    if (mlock(pages, 3 * PAGE) != 0 ||
        pread(pagemap, &entry, sizeof entry, (off_t)(((uintptr_t)pages + PAGE) / PAGE * sizeof entry)) !=
            sizeof entry)
        return 1;
    printf("%d %s %" PRIxPTR " %" PRIx64 "\n", (int)getpid(), pages + AT, (uintptr_t)pages + AT,
           (entry & (((uint64_t)1 << 55) - 1)) * PAGE + AT % PAGE);
    fflush(stdout);
    for (;;)
        pause();
}
