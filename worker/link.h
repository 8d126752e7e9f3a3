/* link - the worker's socket: a DEALER that finds its coordinator again, with CURVE where an access
 * file says so. */
#ifndef WORKER_LINK_H
#define WORKER_LINK_H
#include "proto/access.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link;
struct link_options {
    const char *endpoint;                     /* NULL: the access file's */
    const struct access *access;              /* copied; NULL: no keys */
    void (*say)(void *ctx, const char *line); /* what becomes of the connection, for the user */
    void *ctx;
};
/* Connects, now or when the coordinator is there. The caller owns *out. ERR_NET. */
enum err link_open(struct link **out, const struct link_options *options, struct err_note *note);
/* What was sent gets half a second to leave. */
void link_close(struct link **link_p);
/* Another port of the same host, as an endpoint; "" if the link is not TCP. */
void link_beside(const struct link *link, uint16_t port, char *endpoint, size_t size);
/* The keys of an access file, on a socket that has not connected yet. */
bool link_set_keys(void *socket, const struct access *access);
/* Until a frame waits, fd (may be -1) is readable, or the time is over. Looks after the connection
 * (worker/reconnect.h): call it at least a few times a second. */
void link_wait(struct link *link, int fd, long timeout_ms);
/* A full queue drops the frame. */
void link_send(struct link *link, const void *bytes, size_t length);
/* The next frame, borrowed until the next call; false: none waits. */
bool link_receive(struct link *link, const void **bytes, size_t *length);
#endif
