/* spec - a sweep file (YAML) turned into a checked job: the only place that knows YAML.
 *
 * Every error is one line: file:line: field: what was found, what was expected, the nearest valid
 * name. Nothing starts after one. Paths in a sweep file are relative to the working directory, then
 * to the sweep file's folder. */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H
#include "engine/plateau_engine.h"
#include "market/market.h"
#include "proto/job.h"

struct spec {
    char *path,
        *text; /* the file and its bytes, NUL-terminated; strategy files it names are in `files` */
    char **files;                  /* resolved paths of strategy files, NULL-terminated */
    struct job job;                /* image_hash is still zero: spec_bind_image sets it */
    struct market_source *sources; /* [job.n_sleeves] */
    double max_daily_move;
    struct plateau_config *base; /* the base config the job's values describe */
    char **warnings; /* NULL-terminated lines for stderr (dead axes, in-sample scenario, ...) */
};
/* set: extra assignments "path=value" from the command line (may be NULL), NULL-terminated. */
enum err spec_load(struct spec *out, const char *path, const char *const *set,
                   struct err_note *note);
void spec_free(struct spec *spec);
/* Keeps only the scenarios named (NULL-terminated), in the job's order, for `run --only`.
 * ERR_NOT_FOUND names the nearest. */
enum err spec_keep_scenarios(struct spec *spec, const char *const *names, struct err_note *note);
/* What needs the data: periods inside it, sleeves' calendars agree, every level of every axis
 * passes plateau_config_check at the axis ends. Stores the image hash in the job. */
enum err spec_bind_image(struct spec *spec, const struct market_image *image,
                         struct err_note *note);
/* The JSON Schema of a sweep file, generated from the same field tables; caller frees. */
char *spec_json_schema(void);

#endif
