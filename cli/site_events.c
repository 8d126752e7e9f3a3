#include "cli/site_events.h"
#include "review/report_json.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EVERY_MS = 1000 };

struct feed {
    struct site *site;
    char key[SITE_KEY_MAX];
    char *text; /* an event that is being sent; NULL: none */
    size_t length, sent;
    int64_t next_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* JSON of one line: no text in it can begin another event. */
static void write_event(FILE *out, struct feed *feed)
{
    struct err_note note = {""};
    json_t *state = NULL;
    enum err err = site_state(feed->site, feed->key, &state, &note);
    if (err)
        state =
            json_pack("{s:o}", "error", report_json_text(note.text[0] ? note.text : err_text(err)));
    char *line = state ? json_dumps(state, JSON_COMPACT) : NULL;
    fprintf(out, "retry: %d\nevent: state\ndata: %s\n\n", EVERY_MS, line ? line : "{}");
    free(line);
    json_decref(state);
}

static ssize_t read_events(void *stream, char *buffer, size_t max)
{
    struct feed *feed = stream;
    if (!feed->text) {
        if (now_ms() < feed->next_ms)
            return 0;
        FILE *out = open_memstream(&feed->text, &feed->length);
        if (!out)
            return -1;
        write_event(out, feed);
        if (fclose(out) != 0)
            return -1;
        feed->sent = 0;
        feed->next_ms = now_ms() + EVERY_MS;
    }
    size_t n = feed->length - feed->sent < max ? feed->length - feed->sent : max;
    memcpy(buffer, feed->text + feed->sent, n);
    feed->sent += n;
    if (feed->sent == feed->length) {
        free(feed->text);
        feed->text = NULL;
    }
    return (ssize_t)n;
}

static void end_events(void *stream)
{
    struct feed *feed = stream;
    free(feed->text);
    free(feed);
}

void site_events_start(struct site *site, const char *key, struct http_reply *out)
{
    struct feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        return;
    feed->site = site;
    snprintf(feed->key, sizeof feed->key, "%s", key);
    out->type = "text/event-stream";
    out->stream = feed;
    out->read = read_events;
    out->end = end_events;
}
