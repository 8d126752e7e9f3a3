#include "coordinator/calibrate.h"
#include "coordinator/run.h"
#include "tests/lib/cm.h"
#include "tests/lib/null_job.h"
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROW = 32 };

struct fixture {
    char folder[64], runs[80];
    struct spec spec;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/plateau-test-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    snprintf(f->runs, sizeof f->runs, "%s/deep/runs", f->folder);
    null_job_make(&f->spec.job, "test run", 100, 100, 0, 1, ROW);
    f->spec.text = strdup("run: {name: test}\n");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    job_free(&f->spec.job);
    free(f->spec.text);
    int failed = system(command);
    free(f);
    return failed;
}

static struct run_dir created(struct fixture *f, bool expect_existed)
{
    struct run_dir run;
    struct err_note note = {""};
    bool existed = !expect_existed;
    enum err err = run_dir_create(&run, f->runs, &f->spec, &existed, &note);
    if (err)
        fail_msg("%s", note.text);
    assert_int_equal(existed, expect_existed);
    return run;
}

static void the_same_sweep_is_the_same_run(void **state)
{
    struct fixture *f = *state;
    struct run_dir first = created(f, false), second = created(f, true);
    assert_string_equal(first.path, second.path);
    assert_int_equal(strncmp(first.id, "test-run-", 9), 0); /* safe as a folder's name */
    assert_int_equal(strlen(first.id), 9 + 8);
    assert_string_equal(first.created, second.created);
    assert_int_equal(first.tile_order_seed, second.tile_order_seed);
    assert_int_equal(first.job.tile_points,
                     512); /* a sixteenth of 10,000 points, as a power of two */
    assert_int_equal(second.job.tile_points, 512);
    run_dir_free(&first);
    run_dir_free(&second);
    f->spec.job.image_hash[0] = 1; /* other data: another run */
    struct run_dir other = created(f, false);
    run_dir_free(&other);
}

static void a_run_is_found_by_path_id_and_last(void **state)
{
    struct fixture *f = *state;
    struct err_note note = {""};
    struct run_dir old = created(f, false), found;
    f->spec.job.image_hash[0] = 1;
    usleep(20000);
    struct run_dir new = created(f, false);
    const char *names[] = {old.path, old.id};
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(run_dir_open(&found, f->runs, names[i], &note), OK);
        assert_string_equal(found.id, old.id);
        assert_int_equal(found.job.n_blocks, NULL_JOB_BLOCKS);
        run_dir_free(&found);
    }
    assert_int_equal(run_dir_open(&found, f->runs, "last", &note), OK);
    assert_string_equal(found.id, new.id);
    run_dir_free(&found);
    usleep(20000);
    int fd;
    assert_int_equal(run_lock(&old, &fd, &note), OK); /* worked on last */
    run_unlock(fd);
    usleep(20000);
    assert_false(run_is_held(&new, NULL)); /* looking at a run does not make it the last */
    assert_int_equal(run_dir_open(&found, f->runs, "last", &note), OK);
    assert_string_equal(found.id, old.id);
    run_dir_free(&found);
    char misspelt[128];
    snprintf(misspelt, sizeof misspelt, "%s", old.id);
    misspelt[1] = 'a';
    assert_int_equal(run_dir_open(&found, f->runs, misspelt, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, old.id));
    assert_int_equal(run_dir_open(&found, "/no/such/folder", "last", &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "plateau run"));
    run_dir_free(&old);
    run_dir_free(&new);
}

static void a_damaged_run_is_refused(void **state)
{
    struct fixture *f = *state;
    struct run_dir run = created(f, false), found;
    struct err_note note = {""};
    char path[5000];
    snprintf(path, sizeof path, "%s/job", run.path);
    assert_int_equal(truncate(path, 50), 0);
    assert_int_equal(run_dir_open(&found, f->runs, run.id, &note), ERR_CORRUPT);
    assert_non_null(strstr(note.text, "/job"));
    run_dir_free(&run);
}

static void a_run_another_process_holds_is_busy(void **state)
{
    struct fixture *f = *state;
    struct run_dir run = created(f, false);
    struct err_note note = {""};
    int ready[2], fd = -1;
    char c, pid_text[32];
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (run_lock(&run, &fd, &note) || write(ready[1], "x", 1) != 1)
            _exit(1);
        pause();
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(run_lock(&run, &fd, &note), ERR_BUSY);
    struct err_note holder = {""};
    assert_true(run_is_held(&run, &holder));
    assert_string_equal(holder.text, note.text);
    snprintf(pid_text, sizeof pid_text, "pid %ld", (long)pid);
    assert_non_null(strstr(note.text, pid_text));
    assert_non_null(strstr(note.text, "host "));
    kill(pid, SIGKILL); /* its death releases the lock */
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(run_lock(&run, &fd, &note), OK);
    int second;
    assert_int_equal(run_lock(&run, &second, &note), ERR_BUSY); /* also within one process */
    run_unlock(fd);
    run_dir_free(&run);
    close(ready[0]);
    close(ready[1]);
}

/* In a child: run_dir_create() in a folder it may not write. */
static void a_folder_that_may_not_be_written_is_a_clear_error(void **state)
{
    struct fixture *f = *state;
    pid_t pid = fork();
    if (pid == 0) {
        struct run_dir run;
        struct err_note note = {""};
        bool existed;
        chmod(f->folder, 0555);
        if (geteuid() == 0 && seteuid(65534))
            _exit(1);
        enum err err = run_dir_create(&run, f->runs, &f->spec, &existed, &note);
        _exit(err == ERR_IO && strstr(note.text, "make it writable") ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    chmod(f->folder, 0755);
    assert_int_equal(status, 0);
}

/* A limit on file sizes is a disk that is full: nothing half written is left. */
static void a_full_disk_leaves_nothing_behind(void **state)
{
    struct fixture *f = *state;
    pid_t pid = fork();
    if (pid == 0) {
        struct run_dir run;
        struct err_note note = {""};
        bool existed;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, 1000}); /* the job is larger */
        enum err err = run_dir_create(&run, f->runs, &f->spec, &existed, &note);
        _exit(err == ERR_IO && strstr(note.text, "/job: cannot write") ? 0 : 2);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(rmdir(f->runs), 0); /* empty, hidden files too */
}

static void a_file_in_the_way_is_a_clear_error(void **state)
{
    struct fixture *f = *state;
    struct run_dir run;
    struct err_note note = {""};
    bool existed;
    assert_int_equal(run_dir_create(&run, "/dev/null/runs", &f->spec, &existed, &note), ERR_IO);
    assert_non_null(strstr(note.text, "/dev/null/runs"));
}

static void tile_sizes_keep_their_limits(void **state)
{
    struct fixture *f = *state;
    struct job *job = &f->spec.job;
    job->null_row_bytes = 0;
    assert_int_equal(calibrate_tile_points(job, 0.001), 128); /* 128 ms */
    assert_int_equal(calibrate_tile_points(job, 0.0733), 2);  /* 147 ms */
    assert_int_equal(calibrate_tile_points(job, 10), 1);
    assert_int_equal(calibrate_tile_points(job, 0), 512); /* a sixteenth of the points */
    job->null_row_bytes = 1u << 16;
    assert_int_equal(calibrate_tile_points(job, 0), 16); /* 1 MiB */
    assert_false(calibrate_is_needless(job) && job->null_row_bytes == 0);
    job->null_row_bytes = ROW;
    job->n_scenarios = 64;
    assert_int_equal(calibrate_tile_points(job, 0), 64); /* 4,096 cells */
    job->n_scenarios = 1;
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
CM_MAIN("run_dir", T(the_same_sweep_is_the_same_run), T(a_run_is_found_by_path_id_and_last),
        T(a_damaged_run_is_refused), T(a_run_another_process_holds_is_busy),
        T(a_folder_that_may_not_be_written_is_a_clear_error), T(a_full_disk_leaves_nothing_behind),
        T(a_file_in_the_way_is_a_clear_error), T(tile_sizes_keep_their_limits))
