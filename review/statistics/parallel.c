#include "review/statistics/parallel.h"
#include <assert.h>
#include <pthread.h>
#include <unistd.h>

struct range {
    void (*work)(void *, unsigned, size_t, size_t);
    void *context;
    unsigned i;
    size_t begin, end;
};

static void *run(void *argument)
{
    const struct range *r = argument;
    r->work(r->context, r->i, r->begin, r->end);
    return NULL;
}

unsigned parallel_threads(unsigned wanted, size_t n)
{
    long cores = wanted ? (long)wanted : sysconf(_SC_NPROCESSORS_ONLN);
    unsigned threads = cores < 1 ? 1 : (unsigned)cores;
    threads = threads > PARALLEL_THREADS_MAX ? PARALLEL_THREADS_MAX : threads;
    return n < threads ? (n ? (unsigned)n : 1) : threads;
}

enum err parallel_ranges(unsigned n_threads, size_t n,
                         void (*work)(void *context, unsigned i, size_t begin, size_t end),
                         void *context)
{
    struct range ranges[PARALLEL_THREADS_MAX];
    pthread_t threads[PARALLEL_THREADS_MAX];
    enum err rc = OK;
    unsigned started = 0;
    assert(n_threads >= 1 && n_threads <= PARALLEL_THREADS_MAX);
    for (unsigned i = 0; i < n_threads; i++)
        ranges[i] = (struct range){work, context, i, n * i / n_threads, n * (i + 1) / n_threads};
    for (; started + 1 < n_threads; started++) /* the last range is this thread's own */
        if (pthread_create(&threads[started], NULL, run, &ranges[started]) != 0) {
            rc = ERR_NOMEM;
            break;
        }
    if (rc == OK)
        run(&ranges[n_threads - 1]);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return rc;
}
