#include "coordinator/canary.h"
#include "tests/lib/cm.h"
#include "tests/lib/null_job.h"
#include <sys/stat.h>
#include <unistd.h>

enum { TILE = 8, SCENARIOS = 3, ORDINAL = 21, N = 12 };
static const uint8_t CELLS[N] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

struct fixture {
    char folder[64], path[100];
    struct job job;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/plateau-test-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/" CANARY_FILE, f->folder);
    null_job_make(&f->job, "t", 10, 10, TILE, SCENARIOS, 8);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    int failed = rmdir(f->folder);
    job_free(&f->job);
    free(f);
    return failed;
}

static void write_file(const struct fixture *f, const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(f->path, "wb");
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void what_was_written_is_read(void **state)
{
    struct fixture *f = *state;
    struct codec_writer w = {0};
    struct canary canary;
    canary_write(&w, &f->job, ORDINAL, CELLS, N);
    write_file(f, w.bytes, w.length);
    assert_int_equal(canary_read(&canary, f->folder, &f->job, NULL), OK);
    assert_int_equal(canary.cells.tile, ORDINAL / TILE);
    assert_int_equal(canary.cells.first_cell, ORDINAL % TILE * SCENARIOS);
    assert_int_equal(canary.cells.n_cells, SCENARIOS);
    assert_int_equal(canary.cells.length, N);
    assert_memory_equal(canary.cells.bytes, CELLS, N);
    canary_free(&canary);
    free(w.bytes);
}

static void no_file_is_no_canary(void **state)
{
    struct fixture *f = *state;
    struct canary canary;
    assert_int_equal(canary_read(&canary, f->folder, &f->job, NULL), OK);
    assert_null(canary.file);
    canary_free(&canary);
}

/* A wrong one would put every worker into quarantine: no byte may differ. */
static void a_damaged_file_is_never_believed(void **state)
{
    struct fixture *f = *state;
    struct codec_writer w = {0};
    canary_write(&w, &f->job, ORDINAL, CELLS, N);
    for (size_t i = 0; i <= w.length; i++) {
        struct canary canary;
        struct err_note note = {""};
        if (i < w.length)
            w.bytes[i] ^= 0x10;
        write_file(f, w.bytes, i < w.length ? w.length : w.length - 1);
        assert_int_equal(canary_read(&canary, f->folder, &f->job, &note), ERR_CORRUPT);
        assert_non_null(strstr(note.text, "remove it"));
        if (i < w.length)
            w.bytes[i] ^= 0x10;
    }
    free(w.bytes);
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("canary", T(what_was_written_is_read), T(no_file_is_no_canary),
        T(a_damaged_file_is_never_believed))
