/* heatmap_cairo - a heatmap as PNG or SVG, 1280 units wide, as high as it needs. The same heatmap
 * gives the same bytes (with the same fonts). */
#ifndef REVIEW_HEATMAP_CAIRO_H
#define REVIEW_HEATMAP_CAIRO_H
#include "proto/err.h"
#include "review/heatmap.h"
#include <stdio.h>

enum heatmap_format { HEATMAP_PNG, HEATMAP_SVG };
/* ERR_IO, ERR_NOMEM. The caller owns the stream. */
enum err heatmap_draw(const struct heatmap *heatmap, enum heatmap_format format, FILE *out,
                      struct err_note *note);
/* Frees the fonts kept for a next picture. Call it when no more will be drawn. */
void heatmap_draw_end(void);
#endif
