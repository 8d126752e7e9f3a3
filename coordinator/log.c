#include "coordinator/log.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *const LOG_LEVEL_NAME[N_LOG_LEVELS + 1] = {
#define X(NAME, name) name,
    LOG_LEVEL_TABLE(X)
#undef X
        NULL};

enum { PATH_SIZE = 4096, NS_PER_MS = 1000000 };
#define NS_PER_S 1000000000LL

static const enum log_level level_of[N_EVENTS] = {
#define X(NAME, name, level, limit) LOG_##level,
    EVENT_TABLE(X)
#undef X
};

static const struct limit {
    double burst, per_s;
} OWN = {1000, 100}, PEER = {50, 1};
static const struct limit *const limit_of[N_EVENTS] = {
#define X(NAME, name, level, limit) &(limit),
    EVENT_TABLE(X)
#undef X
};

enum field_kind { TEXT, WHOLE, NUMBER };
static const struct {
    const char *name;
    enum field_kind kind;
} field_of[N_LOG_NAMES] = {{"", TEXT},
#define X(name, kind) {#name, kind},
                           LOG_FIELDS(X)
#undef X
};

struct bucket { /* of one event */
    double tokens;
    int64_t filled_ns;
    uint64_t suppressed;
};
struct log {
    pthread_mutex_t mutex;
    struct log_options options;
    char path[PATH_SIZE];
    int fd;
    int64_t bytes;    /* of the current file */
    bool torn;        /* the last write left half a line */
    uint64_t dropped; /* lines that could not be written */
    struct bucket buckets[N_EVENTS];
};

static int64_t system_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* ---- the file ---- */

static bool open_file(struct log *log)
{
    struct stat st;
    log->fd = open(log->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    log->bytes = log->fd >= 0 && fstat(log->fd, &st) == 0 ? st.st_size : 0;
    return log->fd >= 0;
}

enum err log_open(struct log **out, const struct log_options *options, struct err_note *note)
{
    struct log *log = calloc(1, sizeof *log);
    if (!log)
        return ERR_NOMEM;
    pthread_mutex_init(&log->mutex, NULL);
    log->options = *options;
    if (options->max_bytes == 0)
        log->options.max_bytes = LOG_ROTATE_BYTES;
    if (options->keep == 0)
        log->options.keep = LOG_KEEP;
    if (!options->now_ns)
        log->options.now_ns = system_ns;
    for (int i = 0; i < N_EVENTS; i++)
        log->buckets[i].tokens = limit_of[i]->burst;
    log->fd = STDERR_FILENO;
    if (strcmp(options->path, "-") == 0) {
        *out = log;
        return OK;
    }
    bool fits = (size_t)snprintf(log->path, sizeof log->path, "%s", options->path) <
                sizeof log->path - sizeof ".4294967295";
    if (!fits || !open_file(log)) {
        enum err err = err_set(note, ERR_IO, "%.200s: the log cannot be written: %s", options->path,
                               fits ? strerror(errno) : "its name is too long");
        log->fd = -1;
        log_close(&log);
        return err;
    }
    *out = log;
    return OK;
}

void log_close(struct log **log_p)
{
    struct log *log = *log_p;
    if (!log)
        return;
    if (log->path[0] && log->fd >= 0)
        close(log->fd);
    pthread_mutex_destroy(&log->mutex);
    free(log);
    *log_p = NULL;
}

static void name_of(const struct log *log, unsigned i, char out[PATH_SIZE])
{
    if (i == 0)
        snprintf(out, PATH_SIZE, "%s", log->path);
    else
        snprintf(out, PATH_SIZE, "%.*s.%u", (int)(PATH_SIZE - sizeof ".4294967295"), log->path, i);
}

/* FILE becomes FILE.1, that FILE.2, ..; the last one goes. A rename that fails leaves a longer
 * file, no loss. */
static void rotate(struct log *log)
{
    char from[PATH_SIZE], to[PATH_SIZE];
    for (unsigned i = log->options.keep; i > 0; i--) {
        name_of(log, i - 1, from);
        name_of(log, i, to);
        if (rename(from, to) != 0 && i == 1)
            return;
    }
    close(log->fd);
    open_file(log);
    log->torn = false;
}

static void put_line(struct log *log, char *line, size_t length)
{
    if (log->path[0] && log->fd >= 0 && log->bytes > 0 &&
        log->bytes + (int64_t)length > log->options.max_bytes)
        rotate(log);
    if (log->fd < 0)
        open_file(log);
    if (log->torn && write(log->fd, "\n", 1) == 1)
        log->torn = false;
    ssize_t n = log->torn ? -1 : write(log->fd, line, length);
    log->bytes += n > 0 ? n : 0;
    log->torn |= n > 0 && (size_t)n < length;
    log->dropped = n == (ssize_t)length ? 0 : log->dropped + 1;
}

/* ---- a line ---- */

/* Valid UTF-8 stays (and is written as \u escapes); of anything else, every strange byte is told as
 * \xNN. */
static json_t *clean(const char *text)
{
    char out[4 * LOG_TEXT_MAX + 1];
    size_t length = strnlen(text, LOG_TEXT_MAX + 1), n = 0;
    if (length > LOG_TEXT_MAX)
        for (length = LOG_TEXT_MAX; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
            length--;
    json_t *whole = json_stringn(text, length);
    if (whole && !memchr(text, 0x7f, length))
        return whole;
    unsigned char strange = whole ? 0xff : 0x80;
    json_decref(whole);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == 0x7f || (strange == 0x80 && c >= strange))
            n += (size_t)snprintf(out + n, sizeof out - n, "\\x%02x", c);
        else
            out[n++] = text[i];
    }
    return json_stringn(out, n);
}

static void put_field(json_t *line, const struct log_field *field)
{
    const char *name = field_of[field->name].name;
    switch (field_of[field->name].kind) {
    case TEXT:
        if (field->text && field->text[0])
            json_object_set_new(line, name, clean(field->text));
        break;
    case WHOLE:
        json_object_set_new(line, name, json_integer((json_int_t)field->whole));
        break;
    case NUMBER:
        json_object_set_new(line, name, json_real(field->number));
        break;
    }
}

static json_t *begin_line(enum event_kind event, int64_t now_ns)
{
    char stamp[32], text[48];
    struct tm tm;
    time_t s = (time_t)(now_ns / NS_PER_S);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", gmtime_r(&s, &tm));
    snprintf(text, sizeof text, "%s.%03dZ", stamp, (int)(now_ns % NS_PER_S / NS_PER_MS));
    json_t *line = json_object();
    json_object_set_new(line, "time", json_string(text));
    json_object_set_new(line, "level", json_string(LOG_LEVEL_NAME[level_of[event]]));
    json_object_set_new(line, "event", json_string(EVENT_NAME[event]));
    return line;
}

/* A clock that goes back refills nothing. */
static bool may_tell(struct log *log, enum event_kind event, int64_t now_ns)
{
    struct bucket *bucket = &log->buckets[event];
    const struct limit *limit = limit_of[event];
    double passed_s = (double)(now_ns - bucket->filled_ns) / (double)NS_PER_S;
    if (passed_s > 0)
        bucket->tokens += passed_s * limit->per_s;
    if (bucket->tokens > limit->burst)
        bucket->tokens = limit->burst;
    bucket->filled_ns = now_ns;
    if (bucket->tokens < 1) {
        bucket->suppressed++;
        return false;
    }
    bucket->tokens -= 1;
    return true;
}

static void tell(struct log *log, enum event_kind event, const struct log_field *fields,
                 int64_t now_ns)
{
    struct bucket *bucket = &log->buckets[event];
    json_t *line = begin_line(event, now_ns);
    for (; fields->name != LOG_END; fields++)
        put_field(line, fields);
    if (bucket->suppressed)
        put_field(line, &(struct log_field){LOG_suppressed, .whole = bucket->suppressed});
    if (log->dropped)
        put_field(line, &(struct log_field){LOG_dropped, .whole = log->dropped});
    bucket->suppressed = 0;
    char *text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
    size_t length = text ? strlen(text) : 0;
    if (text) {
        text[length] = '\n'; /* in place of the NUL: one write, one line */
        put_line(log, text, length + 1);
    } else {
        log->dropped++;
    }
    free(text);
    json_decref(line);
}

void log_write(struct log *log, enum event_kind event, const struct log_field *fields)
{
    if (!log || level_of[event] < log->options.level)
        return;
    pthread_mutex_lock(&log->mutex);
    int64_t now_ns = log->options.now_ns();
    if (may_tell(log, event, now_ns))
        tell(log, event, fields, now_ns);
    pthread_mutex_unlock(&log->mutex);
}

void log_events(struct log *log, const char *run, struct events *events)
{
    for (uint32_t i = 0; i < events->n; i++) {
        const struct event *e = &events->at[i];
        struct log_field fields[7] = {{LOG_run, .text = run}, {LOG_worker, .text = e->worker}};
        unsigned n = 2;
        if (e->tile != EVENT_NO_TILE)
            fields[n++] = (struct log_field){LOG_tile, .whole = e->tile};
        if (e->n_cells) {
            fields[n++] = (struct log_field){LOG_first_cell, .whole = e->first_cell};
            fields[n++] = (struct log_field){LOG_n_cells, .whole = e->n_cells};
        }
        fields[n++] = (struct log_field){e->kind == EVENT_WORKER_JOINED ? LOG_facts : LOG_reason,
                                         .text = e->text};
        fields[n] = (struct log_field){LOG_END};
        log_write(log, e->kind, fields);
    }
    if (events->lost)
        log_event(log, EVENT_EVENTS_LOST, {LOG_run, .text = run},
                  {LOG_lost, .whole = events->lost});
    events_clear(events);
}
