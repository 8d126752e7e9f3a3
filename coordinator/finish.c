#include "coordinator/finish.h"
#include "coordinator/tried.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct finish {
    struct finish_options options;
    pthread_t thread;
    atomic_bool over;
    enum err err;
    struct err_note note, ledger;
};

static void record_trials(struct finish *f)
{
    struct ledger *ledger = NULL;
    enum err err = ledger_open(&ledger, f->options.ledger, &f->ledger);
    if (!err)
        err = tried_record(f->options.run, ledger, NULL, &f->ledger);
    ledger_close(&ledger);
    if (err && !f->ledger.text[0])
        err_set(&f->ledger, err, "%s", err_text(err));
}

static void *work(void *ctx)
{
    struct finish *f = ctx;
    const struct run_dir *run = f->options.run;
    char path[sizeof run->path + 16];
    snprintf(path, sizeof path, "%s/results.h5", run->path);
    if (!f->options.no_ledger && !run->job.null_row_bytes)
        record_trials(f);
    if (f->options.export)
        f->err = f->options.export(run, path, f->options.partial, &f->note);
    f->over = true;
    return NULL;
}

enum err finish_start(struct finish **out, const struct finish_options *options)
{
    struct finish *f = calloc(1, sizeof *f);
    if (!f)
        return ERR_NOMEM;
    f->options = *options;
    if (pthread_create(&f->thread, NULL, work, f) != 0) {
        free(f);
        return ERR_NOMEM;
    }
    *out = f;
    return OK;
}

bool finish_poll(struct finish **self, enum err *err, struct err_note *note,
                 struct err_note *ledger)
{
    struct finish *f = *self;
    if (!f->over)
        return false;
    *err = f->err;
    *note = f->note;
    *ledger = f->ledger;
    finish_free(self);
    return true;
}

void finish_free(struct finish **self)
{
    if (!*self)
        return;
    pthread_join((*self)->thread, NULL);
    free(*self);
    *self = NULL;
}
