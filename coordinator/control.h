/* control - how an operator's command talks to a process that holds runs: JSON requests and replies
 * on an ipc socket beside the workers', in the same private folder (0700): whoever can connect is
 * the user. docs/service.md has the requests.
 *
 *    request   {"do": "status", ..}        reply   {"ok": true, ..} or {"ok": false, "code": ..,
 * "error": ..}
 *
 * A request that is too large, no JSON, no object, or of several parts is refused; the socket goes
 * on. */
#ifndef COORDINATOR_CONTROL_H
#define COORDINATOR_CONTROL_H
#include "proto/err.h"
#include <jansson.h>

#define CONTROL_REQUEST_MAX (64 << 10)
#define CONTROL_REPLY_MAX (4 << 20)
#define CONTROL_TIMEOUT_MS 5000

struct control;
/* Binds. The caller owns *out. ERR_NET. */
enum err control_open(struct control **out, const char *endpoint, struct err_note *note);
void control_close(struct control **control_p);
/* Answers what waits, without waiting itself. answer() returns a new reply; NULL: out of memory. */
void control_turn(struct control *control, json_t *(*answer)(void *ctx, const json_t *request),
                  void *ctx);
/* The same for one request as it came: never NULL but out of memory; what is no request is refused
 * and answer() not called. */
json_t *control_answer(const void *bytes, size_t length,
                       json_t *(*answer)(void *ctx, const json_t *request), void *ctx);
/* The reply that says no. */
json_t *control_refusal(enum err err, const struct err_note *note);

/* The other side: one question. *reply: an object with "ok": true, the caller's. ERR_NET: nobody
 * answered in time; else what the reply's code says, with its line. */
enum err control_ask(const char *endpoint, const json_t *request, int timeout_ms, json_t **reply,
                     struct err_note *note);
/* A reply as it came: as control_ask() says. */
enum err control_read_reply(const void *bytes, size_t length, json_t **out, struct err_note *note);
#endif
