#include "coordinator/worker_name.h"
#include <string.h>

bool worker_name_covers(const char *asked, const char *name)
{
    size_t length = strlen(asked);
    if (length == 0 || strncmp(asked, name, length) != 0)
        return false;
    const char *rest = name + length;
    if (*rest == '-')
        return rest[1] && rest[1 + strspn(rest + 1, "0123456789")] == '\0';
    return *rest == '\0' || *rest == '/';
}
