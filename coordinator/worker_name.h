/* worker_name - what an operator may call workers by. The coordinator knows a worker as
 * KEY/NAME-SLOT: KEY/ where it joined with keys, -SLOT where it has several slots. */
#ifndef COORDINATOR_WORKER_NAME_H
#define COORDINATOR_WORKER_NAME_H
#include <stdbool.h>

/* "site-a" stands for itself, for every slot of it (site-a-1, site-a-2) and for whoever joined with
 * the key of that name (site-a/host-17-1). */
bool worker_name_covers(const char *asked, const char *name);
#endif
