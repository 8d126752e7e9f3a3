/* engine_thread - the one thread of a worker that computes: it loads a job (decodes it, maps the
 * image, builds the engine) or computes a span, one request at a time, so that the network thread
 * is never busy. */
#ifndef WORKER_ENGINE_THREAD_H
#define WORKER_ENGINE_THREAD_H
#include "proto/err.h"
#include "worker/image_fetch.h"
#include "worker/session.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine_thread;
struct engine_thread_options {
    const char *cache_dir;       /* where images lie; borrowed */
    size_t cache_bytes;          /* of the engine */
    uint64_t cache_limit;        /* of cache_dir; 0: none */
    bool share_planes;           /* with other processes of this host (planes_file.h) */
    const struct access *access; /* keys to fetch an image with; copied; NULL: none */
};
/* The caller owns *out. */
enum err engine_thread_new(struct engine_thread **out, const struct engine_thread_options *options,
                           struct err_note *note);
/* Waits for the request in hand. */
void engine_thread_free(struct engine_thread **thread_p);

int engine_thread_fd(const struct engine_thread *thread); /* readable when an answer waits */
bool engine_thread_is_busy(const struct engine_thread *thread);
/* Only while not busy. Takes the job's bytes (malloc'ed). source: where its image may be had. */
struct engine_job {
    uint8_t *bytes;
    size_t length;
    struct image_source source;
};
void engine_thread_load(struct engine_thread *thread, const struct engine_job *job);
void engine_thread_compute(struct engine_thread *thread, const struct session_lease *lease);

struct engine_answer {
    bool loaded; /* else computed */
    enum err err;
    struct err_note note;
    struct image_fetch_stats fetch; /* loaded */
    struct session_lease lease;
    uint32_t compute_us;
    uint8_t *cells; /* the caller frees */
    size_t length;
};
/* The answer to the last request; false: not yet. */
bool engine_thread_answer(struct engine_thread *thread, struct engine_answer *out);
#endif
