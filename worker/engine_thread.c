#include "worker/engine_thread.h"
#include "market/market.h"
#include "worker/cell.h"
#include "worker/planes_file.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum request { REQUEST_NONE, REQUEST_LOAD, REQUEST_COMPUTE, REQUEST_END };

struct engine_thread {
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    int fd;
    struct engine_thread_options options;
    struct access access;
    /* under the mutex */
    enum request request;
    struct session_lease lease;
    struct engine_job ask;
    struct engine_answer answer;
    bool answered;
    /* of the asking thread alone */
    bool busy;
    /* of the engine thread alone */
    struct job job;
    struct market_image image;
    struct cell_engine *cells;
    struct planes_file planes;
};

static void unload(struct engine_thread *t)
{
    cell_engine_free(&t->cells);
    planes_file_close(&t->planes);
    if (t->image.bytes)
        market_image_free(&t->image);
    t->image = (struct market_image){0};
    job_free(&t->job);
}

/* Another job on the same data keeps the mapping's pages warm, not the engine: its caches belong to
 * one job. */
static enum err load(struct engine_thread *t, struct image_fetch_stats *fetch,
                     struct err_note *note)
{
    unload(t);
    enum err err = job_decode(&t->job, t->ask.bytes, t->ask.length, note);
    if (err)
        return err;
    if (t->job.null_row_bytes == 0)
        err = image_fetch(t->options.cache_dir, t->options.cache_limit, t->job.image_hash,
                          &t->ask.source, &t->image, fetch, note);
    if (!err)
        err = cell_engine_new(&t->cells, &t->job, t->image.bytes, t->image.length,
                              t->options.cache_bytes, note);
    if (!err && t->options.share_planes && t->job.null_row_bytes == 0)
        planes_file_open(&t->planes, t->options.cache_dir, t->options.cache_limit, &t->job,
                         t->cells);
    if (err)
        unload(t);
    return err;
}

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static void compute(struct engine_thread *t, const struct session_lease *lease,
                    struct engine_answer *answer)
{
    struct codec_writer w = {0};
    uint64_t start = now_us();
    answer->err = cell_compute_span(t->cells, lease->tile, lease->first_cell, lease->n_cells, &w);
    uint64_t took = now_us() - start;
    answer->compute_us = took < UINT32_MAX ? (uint32_t)took : UINT32_MAX;
    answer->lease = *lease;
    answer->cells = w.bytes;
    answer->length = w.length;
}

static void *engine_main(void *ctx)
{
    struct engine_thread *t = ctx;
    pthread_mutex_lock(&t->mutex);
    for (;;) {
        while (t->request == REQUEST_NONE)
            pthread_cond_wait(&t->wake, &t->mutex);
        enum request request = t->request;
        struct session_lease lease = t->lease;
        t->request = REQUEST_NONE;
        pthread_mutex_unlock(&t->mutex);
        if (request == REQUEST_END)
            break;
        struct engine_answer answer = {.loaded = request == REQUEST_LOAD};
        if (request == REQUEST_LOAD)
            answer.err = load(t, &answer.fetch, &answer.note);
        else
            compute(t, &lease, &answer);
        pthread_mutex_lock(&t->mutex);
        t->answer = answer;
        t->answered = true;
        if (eventfd_write(t->fd, 1))
            abort(); /* the counter cannot overflow: one answer is out at a time */
    }
    unload(t);
    return NULL;
}

enum err engine_thread_new(struct engine_thread **out, const struct engine_thread_options *options,
                           struct err_note *note)
{
    struct engine_thread *t = calloc(1, sizeof *t);
    if (!t)
        return ERR_NOMEM;
    t->options = *options;
    if (options->access) {
        t->access = *options->access;
        t->options.access = &t->access;
    }
    t->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    pthread_mutex_init(&t->mutex, NULL);
    pthread_cond_init(&t->wake, NULL);
    int failed = t->fd < 0 ? errno : pthread_create(&t->thread, NULL, engine_main, t);
    if (failed) {
        if (t->fd >= 0)
            close(t->fd);
        free(t);
        return err_set(note, ERR_IO, "cannot start the engine's thread: %s", strerror(failed));
    }
    *out = t;
    return OK;
}

static void ask(struct engine_thread *t, enum request request)
{
    pthread_mutex_lock(&t->mutex);
    assert(t->request == REQUEST_NONE);
    t->request = request;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->mutex);
}

void engine_thread_free(struct engine_thread **thread_p)
{
    struct engine_thread *t = *thread_p;
    if (!t)
        return;
    struct engine_answer answer = {0};
    ask(t, REQUEST_END);
    pthread_join(t->thread, NULL);
    if (engine_thread_answer(t, &answer))
        free(answer.cells);
    pthread_mutex_destroy(&t->mutex);
    pthread_cond_destroy(&t->wake);
    close(t->fd);
    free(t->ask.bytes);
    access_wipe(&t->access, sizeof t->access);
    free(t);
    *thread_p = NULL;
}

int engine_thread_fd(const struct engine_thread *thread)
{
    return thread->fd;
}

bool engine_thread_is_busy(const struct engine_thread *thread)
{
    return thread->busy;
}

void engine_thread_load(struct engine_thread *t, const struct engine_job *job)
{
    assert(!t->busy);
    free(t->ask.bytes);
    t->ask = *job;
    t->ask.source.access = t->options.access;
    t->busy = true;
    ask(t, REQUEST_LOAD);
}

void engine_thread_compute(struct engine_thread *t, const struct session_lease *lease)
{
    assert(!t->busy);
    t->lease = *lease;
    t->busy = true;
    ask(t, REQUEST_COMPUTE);
}

bool engine_thread_answer(struct engine_thread *t, struct engine_answer *out)
{
    eventfd_t ignored;
    pthread_mutex_lock(&t->mutex);
    bool answered = t->answered;
    if (answered) {
        *out = t->answer;
        t->answered = false;
        eventfd_read(t->fd, &ignored);
    }
    pthread_mutex_unlock(&t->mutex);
    if (answered)
        t->busy = false;
    return answered;
}
