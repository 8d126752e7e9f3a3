/* The log: one schema, bounded by rate and by size, whatever a peer writes. */
#include "coordinator/log.h"
#include "tests/lib/cm.h"
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t clock_ns;
static int64_t test_clock(void)
{
    return clock_ns;
}

static char folder[64], path[128];
static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/plateau_log_XXXXXX");
    clock_ns = 1769850902123000000; /* 2026-01-31T09:15:02.123Z */
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/log.jsonl", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    char name[160];
    unlink(path);
    for (int i = 1; i < 9; i++) {
        snprintf(name, sizeof name, "%s.%d", path, i);
        unlink(name);
    }
    return rmdir(folder);
}

static struct log *open_log(enum log_level level, int64_t max_bytes, unsigned keep)
{
    struct log *log = NULL;
    const struct log_options options = {path, level, max_bytes, keep, test_clock};
    assert_int_equal(log_open(&log, &options, NULL), OK);
    return log;
}

/* Lines of the file, each parsed; the caller ends it. */
static json_t *read_lines(const char *name)
{
    char line[16384];
    json_t *lines = json_array();
    FILE *file = fopen(name, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        for (const char *c = line; *c != '\n'; c++)
            assert_true(*c >= ' ' && *c < 0x7f);
        json_t *object = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(object);
        json_array_append_new(lines, object);
    }
    fclose(file);
    return lines;
}

static const char *text_of(const json_t *lines, size_t i, const char *key)
{
    const char *text = json_string_value(json_object_get(json_array_get(lines, i), key));
    return text ? text : "";
}

static void a_line_tells_time_level_event_and_fields(void **state)
{
    (void)state;
    struct log *log = open_log(LOG_INFO, 0, 0);
    log_event(log, EVENT_RUN_STARTED, {LOG_run, .text = "base-1"}, {LOG_cells, .whole = 1u << 31},
              {LOG_ms, .number = 1.5}, {LOG_reason, .text = ""});
    log_close(&log);
    json_t *lines = read_lines(path);
    char *text = json_dumps(json_array_get(lines, 0), JSON_COMPACT);
    assert_string_equal(text,
                        "{\"time\":\"2026-01-31T09:15:02.123Z\",\"level\":\"info\",\"event\":"
                        "\"run_started\",\"run\":\"base-1\",\"cells\":2147483648,\"ms\":1.5}");
    free(text);
    json_decref(lines);
}

static void a_level_hides_what_is_below(void **state)
{
    (void)state;
    struct log *log = open_log(LOG_WARNING, 0, 0);
    log_event(log, EVENT_RUN_STARTED, {LOG_run, .text = "r"});
    log_event(log, EVENT_RUN_FAILED, {LOG_run, .text = "r"});
    log_close(&log);
    json_t *lines = read_lines(path);
    assert_int_equal(json_array_size(lines), 1);
    assert_string_equal(text_of(lines, 0, "level"), "error");
    json_decref(lines);
}

static void whatever_a_peer_writes_is_one_line_of_ascii(void **state)
{
    (void)state;
    char longest[2000];
    memset(longest, 0xc3, sizeof longest);
    longest[sizeof longest - 1] = '\0';
    struct log *log = open_log(LOG_INFO, 0, 0);
    log_event(log, EVENT_WORKER_REFUSED, {LOG_reason, .text = "a\"}\n{\x1b[31m\x7f"});
    log_event(log, EVENT_WORKER_REFUSED, {LOG_reason, .text = "\xff\xfe z\xc3\xbc"});
    log_event(log, EVENT_WORKER_REFUSED, {LOG_reason, .text = "z\xc3\xbcrich"});
    log_event(log, EVENT_WORKER_REFUSED, {LOG_reason, .text = longest});
    log_close(&log);
    json_t *lines = read_lines(path);
    assert_int_equal(json_array_size(lines), 4);
    assert_string_equal(text_of(lines, 0, "reason"), "a\"}\n{\x1b[31m\\x7f");
    assert_string_equal(text_of(lines, 1, "reason"), "\\xff\\xfe z\\xc3\\xbc");
    assert_string_equal(text_of(lines, 2, "reason"), "z\xc3\xbcrich");
    assert_int_equal(strlen(text_of(lines, 3, "reason")), 4 * LOG_TEXT_MAX);
    json_decref(lines);
}

/* A peer that is refused a million times costs a few lines, and the next one says how many. */
static void a_flood_is_suppressed_and_counted(void **state)
{
    (void)state;
    enum { FLOOD = 1000000 };
    struct log *log = open_log(LOG_INFO, 0, 0);
    for (int i = 0; i < FLOOD; i++)
        log_event(log, EVENT_PEER_CUT, {LOG_reason, .text = "garbage"});
    log_event(log, EVENT_RUN_ENDED, {LOG_run, .text = "r"}); /* another event is not held back */
    clock_ns += 2000000000;
    log_event(log, EVENT_PEER_CUT, {LOG_reason, .text = "garbage"});
    log_close(&log);
    json_t *lines = read_lines(path);
    size_t n = json_array_size(lines);
    assert_in_range(n, 3, 100);
    assert_string_equal(text_of(lines, n - 2, "event"), "run_ended");
    json_int_t suppressed =
        json_integer_value(json_object_get(json_array_get(lines, n - 1), "suppressed"));
    assert_int_equal(suppressed, FLOOD + 1 - (json_int_t)(n - 1));
    json_decref(lines);
}

static void size_is_bounded_by_rotation(void **state)
{
    (void)state;
    enum { MAX = 4096, KEEP = 2, LINES = 900 };
    struct log *log = open_log(LOG_INFO, MAX, KEEP);
    struct stat st;
    char name[160];
    for (int i = 0; i < LINES; i++)
        log_event(log, EVENT_RUN_ENDED, {LOG_run, .text = "r"}, {LOG_cells, .whole = (uint64_t)i});
    log_close(&log);
    json_int_t last = LINES - 1;
    for (int i = 0; i <= KEEP; i++) { /* newest first, without a gap */
        snprintf(name, sizeof name, i ? "%s.%d" : "%s", path, i);
        assert_int_equal(stat(name, &st), 0);
        assert_in_range(st.st_size, 1, MAX);
        json_t *lines = read_lines(name);
        for (size_t n = json_array_size(lines); n-- > 0; last--)
            assert_int_equal(json_integer_value(json_object_get(json_array_get(lines, n), "cells")),
                             last);
        json_decref(lines);
    }
    snprintf(name, sizeof name, "%s.%d", path, KEEP + 1);
    assert_int_not_equal(stat(name, &st), 0);
}

/* The file may grow by half a line more: that line is torn, the next are dropped, and what comes
 * after is whole and says so. */
static void a_full_disk_drops_lines_and_says_so(void **state)
{
    (void)state;
    struct rlimit before, tight;
    struct stat st;
    char line[512];
    struct log *log = open_log(LOG_INFO, 0, 0);
    log_event(log, EVENT_RUN_STARTED, {LOG_run, .text = "r"});
    assert_int_equal(stat(path, &st), 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    tight = before;
    tight.rlim_cur = (rlim_t)st.st_size + 20;
    setrlimit(RLIMIT_FSIZE, &tight);
    for (int i = 0; i < 3; i++)
        log_event(log, EVENT_RUN_STARTED, {LOG_run, .text = "lost"});
    setrlimit(RLIMIT_FSIZE, &before);
    log_event(log, EVENT_RUN_ENDED, {LOG_run, .text = "r"});
    log_event(log, EVENT_RUN_ENDED, {LOG_run, .text = "r"});
    log_close(&log);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_non_null(fgets(line, sizeof line, file));
    assert_int_equal(strlen(line), 20 + 1); /* the torn one */
    assert_non_null(fgets(line, sizeof line, file));
    assert_non_null(strstr(line, "\"run_ended\",\"run\":\"r\",\"dropped\":3}"));
    assert_non_null(fgets(line, sizeof line, file));
    assert_null(strstr(line, "dropped"));
    fclose(file);
}

static void decisions_hand_over_a_bounded_queue(void **state)
{
    (void)state;
    struct log *log = open_log(LOG_DEBUG, 0, 0);
    struct events *events = calloc(1, sizeof *events);
    assert_non_null(events);
    struct event *split = events_add(events, EVENT_TILE_SPLIT, "w1");
    split->tile = 7;
    split->n_cells = 12;
    for (int i = 0; i < 2 * EVENTS_MAX; i++)
        events_add(events, EVENT_RUN_DRAINING, NULL);
    log_events(log, "base-1", events);
    assert_int_equal(events->n, 0);
    log_close(&log);
    json_t *lines = read_lines(path);
    size_t n = json_array_size(lines);
    assert_int_equal(n, EVENTS_MAX);
    assert_string_equal(text_of(lines, 0, "worker"), "w1");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(lines, 0), "tile")), 7);
    assert_string_equal(text_of(lines, n - 1, "event"), "events_lost");
    assert_int_equal(json_integer_value(json_object_get(json_array_get(lines, n - 1), "lost")),
                     2 * EVENTS_MAX - (EVENTS_MAX - 2));
    json_decref(lines);
    free(events);
}

/* ---- the published schema and the tables say the same ---- */

static void schema_names_every_event_and_field(void **state)
{
    (void)state;
    static const char *const names[] = {"time", "level", "event",
#define X(name, kind) #name,
                                        LOG_FIELDS(X)
#undef X
    };
    json_t *schema = json_load_file(PLATEAU_SOURCE_DIR "/docs/log.schema.json", 0, NULL);
    assert_non_null(schema);
    json_t *properties = json_object_get(schema, "properties");
    json_t *events = json_object_get(json_object_get(properties, "event"), "enum");
    json_t *levels = json_object_get(json_object_get(properties, "level"), "enum");
    assert_int_equal(json_array_size(events), N_EVENTS);
    for (size_t i = 0; i < N_EVENTS; i++)
        assert_string_equal(json_string_value(json_array_get(events, i)), EVENT_NAME[i]);
    for (size_t i = 0; i < N_LOG_LEVELS; i++)
        assert_string_equal(json_string_value(json_array_get(levels, i)), LOG_LEVEL_NAME[i]);
    assert_int_equal(json_object_size(properties), sizeof names / sizeof names[0]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(json_object_get(properties, names[i]));
    json_decref(schema);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
CM_MAIN("log", LOG_TEST(a_line_tells_time_level_event_and_fields),
        LOG_TEST(a_level_hides_what_is_below),
        LOG_TEST(whatever_a_peer_writes_is_one_line_of_ascii),
        LOG_TEST(a_flood_is_suppressed_and_counted), LOG_TEST(size_is_bounded_by_rotation),
        LOG_TEST(a_full_disk_drops_lines_and_says_so),
        LOG_TEST(decisions_hand_over_a_bounded_queue),
        cmocka_unit_test(schema_names_every_event_and_field))
