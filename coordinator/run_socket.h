/* run_socket - where local workers connect: an ipc socket in a private folder (0700) of the
 * temporary directory, for a path under a run's folder may be longer than a socket's may.
 * FOLDER/socket names it (FOLDER: the run's, or the service's), so that the next process that holds
 * the lock there removes what a kill left behind. */
#ifndef COORDINATOR_RUN_SOCKET_H
#define COORDINATOR_RUN_SOCKET_H
#include "proto/err.h"

struct run_socket {
    char folder[100], endpoint[120], record[4096 + 16];
};
enum err run_socket_open(struct run_socket *out, const char *folder, struct err_note *note);
void run_socket_close(struct run_socket *socket); /* nothing if it was not opened */
#endif
