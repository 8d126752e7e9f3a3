#include "cli/run_image.h"
#include "coordinator/import.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct sources {
    json_t *json; /* owns every text */
    struct market_source at[JOB_SLEEVES_MAX];
    uint32_t n;
    double max_daily_move;
};

static void sources_free(struct sources *sources)
{
    for (uint32_t i = 0; i < sources->n; i++)
        free((void *)sources->at[i].universe);
    if (sources->json)
        json_decref(sources->json);
}

static enum err read_source(struct market_source *out, const json_t *from)
{
    const json_t *universe = json_object_get(from, "universe");
    const char *class = json_string_value(json_object_get(from, "asset_class"));
    size_t n = json_array_size(universe);
    const char **names = calloc(n + 1, sizeof *names);
    if (!names)
        return ERR_NOMEM;
    for (size_t i = 0; i < n; i++)
        names[i] = json_string_value(json_array_get(universe, i));
    *out = (struct market_source){
        .sleeve = json_string_value(json_object_get(from, "sleeve")),
        .asset_class = class && strcmp(class, "crypto") == 0 ? IMAGE_CRYPTO : IMAGE_EQUITY,
        .prices = json_string_value(json_object_get(from, "prices")),
        .benchmark = json_string_value(json_object_get(from, "benchmark")),
        .universe = names,
        .n_universe = (uint32_t)n,
    };
    return OK;
}

static enum err read_sources(struct sources *out, const struct run_dir *run, struct err_note *note)
{
    char path[sizeof run->path + sizeof "/run.json"];
    json_error_t where;
    enum err err = OK;
    snprintf(path, sizeof path, "%s/run.json", run->path);
    out->json = json_load_file(path, 0, &where);
    const json_t *list = json_object_get(out->json, "sources");
    out->max_daily_move = json_number_value(json_object_get(out->json, "max_daily_move"));
    for (size_t i = 0; !err && i < json_array_size(list) && i < JOB_SLEEVES_MAX; i++) {
        struct market_source *source = &out->at[i];
        err = read_source(source, json_array_get(list, i));
        out->n += !err;
        if (!err && !(source->sleeve && source->prices && source->benchmark))
            err = ERR_FORMAT;
    }
    if (out->n == 0 || err)
        return err_set(note, ERR_CORRUPT, "%s: does not name the run's data sources", path);
    return OK;
}

enum err run_image_open(struct market_image *out, const struct run_dir *run, struct err_note *note)
{
    if (import_is(&run->job))
        return import_refuse(run, "this", note);
    struct sources sources = {.json = NULL};
    struct market_image image;
    char *cache = market_default_cache_dir();
    if (!cache)
        return ERR_NOMEM;
    enum err err = market_open_hash(cache, run->job.image_hash, out, note);
    if (!err)
        goto done;
    err = read_sources(&sources, run, note);
    if (!err)
        err =
            market_open_cached(cache, sources.at, sources.n, sources.max_daily_move, &image, note);
    if (err)
        goto done;
    if (memcmp(image.hash, run->job.image_hash, sizeof image.hash) != 0) {
        market_image_free(&image);
        err = err_set(note, ERR_DATA,
                      "%s: the data has changed since run %s was made; its image is not in the "
                      "cache any more",
                      sources.at[0].prices, run->id);
        goto done;
    }
    *out = image;
done:
    sources_free(&sources);
    free(cache);
    return err;
}

enum err run_image_open_again(struct market_image *out, const struct run_dir *run,
                              struct err_note *note)
{
    enum err err =
        import_is(&run->job) ? import_refuse(run, "this", note) : run_dir_check_engine(run, note);
    return err ? err : run_image_open(out, run, note);
}
