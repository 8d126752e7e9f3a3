/* heatmap_cairo - a heatmap as PNG, SVG or PDF, 1280 units wide, as high as it needs. The same
 * heatmap gives the same bytes (with the same fonts). */
#ifndef REVIEW_HEATMAP_CAIRO_H
#define REVIEW_HEATMAP_CAIRO_H
#include "proto/err.h"
#include "review/canvas.h"
#include "review/heatmap.h"
#include <stdio.h>

/* ERR_IO, ERR_NOMEM. The caller owns the stream. */
enum err heatmap_draw(const struct heatmap *heatmap, enum canvas_format format, FILE *out,
                      struct err_note *note);
#endif
