/* run_socket - where local workers connect: an ipc socket in a private folder (0700) of the
 * temporary directory, for a path under a run's folder may be longer than a socket's may.
 * FOLDER/socket names it (FOLDER: the run's, or the service's), so that the next process that holds
 * the lock there removes what a kill left behind. */
#ifndef COORDINATOR_RUN_SOCKET_H
#define COORDINATOR_RUN_SOCKET_H
#include "proto/err.h"
#include <stddef.h>

struct run_socket {
    char folder[100], endpoint[120], record[4096 + 16];
    char control[120]; /* endpoint of coordinator/control.h, in the same folder */
};
/* What a kill left behind; for who holds the folder's lock, also where there is nothing to compute
 * any more and no socket will be opened. */
void run_socket_sweep(const char *folder);
/* Sweeps first. */
enum err run_socket_open(struct run_socket *out, const char *folder, struct err_note *note);
/* The control endpoint that is on record in a folder. ERR_NOT_FOUND: no process holds it. */
enum err run_socket_find(const char *folder, char *control, size_t size, struct err_note *note);
void run_socket_close(struct run_socket *socket); /* nothing if it was not opened */
#endif
