/* The programs that are built into soar-ssh, each as the object that CMakeLists.txt makes of it: its bytes
 * stand between two symbols. */
#include <stdint.h>

#include "connectors/ssh/ssh_helper.h"

#ifdef SOAR_HELPER_MEMORY
extern const char soar_helper_memory[], soar_helper_memory_end[];
#endif

const struct ssh_helper *ssh_helpers(void)
{
    static struct ssh_helper list[] = {
#ifdef SOAR_HELPER_MEMORY
        {.name = "memory", .bytes = soar_helper_memory},
#endif
        {0},
    };
#ifdef SOAR_HELPER_MEMORY
    list[0].len = (size_t)((uintptr_t)soar_helper_memory_end - (uintptr_t)soar_helper_memory);
#endif
    return list;
}
