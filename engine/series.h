/* series - indicators of a whole sleeve, computed once and kept: one value per bar of the image (or
 * of the benchmark). The traced path reads these; they hold the plain definition of
 * engine/indicators/ and nothing cleverer. */
#ifndef ENGINE_SERIES_H
#define ENGINE_SERIES_H
#include "engine/image.h"
#include "engine/indicator.h"

struct series_cache; /* starts as NULL */
void series_free(struct series_cache **cache_p);
/* Drop everything if more than `bytes` are held. Call between runs: what was handed out before is
 * gone. */
void series_trim(struct series_cache **cache_p, size_t bytes);
/* *values: [n_bars] in the image's bar order, or [n_bench]. ERR_NOMEM. */
enum err series_get(struct series_cache **cache_p, const struct image_view *view, uint32_t sleeve,
                    const struct indicator_need *need, const double **values);
#endif
