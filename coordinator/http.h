/* http - a small HTTP server (libmicrohttpd) beside the loop: a table of routes whose handlers make
 * a body from copies, in threads of their own. It reads and never changes anything: GET and HEAD
 * only.
 *
 * Loopback needs nothing; any other address needs a bearer token, or the explicit word that anyone
 * may read. With a token, every route but the open ones (probes) asks for it: "Bearer TOKEN", or as
 * the password of "Basic", which is how a browser comes to send it. On loopback a Host
 * that is no loopback name is refused: a page in a browser must not reach it by a name of its own.
 * Limits: connections in all and of one address, bytes of a request's head, silence; bodies of
 * requests are not read. */
#ifndef COORDINATOR_HTTP_H
#define COORDINATOR_HTTP_H
#include "coordinator/log.h"
#include "proto/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HTTP_CONNECTIONS_MAX 32
#define HTTP_CONNECTIONS_OF_ONE 24 /* a scraper and a few people behind one address */
#define HTTP_HEAD_BYTES_MAX 16384
#define HTTP_SILENCE_S 10
#define HTTP_TOKEN_MIN 16
#define HTTP_TOKEN_MAX 256
#define HTTP_STREAM_POLL_MS 100

struct http_reply {
    unsigned status;    /* 200 unless the handler says otherwise */
    const char *type;   /* of the body; a constant */
    const char *policy; /* Content-Security-Policy; a constant; nothing, unless it is set */
    char *body;         /* malloc'ed; taken */
    size_t length;
    /* A body without end (server-sent events): instead of body. Up to max bytes into buffer; 0:
     * nothing yet, asked again after HTTP_STREAM_POLL_MS; -1: the end. end() is called once, also
     * when the reader has gone. */
    ssize_t (*read)(void *stream, char *buffer, size_t max);
    void (*end)(void *stream);
    void *stream;
};
struct http_route {
    const char *path; /* exact; a table ends with path NULL */
    bool open;        /* answered without a token */
    /* Called from any thread. query: value of an argument of the URL, or NULL. A reply left without
     * body and read is 500. */
    void (*handle)(void *ctx, const char *(*query)(void *request, const char *name), void *request,
                   struct http_reply *out);
    void *ctx;
};
struct http_options {
    const char *listen;     /* HOST:PORT, [IPv6]:PORT; port 0: any free one */
    const char *token_file; /* 0600, one line; NULL: none */
    bool anyone;            /* beyond loopback without a token */
    const struct http_route *routes;
    struct log *log; /* may be NULL */
};
struct http;
/* ERR_RANGE, with what is expected of HOST:PORT; nothing is looked up. */
enum err http_check_address(const char *listen, struct err_note *note);
/* Listens. The caller owns *out; routes and log outlive it. ERR_RANGE: no such address, or one that
 * needs a token; ERR_FORMAT, ERR_IO: the token; ERR_NET. */
enum err http_start(struct http **out, const struct http_options *options, struct err_note *note);
/* Ends every connection. */
void http_stop(struct http **http_p);
const char *http_url(const struct http *http); /* "http://127.0.0.1:9464" */
#endif
