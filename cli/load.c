#include "cli/load.h"
#include <stdlib.h>
#include <string.h>

enum err load_spec_and_image(struct loaded *out, const char *path, const struct cli_list *set,
                             const struct cli_list *only, struct err_note *note)
{
    struct loaded found;
    memset(&found, 0, sizeof found);
    enum err err = spec_load(&found.spec, path, set && set->n ? set->at : NULL, note);
    if (err)
        return err;
    if (only && only->n)
        err = spec_keep_scenarios(&found.spec, only->at, note);
    if (err)
        goto failed;
    for (char **w = found.spec.warnings; w && *w; w++)
        cli_say("note: %s", *w);
    char *cache = market_default_cache_dir();
    if (!cache)
        err = ERR_NOMEM;
    else
        err = market_open_cached(cache, found.spec.sources, found.spec.job.n_sleeves,
                                 found.spec.max_daily_move, &found.image, note);
    free(cache);
    if (err)
        goto failed;
    err = spec_bind_image(&found.spec, &found.image, note);
    if (err)
        goto failed;
    found.spec.job.tile_points = 0; /* measured when the run is made */
    *out = found;
    return OK;
failed:
    loaded_free(&found);
    return err;
}

void loaded_free(struct loaded *loaded)
{
    market_image_free(&loaded->image);
    spec_free(&loaded->spec);
}
