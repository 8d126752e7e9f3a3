#include "coordinator/metrics.h"
#include "engine/plateau_engine.h"
#include "proto/result.h"
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct metrics {
    pthread_mutex_t mutex;
    struct metrics_run *runs;
    struct metrics_host host;
    uint64_t *put_at; /* of each run: when it was handed in last, counted in puts */
    uint64_t n_puts;
    unsigned n_runs;
    int64_t beat_ms;
    bool beats, ready;
    char why[METRICS_WHY_MAX];
    double started_s; /* UTC */
};

enum err metrics_new(struct metrics **out)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics)
        return ERR_NOMEM;
    metrics->runs = calloc(METRICS_RUNS_MAX, sizeof *metrics->runs);
    metrics->put_at = calloc(METRICS_RUNS_MAX, sizeof *metrics->put_at);
    if (!metrics->runs || !metrics->put_at) {
        free(metrics->runs);
        free(metrics->put_at);
        free(metrics);
        return ERR_NOMEM;
    }
    pthread_mutex_init(&metrics->mutex, NULL);
    snprintf(metrics->why, sizeof metrics->why, "starting");
    metrics->started_s = (double)time(NULL);
    *out = metrics;
    return OK;
}

void metrics_free(struct metrics **metrics_p)
{
    struct metrics *metrics = *metrics_p;
    if (!metrics)
        return;
    pthread_mutex_destroy(&metrics->mutex);
    free(metrics->runs);
    free(metrics->put_at);
    free(metrics);
    *metrics_p = NULL;
}

/* ---- what the loop hands in ---- */

/* The place of a run: its own, a new one, or that of the run that was silent for longest. */
static unsigned place_of(const struct metrics *metrics, const char *id)
{
    unsigned oldest = 0;
    for (unsigned i = 0; i < metrics->n_runs; i++) {
        if (strcmp(metrics->runs[i].id, id) == 0)
            return i;
        if (metrics->put_at[i] < metrics->put_at[oldest])
            oldest = i;
    }
    return metrics->n_runs < METRICS_RUNS_MAX ? metrics->n_runs : oldest;
}

void metrics_put(struct metrics *metrics, const struct metrics_run *run)
{
    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->mutex);
    unsigned i = place_of(metrics, run->id);
    metrics->runs[i] = *run;
    metrics->put_at[i] = ++metrics->n_puts;
    metrics->n_runs += i == metrics->n_runs;
    pthread_mutex_unlock(&metrics->mutex);
}

void metrics_put_host(struct metrics *metrics, const struct metrics_host *host)
{
    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->mutex);
    metrics->host = *host;
    pthread_mutex_unlock(&metrics->mutex);
}

static void set_beat(struct metrics *metrics, bool beats, int64_t now_ms)
{
    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->mutex);
    metrics->beats = beats;
    metrics->beat_ms = now_ms;
    pthread_mutex_unlock(&metrics->mutex);
}

void metrics_beat(struct metrics *metrics, int64_t now_ms)
{
    set_beat(metrics, true, now_ms);
}

void metrics_rest(struct metrics *metrics)
{
    set_beat(metrics, false, 0);
}

void metrics_set_ready(struct metrics *metrics, bool ready, const char *why)
{
    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->mutex);
    metrics->ready = ready;
    snprintf(metrics->why, sizeof metrics->why, "%s", why);
    pthread_mutex_unlock(&metrics->mutex);
}

bool metrics_is_alive(struct metrics *metrics, int64_t now_ms)
{
    pthread_mutex_lock(&metrics->mutex);
    bool alive = !metrics->beats || now_ms - metrics->beat_ms <= METRICS_STALE_MS;
    pthread_mutex_unlock(&metrics->mutex);
    return alive;
}

bool metrics_is_ready(struct metrics *metrics, char *why)
{
    pthread_mutex_lock(&metrics->mutex);
    bool ready = metrics->ready;
    snprintf(why, METRICS_WHY_MAX, "%s", metrics->why);
    pthread_mutex_unlock(&metrics->mutex);
    return ready;
}

/* ---- the text ---- */

static void head(FILE *out, const char *name, const char *type, const char *unit, const char *help)
{
    fprintf(out, "# TYPE plateau_%s %s\n", name, type);
    if (unit[0])
        fprintf(out, "# UNIT plateau_%s %s\n", name, unit);
    fprintf(out, "# HELP plateau_%s %s\n", name, help);
}

/* Run ids hold letters, digits and _-. only, but a label is no place to trust that. */
static void label(FILE *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            fputc('\\', out);
        fputc(*c == '\n' ? ' ' : *c, out);
    }
}

static void sample(FILE *out, const char *name, const struct metrics_run *run, const char *key,
                   const char *value, double number)
{
    fprintf(out, "plateau_%s{run=\"", name);
    label(out, run->id);
    if (key)
        fprintf(out, "\",%s=\"%s", key, value);
    fprintf(out, "\"} %.17g\n", number);
}

/* One row a metric of a run: what it is called, and where it is read. */
// clang-format off
#define RUN_METRICS(X) /* name, type, suffix of its sample, unit, help, value of r */ \
    X("cells_wanted", "gauge", "", "", "Cells this run is asked for.", (double)r->dispatch.n_cells) \
    X("cells_per_second", "gauge", "", "", "Cells finished a second since this process took the run up.", isfinite(r->cells_per_s) ? r->cells_per_s : 0) \
    X("tiles_wanted", "gauge", "", "", "Tiles this run is asked for.", (double)r->dispatch.n_tiles) \
    X("tiles_done", "gauge", "", "", "Tiles settled.", (double)r->dispatch.tiles_done) \
    X("queue_tiles", "gauge", "", "", "Tiles, or pieces of them, that nobody computes yet.", queue(r)) \
    X("leases_out", "gauge", "", "", "Leases with workers.", (double)r->dispatch.n_out) \
    X("results_unacked", "gauge", "", "", "Results that wait for the journal.", (double)r->dispatch.unacked) \
    X("workers", "gauge", "", "", "Workers connected.", (double)r->dispatch.n_peers) \
    X("elapsed_seconds", "gauge", "", "seconds", "Since this process took the run up.", r->elapsed_s) \
    X("results", "counter", "_total", "", "Results that came in.", (double)r->dispatch.results) \
    X("duplicates", "counter", "_total", "", "Leases given to a second worker near the end.", (double)r->dispatch.duplicates) \
    X("disputes", "counter", "_total", "", "Tiles whose second result had other bits.", (double)r->dispatch.disputes) \
    X("worker_deaths", "counter", "_total", "", "Workers that ended or fell silent.", (double)r->dispatch.deaths) \
    X("compute_seconds", "counter", "_total", "seconds", "Time workers spent computing results.", (double)r->dispatch.compute_us / 1e6) \
    X("journal_rows", "counter", "_total", "", "Rows committed.", (double)r->journal.rows) \
    X("journal_row_bytes", "counter", "_total", "bytes", "Bytes of results committed.", (double)r->journal.bytes)
// clang-format on

static double queue(const struct metrics_run *r)
{
    double left =
        (double)r->dispatch.n_tiles - (double)r->dispatch.tiles_done - (double)r->dispatch.n_out;
    return left > 0 ? left : 0;
}

static void put_numbers(FILE *out, const struct metrics *metrics)
{
#define X(name, type, suffix, unit, help, value)                                                   \
    head(out, name, type, unit, help);                                                             \
    for (const struct metrics_run *r = metrics->runs; r < metrics->runs + metrics->n_runs; r++)    \
        sample(out, name suffix, r, NULL, NULL, value);
    RUN_METRICS(X)
#undef X
}

static double cells_as(const struct metrics_run *r, enum status status)
{
    const struct dispatch_stats *d = &r->dispatch;
    uint64_t n = status == STATUS_OK         ? d->cells_done - d->cells_failed - d->cells_excluded
                 : status == STATUS_EXCLUDED ? d->cells_excluded
                                             : d->failed_as[status];
    return (double)n;
}

static void put_families(FILE *out, const struct metrics *metrics)
{
    const struct metrics_run *end = metrics->runs + metrics->n_runs;
    head(out, "cells", "counter", "", "Cells finished, by how they ended.");
    for (const struct metrics_run *r = metrics->runs; r < end; r++)
        for (int s = 0; s < N_STATUSES; s++)
            if (s != STATUS_MISSING)
                sample(out, "cells_total", r, "status", STATUS_NAME[s],
                       cells_as(r, (enum status)s));
    head(out, "refusals", "counter", "", "Workers refused or cut by a run, by reason.");
    for (const struct metrics_run *r = metrics->runs; r < end; r++)
        for (int i = 0; i < N_REFUSALS; i++)
            sample(out, "refusals_total", r, "reason", REFUSAL_NAME[i],
                   (double)r->dispatch.refusals[i]);
    head(out, "events", "counter", "", "Events, logged or not.");
    for (const struct metrics_run *r = metrics->runs; r < end; r++)
        for (int i = 0; i < N_EVENTS; i++)
            sample(out, "events_total", r, "event", EVENT_NAME[i], (double)r->events[i]);
}

static void put_journal(FILE *out, const struct metrics *metrics)
{
    static const char name[] = "journal_commit_seconds";
    head(out, name, "histogram", "seconds", "Durable commits of the journal, fsync included.");
    for (const struct metrics_run *r = metrics->runs; r < metrics->runs + metrics->n_runs; r++) {
        uint64_t sum = 0;
        char bound[32];
        for (int b = 0; b <= JOURNAL_N_BOUNDS; b++) {
            sum += r->journal.in_bound[b];
            if (b < JOURNAL_N_BOUNDS)
                snprintf(bound, sizeof bound, "%g", (double)JOURNAL_BOUND_US[b] / 1e6);
            sample(out, "journal_commit_seconds_bucket", r, "le",
                   b < JOURNAL_N_BOUNDS ? bound : "+Inf", (double)sum);
        }
        sample(out, "journal_commit_seconds_count", r, NULL, NULL, (double)r->journal.commits);
        sample(out, "journal_commit_seconds_sum", r, NULL, NULL,
               (double)r->journal.commit_us / 1e6);
    }
}

static void counter(FILE *out, const char *name, const char *key, const char *value, uint64_t n)
{
    fprintf(out, "plateau_%s_total{%s=\"%s\"} %" PRIu64 "\n", name, key, value, n);
}

/* The socket knows no runs. */
static void put_net(FILE *out, const struct metrics_host *host)
{
    static const char *const key_reason[N_ZAP_VERDICTS] = {"", "unknown_key", "revoked_key",
                                                           "no_key", "malformed"};
    const struct net_stats *net = &host->net;
    head(out, "net_bytes", "counter", "bytes", "Bytes of messages from and to workers.");
    counter(out, "net_bytes", "way", "in", net->bytes_in);
    counter(out, "net_bytes", "way", "out", net->bytes_out);
    head(out, "net_messages", "counter", "", "Messages from and to workers.");
    counter(out, "net_messages", "way", "in", net->frames_in);
    counter(out, "net_messages", "way", "out", net->frames_out);
    head(out, "net_messages_dropped", "counter", "", "Messages that came to nothing, by reason.");
    counter(out, "net_messages_dropped", "reason", "nobody_takes_it", net->dropped_out);
    counter(out, "net_messages_dropped", "reason", "form", net->strange);
    counter(out, "net_messages_dropped", "reason", "peer_was_cut", net->door.dropped);
    head(out, "net_connections", "counter", "", "Connections, by what became of them.");
    counter(out, "net_connections", "state", "accepted", net->connections.accepted);
    counter(out, "net_connections", "state", "admitted", net->connections.admitted);
    counter(out, "net_connections", "state", "closed", net->connections.closed);
    counter(out, "net_connections", "state", "unfinished", net_unfinished(&net->connections));
    head(out, "keys_refused", "counter", "", "Handshakes refused for their key, by reason.");
    for (int i = ZAP_ADMITTED + 1; i < N_ZAP_VERDICTS; i++)
        counter(out, "keys_refused", "reason", key_reason[i], net->keys.verdicts[i]);
    head(out, "peers_cut", "counter", "", "Peers over a limit of the socket, by limit.");
    for (int i = 0; i < N_DOOR_REASONS; i++)
        counter(out, "peers_cut", "reason", door_reason_name((enum door_reason)i),
                net->door.cut[i]);
    head(out, "peers_refused", "counter", "", "Peers refused before they had a run, by reason.");
    for (int i = 0; i < N_REFUSALS; i++)
        counter(out, "peers_refused", "reason", REFUSAL_NAME[i], host->refusals[i]);
}

static double resident_bytes(void)
{
    unsigned long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%lu %lu", &size, &resident) != 2) // NOLINT(cert-err34-c): the kernel's
        resident = 0;
    fclose(file);
    return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void put_process(FILE *out, const struct metrics *metrics)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu_s = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    head(out, "build", "info", "", "This program.");
    fprintf(out, "plateau_build_info{version=\"" PLATEAU_VERSION "\",engine=\"%.16s\",compiler=\"",
            plateau_engine_id());
    label(out, __VERSION__);
    fputs("\"} 1\n", out);
    fprintf(out,
            "# TYPE process_resident_memory_bytes gauge\n# UNIT process_resident_memory_bytes "
            "bytes\n# HELP process_resident_memory_bytes Memory of this process.\n"
            "process_resident_memory_bytes %.17g\n"
            "# TYPE process_cpu_seconds counter\n# UNIT process_cpu_seconds seconds\n"
            "# HELP process_cpu_seconds User and system time of this process.\n"
            "process_cpu_seconds_total %.17g\n"
            "# TYPE process_start_time_seconds gauge\n# UNIT process_start_time_seconds seconds\n"
            "# HELP process_start_time_seconds Start of this process, seconds since 1970.\n"
            "process_start_time_seconds %.17g\n",
            resident_bytes(), cpu_s, metrics->started_s);
}

char *metrics_text(struct metrics *metrics, size_t *length)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    if (!out)
        return NULL;
    pthread_mutex_lock(&metrics->mutex);
    put_process(out, metrics);
    put_net(out, &metrics->host);
    put_numbers(out, metrics);
    put_families(out, metrics);
    put_journal(out, metrics);
    pthread_mutex_unlock(&metrics->mutex);
    fputs("# EOF\n", out);
    bool bad = ferror(out) != 0;
    if (fclose(out) == 0 && !bad)
        return text;
    free(text);
    return NULL;
}
