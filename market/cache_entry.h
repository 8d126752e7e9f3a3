/* cache_entry - how processes of one host share the cache folder.
 *
 * A file there is whole: it is made under NAME.part by the one process that holds its lock, and
 * renamed. Whoever uses a file holds a shared lock on it, so that eviction passes it by. Locks are
 * flock()s: they end with their process, whatever ends it. */
#ifndef MARKET_CACHE_ENTRY_H
#define MARKET_CACHE_ENTRY_H
#include "proto/err.h"
#include <stdbool.h>

#define CACHE_PART ".part"

/* Holds an open file of the cache against eviction, until fd is closed, and marks it as used now:
 * as far as the file system lets us. */
void cache_entry_hold(int fd);

/* The right to make path: waits while another process makes it. *fd is path.part, open for reading
 * and writing and locked, perhaps with what a maker left that did not get through; -1 when path is
 * there. ERR_IO. */
enum err cache_entry_claim(const char *path, int *fd, struct err_note *note);
/* path.part is whole: fsynced, made read-only, renamed, the folder fsynced. Ends the claim (also on
 * failure, when path.part stays). */
enum err cache_entry_publish(const char *path, int *fd, struct err_note *note);
/* Ends the claim; keep: path.part stays for the next maker. */
void cache_entry_abandon(const char *path, int *fd, bool keep);
#endif
