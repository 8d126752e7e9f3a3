#include "coordinator/outside.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

typedef const char *(*query_function)(void *request, const char *name);

static void get_metrics(void *ctx, query_function query, void *request, struct http_reply *out)
{
    const struct outside *outside = ctx;
    (void)query, (void)request;
    out->type = METRICS_TYPE;
    out->body = metrics_text(outside->metrics, &out->length);
}

static void say(struct http_reply *out, bool good, const char *text)
{
    out->status = good ? 200 : 503;
    out->body = strdup(text);
    out->length = out->body ? strlen(out->body) : 0;
}

static void get_health(void *ctx, query_function query, void *request, struct http_reply *out)
{
    const struct outside *outside = ctx;
    (void)query, (void)request;
    bool alive = metrics_is_alive(outside->metrics, monotonic_ms());
    say(out, alive, alive ? "ok" : "the loop does not turn: a disk that hangs?");
}

static void get_ready(void *ctx, query_function query, void *request, struct http_reply *out)
{
    const struct outside *outside = ctx;
    char why[METRICS_WHY_MAX];
    (void)query, (void)request;
    bool ready = metrics_is_ready(outside->metrics, why);
    say(out, ready, ready ? "ok" : why);
}

enum err outside_open(struct outside *out, const struct outside_options *options,
                      struct err_note *note)
{
    const struct http_route routes[OUTSIDE_ROUTES + 1] = {
        {"/metrics", false, get_metrics, out},
        {"/healthz", true, get_health, out},
        {"/readyz", true, get_ready, out},
        {NULL, false, NULL, NULL},
    };
    const struct log_options log = {.path = options->log, .level = options->log_level};
    memset(out, 0, sizeof *out);
    memcpy(out->routes, routes, sizeof routes);
    enum err err = log_open(&out->log, &log, note);
    if (!err)
        err = metrics_new(&out->metrics);
    const struct http_options http = {options->http, options->http_token, options->http_anyone,
                                      out->routes, out->log};
    if (!err && options->http)
        err = http_start(&out->http, &http, note);
    if (err)
        outside_close(out);
    return err;
}

void outside_close(struct outside *outside)
{
    http_stop(&outside->http);
    metrics_free(&outside->metrics);
    log_close(&outside->log);
}
