#include "coordinator/host.h"
#include "coordinator/children.h"
#include "coordinator/control.h"
#include "coordinator/desk.h"
#include "coordinator/image_server.h"
#include "coordinator/log.h"
#include "coordinator/net.h"
#include "coordinator/run_socket.h"
#include "coordinator/serve.h"
#include "engine/plateau_engine.h"
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* GOODBYE_MS: for workers to leave by themselves at the end; they hold nothing by then. */
enum { GOODBYE_MS = 250, GOODBYE_TURN_MS = 5 };

struct host {
    const struct run_options *options;
    struct run_socket socket;
    struct net *net;
    struct image_server *images; /* for remote workers; NULL: none can come */
    struct pool *pool;
    struct serve *serve;
    struct control *control;
    struct children *children; /* NULL: none were started */
    struct live *runs[POOL_RUNS_MAX];
    uint32_t n_runs;
    int64_t shown_ms; /* its metrics, last */
};

int64_t host_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint32_t n_cores(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? (uint32_t)n : 1;
}

uint32_t host_n_workers(const struct run_options *options)
{
    return options->n_workers == RUN_NO_WORKERS ? 0
           : options->n_workers                 ? options->n_workers
                                                : n_cores();
}

static struct metrics *metrics_of(const struct host *host)
{
    return host->options->outside ? host->options->outside->metrics : NULL;
}

struct pool *host_pool(struct host *host)
{
    return host->pool;
}

/* ---- opening ---- */

__attribute__((format(printf, 2, 3))) static void say(const struct host *host, const char *format,
                                                      ...)
{
    struct err_note line;
    va_list args;
    if (!host->options->on_event)
        return;
    va_start(args, format);
    vsnprintf(line.text, sizeof line.text, format, args);
    va_end(args);
    host->options->on_event(host->options->ctx, line.text);
}

/* A firewall that was opened for the port after --listen's does not know of it. */
static void tell_image_port(const struct host *host, uint16_t taken)
{
    struct err_note why;
    char port[8];
    if (!taken)
        return;
    snprintf(port, sizeof port, "%u", image_server_port(host->images));
    snprintf(why.text, sizeof why.text,
             "port %u, the one after --listen's, is taken: market images are served on port %s; "
             "--image-port N chooses one that a firewall lets through",
             taken, port);
    say(host, "warning: %s", why.text);
    log_event(host->options->outside ? host->options->outside->log : NULL, EVENT_IMAGE_PORT_TAKEN,
              {LOG_endpoint, .text = port}, {LOG_reason, .text = why.text});
}

static enum err start_listening(struct host *host, struct err_note *note)
{
    uint16_t taken = 0;
    if (!host->options->listen.endpoint)
        return OK;
    enum err err = net_listen(host->net, &host->options->listen, note);
    if (!err)
        err = image_server_beside(&host->images, host->net, &host->options->listen, &taken, note);
    if (err)
        return err;
    tell_image_port(host, taken);
    if (net_is_secure(host->net))
        say(host, "listening on %s for workers on the allow-list", net_endpoint(host->net));
    else if (listen_is_loopback(net_endpoint(host->net)))
        say(host, "listening on %s without keys: any user of this machine may join",
            net_endpoint(host->net));
    else
        say(host,
            "warning: listening on %s without keys: whoever can reach it may join, read the "
            "job and send results",
            net_endpoint(host->net));
    return OK;
}

enum err host_open(struct host **out, const char *folder, const struct run_options *options,
                   struct err_note *note)
{
    const struct pool_options shared = {plateau_engine_id(), DISPATCH_BEAT_MS, DISPATCH_DEAD_MS,
                                        POOL_QUANTUM_MS};
    struct host *host = calloc(1, sizeof *host);
    if (!host)
        return ERR_NOMEM;
    host->options = options;
    enum err err = run_socket_open(&host->socket, folder, note);
    if (!err)
        err = net_open(&host->net, host->socket.endpoint, note);
    if (!err)
        err = pool_new(&host->pool, &shared);
    if (!err)
        err = serve_new(&host->serve, host->pool, host->net);
    if (!err)
        err = control_open(&host->control, host->socket.control, note);
    if (!err)
        err = start_listening(host, note);
    if (err) {
        host_close(&host);
        return err;
    }
    metrics_set_ready(metrics_of(host), true, "");
    *out = host;
    return OK;
}

void host_close(struct host **host_p)
{
    struct host *host = *host_p;
    if (!host)
        return;
    children_free(&host->children);
    serve_free(&host->serve);
    pool_free(&host->pool);
    control_close(&host->control);
    image_server_stop(&host->images);
    net_close(&host->net);
    run_socket_close(&host->socket);
    free(host);
    *host_p = NULL;
}

enum err host_start_workers(struct host *host, uint32_t n, struct err_note *note)
{
    const struct children_options options = {.n = n,
                                             .worker_path = host->options->worker_path,
                                             .endpoint = host->socket.endpoint,
                                             .cache_dir = host->options->cache_dir,
                                             .cache_bytes = host->options->worker_cache_bytes};
    return n == 0 ? OK : children_start(&host->children, &options, note);
}

/* ---- runs ---- */

/* Local workers have the image in the cache they share with us; remote ones are told where it is.
 */
static enum err offer_image(struct host *host, struct live *live, struct err_note *note)
{
    const struct job *job = &live->dir->job;
    uint8_t list_hash[IMAGE_TALK_HASH_BYTES];
    if (!host->images || job->null_row_bytes)
        return OK;
    enum err err = image_server_add_cached(host->images, host->options->cache_dir, job->image_hash,
                                           list_hash, note);
    if (!err)
        dispatch_image(live->dispatch, image_server_port(host->images), list_hash);
    return err;
}

static void withdraw_image(struct host *host, const struct live *live)
{
    if (host->images && !live->dir->job.null_row_bytes)
        image_server_remove(host->images, live->dir->job.image_hash);
}

enum err host_add(struct host *host, struct live *live, struct err_note *note)
{
    const struct serve_run run = {.run = live->number,
                                  .dispatch = live->dispatch,
                                  .journal = live->journal,
                                  .priority = live->priority,
                                  .saved = live_row_saved,
                                  .ctx = live};
    enum err err = offer_image(host, live, note);
    if (err)
        return err;
    err = serve_add(host->serve, host_now_ms(), &run);
    if (err)
        withdraw_image(host, live);
    else
        host->runs[host->n_runs++] = live;
    if (!err && live->paused)
        err = host_pause(host, live, true);
    return err;
}

const struct live *host_run_at(const struct host *host, uint32_t i)
{
    return i < host->n_runs ? host->runs[i] : NULL;
}

struct live *host_run(const struct host *host, uint64_t number)
{
    for (uint32_t i = 0; i < host->n_runs; i++)
        if (host->runs[i]->number == number)
            return host->runs[i];
    return NULL;
}

static struct live *find(const struct host *host, const char *id)
{
    for (uint32_t i = 0; i < host->n_runs; i++)
        if (strcmp(host->runs[i]->dir->id, id) == 0)
            return host->runs[i];
    return NULL;
}

const char *host_endpoint(const struct host *host)
{
    return net_endpoint(host->net);
}

/* ---- what operators ask for ---- */

enum err host_pause(struct host *host, struct live *live, bool paused)
{
    live->paused = paused;
    return pool_hold(host->pool, host_now_ms(), live->number, paused, false);
}

enum err host_cancel(struct host *host, struct live *live, const char *reason)
{
    live->cancelled = true;
    snprintf(live->reason, sizeof live->reason, "%s", reason);
    return pool_hold(host->pool, host_now_ms(), live->number, true, true);
}

void host_set_priority(struct host *host, struct live *live, uint32_t priority)
{
    live->priority = priority;
    pool_set_priority(host->pool, live->number, priority);
}

enum err host_drain(struct host *host, const char *name, const char *run, uint32_t *n,
                    struct err_note *note)
{
    const struct live *live = run ? find(host, run) : NULL;
    if (run && !live)
        return err_set(note, ERR_NOT_FOUND, "run %s is not at work here", run);
    uint32_t told = pool_drain(host->pool, name, live ? live->number : 0);
    /* One that has not said HELLO yet is not started again either. */
    uint32_t local = host->children && !(run && !name) ? children_retire(host->children, name) : 0;
    *n = told > local ? told : local;
    if (name && *n == 0)
        return err_set(note, ERR_NOT_FOUND, "no worker is called %s here", name);
    return OK;
}

void host_answer(struct host *host, struct desk *desk)
{
    control_turn(host->control, desk_answer, desk);
}

enum err host_remove(struct host *host, struct live *live, struct err_note *note)
{
    for (uint32_t i = 0; i < host->n_runs; i++)
        if (host->runs[i] == live) {
            host->runs[i] = host->runs[--host->n_runs];
            withdraw_image(host, live);
            return serve_remove(host->serve, host_now_ms(), live->number, note);
        }
    return OK;
}

/* ---- the loop ---- */

/* A worker that ended before it said HELLO worked for nobody: that tells of a run only if there is
 * but one. */
static void worker_ended(void *ctx, uint64_t pid, const char *how)
{
    struct host *host = ctx;
    uint64_t number = pool_run_of(host->pool, pid);
    for (uint32_t i = 0; i < host->n_runs; i++) {
        struct live *live = host->runs[i];
        if (live->number != number && host->n_runs > 1)
            continue;
        observer_process_ended(&live->observer, pid, how);
        if (strcmp(how, CHILDREN_DRAINED) != 0)
            live_worker_died(live, how);
    }
    pool_worker_died(host->pool, host_now_ms(), pid, how[0] ? how : "left");
}

/* What no single run can tell. */
static void show(struct host *host, int64_t now_ms)
{
    struct log *log = host->options->outside ? host->options->outside->log : NULL;
    struct metrics_host numbers;
    log_events(log, NULL, net_events(host->net));
    log_events(log, NULL, pool_events(host->pool));
    metrics_beat(metrics_of(host), now_ms);
    if (!metrics_of(host) || now_ms - host->shown_ms < OBSERVER_EVERY_MS)
        return;
    host->shown_ms = now_ms;
    net_stats(host->net, &numbers.net);
    memcpy(numbers.refusals, pool_refusals(host->pool), sizeof numbers.refusals);
    metrics_put_host(metrics_of(host), &numbers);
}

enum err host_turn(struct host *host, long wait_ms, struct err_note *note)
{
    enum err err = serve_turn(host->serve, host_now_ms, wait_ms, note);
    if (!err && host->children)
        children_reap(host->children, worker_ended, host);
    for (uint32_t i = 0; i < host->n_runs; i++) {
        struct live *live = host->runs[i];
        observer_turn(&live->observer, host_now_ms(), live->dispatch, live->journal);
        live_note_pace(live, host_now_ms());
    }
    show(host, host_now_ms());
    return err;
}

enum err host_restart_workers(struct host *host, struct err_note *note)
{
    return host->children ? children_restart(host->children, note) : OK;
}

bool host_is_drained(const struct host *host)
{
    return host_is_deserted(host) && host->children && children_n_kept(host->children) == 0 &&
           !host->options->listen.endpoint;
}

bool host_is_deserted(const struct host *host)
{
    return (!host->children || children_n_alive(host->children) == 0) &&
           pool_worker(host->pool, 0, &(struct pool_worker){0}) == 0;
}

void host_dismiss(struct host *host, const volatile sig_atomic_t *stop)
{
    struct err_note ignored;
    int64_t until_ms = host_now_ms() + GOODBYE_MS;
    pool_dismiss(host->pool);
    metrics_set_ready(metrics_of(host), false, "everything is done, or stopped");
    while ((!stop || *stop < 2) && !host_is_deserted(host) && host_now_ms() < until_ms)
        if (host_turn(host, GOODBYE_TURN_MS, &ignored))
            break;
    metrics_rest(metrics_of(host));
}
