#include "tests/lib/cm.h"

#include "coordinator/h5.h"
#include "tests/lib/fake_run_dir.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* HDF5 loses the memory of a file that it cannot close on a full disk. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5";
}

static char *slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    struct stat st;
    assert_int_equal(fstat(fileno(file), &st), 0);
    *size = (size_t)st.st_size;
    char *bytes = malloc(*size + 1);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    bytes[*size] = '\0';
    fclose(file);
    return bytes;
}

static void make(struct run_dir *dir, uint64_t absent_every, int order)
{
    struct fake_run run;
    struct err_note note = {""};
    fake_grid(&run, "fast < 300 or stop < 3", 16, absent_every);
    if (fake_run_dir(dir, &run, order, &note))
        fail_msg("%s", note.text);
    fake_run_free(&run);
}

/* Promise 3: the order in which tiles came changes no byte. */
static void the_order_of_tiles_changes_no_byte(void **state)
{
    (void)state;
    char *bytes[2];
    size_t size[2];
    for (int order = 0; order < 2; order++) {
        struct run_dir dir;
        struct err_note note = {""};
        char path[4200];
        make(&dir, 0, order);
        snprintf(path, sizeof path, "%s/results.h5", dir.path);
        assert_int_equal(export_h5(&dir, path, false, &note), OK);
        bytes[order] = slurp(path, &size[order]);
        fake_run_dir_remove(&dir);
    }
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(bytes[0], bytes[1], size[0]);
    free(bytes[0]);
    free(bytes[1]);
}

static void an_unfinished_run_is_exported_only_when_asked(void **state)
{
    (void)state;
    struct run_dir dir;
    struct err_note note = {""};
    char path[4200];
    make(&dir, 3, 0);
    snprintf(path, sizeof path, "%s/results.h5", dir.path);
    assert_int_equal(export_h5(&dir, path, false, &note), ERR_EMPTY);
    assert_non_null(strstr(note.text, "of 79 tiles are missing"));
    assert_int_not_equal(access(path, F_OK), 0);
    FILE *nowhere = fopen("/dev/null", "we");
    assert_int_equal(export_text(&dir, nowhere, EXPORT_CSV, false, &note), ERR_EMPTY);
    assert_int_equal(export_text(&dir, nowhere, EXPORT_CSV, true, &note), OK);
    fclose(nowhere);
    assert_int_equal(export_h5(&dir, path, true, &note), OK);
    assert_int_equal(access(path, R_OK), 0);
    fake_run_dir_remove(&dir);
}

/* A file-size limit is what a full disk looks like from here (above what SQLite maps beside its
 * journal). The file that was there stays. */
static void a_full_disk_leaves_the_old_file_and_no_half_one(void **state)
{
    (void)state;
    struct run_dir dir;
    struct err_note note = {""};
    char path[4200], temporary[4210];
    size_t size, after;
    make(&dir, 0, 0);
    snprintf(path, sizeof path, "%s/results.h5", dir.path);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    assert_int_equal(export_h5(&dir, path, false, &note), OK);
    char *before = slurp(path, &size);
    struct rlimit old, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, SIG_IGN);
    for (rlim_t limit = 40000; limit < size; limit *= 2) {
        small = old;
        small.rlim_cur = limit;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        enum err err = export_h5(&dir, path, false, &note);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
        assert_int_equal(err, ERR_IO);
        assert_non_null(strstr(note.text, "results.h5"));
        assert_int_not_equal(access(temporary, F_OK), 0);
    }
    char *again = slurp(path, &after);
    assert_int_equal(after, size);
    assert_memory_equal(again, before, size);
    free(again);
    free(before);
    fake_run_dir_remove(&dir);
}

static void a_folder_that_is_not_there_is_an_error_that_names_it(void **state)
{
    (void)state;
    struct run_dir dir;
    struct err_note note = {""};
    make(&dir, 0, 0);
    assert_int_equal(export_h5(&dir, "/nonexistent/results.h5", false, &note), ERR_IO);
    assert_non_null(strstr(note.text, "/nonexistent/results.h5"));
    fake_run_dir_remove(&dir);
}

/* Promise 4: killed at any moment, a results.h5 that exists is whole. */
static void a_killed_export_leaves_no_half_file(void **state)
{
    (void)state;
    enum { ROUNDS = 25, STEP_US = 1500 };
    struct run_dir dir;
    char path[4200];
    make(&dir, 0, 0);
    snprintf(path, sizeof path, "%s/results.h5", dir.path);
    unsigned n_whole = 0, n_none = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        unlink(path);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            export_h5(&dir, path, false, NULL);
            _exit(0);
        }
        usleep(i * STEP_US);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        if (access(path, F_OK) != 0) {
            n_none++;
            continue;
        }
        hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
        assert_true(file >= 0);
        assert_true(H5Lexists(file, "meta/spec", H5P_DEFAULT) > 0); /* what is written last */
        H5Fclose(file);
        n_whole++;
    }
    assert_int_equal(n_whole + n_none, ROUNDS);
    assert_true(n_none > 0); /* the first is killed at once */
    fake_run_dir_remove(&dir);
}

/* A damaged row is named, and nothing is written from it. */
static void a_row_of_another_run_is_refused(void **state)
{
    (void)state;
    struct fake_run run;
    struct err_note note = {""};
    fake_grid(&run, NULL, 16, 0);
    struct export_about about = {
        .job = &run.job, .run_id = "x", .created = "", .build = "", .spec_text = ""};
    const char *path = "/tmp/plateau-test-export-refused.h5";
    for (size_t length = run.length[5]; length > 0; length = length / 3) {
        run.length[5] = length - 1;
        assert_int_equal(export_h5_from(&about, &run.source, path, &note), ERR_FORMAT);
        assert_non_null(strstr(note.text, "tile 5"));
        assert_int_not_equal(access(path, F_OK), 0);
    }
    fake_run_free(&run);
}

/* Attributes above 64 KiB need another place in the file than small ones. */
static void an_axis_of_many_levels_keeps_its_texts(void **state)
{
    (void)state;
    enum { LEVELS = 20000 };
    struct fake_run run = {0};
    char *texts = malloc(6 * LEVELS + 1), *at = texts;
    for (int l = 0; l < LEVELS; l++)
        at += sprintf(at, "%s%d", l ? " " : "", l);
    struct sweep_axis axis = fake_axis("seed", texts, SWEEP_LINEAR, 0, false);
    free(texts);
    assert_int_equal(fake_job(&run.job, &axis, 1, NULL, 0, 1024, NULL), OK);
    fake_fill(&run, 0);
    struct export_about about = {
        .job = &run.job, .run_id = "x", .created = "", .build = "", .spec_text = ""};
    struct err_note note = {""};
    const char *path = "/tmp/plateau-test-export-levels.h5";
    if (export_h5_from(&about, &run.source, path, &note))
        fail_msg("%s", note.text);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT),
          attribute = H5Aopen_by_name(file, "seed", "text", H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0);
    hid_t type = H5Aget_type(attribute);
    char **read = calloc(LEVELS, sizeof *read);
    assert_true(H5Aread(attribute, type, read) >= 0);
    assert_string_equal(read[LEVELS - 1], "19999");
    for (int l = 0; l < LEVELS; l++)
        H5free_memory(read[l]);
    free(read);
    H5Tclose(type);
    H5Aclose(attribute);
    H5Fclose(file);
    unlink(path);
    fake_run_free(&run);
}

CM_MAIN("export", cmocka_unit_test(the_order_of_tiles_changes_no_byte),
        cmocka_unit_test(an_unfinished_run_is_exported_only_when_asked),
        cmocka_unit_test(a_full_disk_leaves_the_old_file_and_no_half_one),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error_that_names_it),
        cmocka_unit_test(a_killed_export_leaves_no_half_file),
        cmocka_unit_test(a_row_of_another_run_is_refused),
        cmocka_unit_test(an_axis_of_many_levels_keeps_its_texts))
