/* chart_cairo - a chart as PNG, SVG or PDF, 1280 units wide, as high as it needs. */
#ifndef REVIEW_CHART_CAIRO_H
#define REVIEW_CHART_CAIRO_H
#include "review/canvas.h"
#include "review/chart.h"

/* ERR_IO, ERR_NOMEM. The caller owns the stream. */
enum err chart_draw(const struct chart *chart, enum canvas_format format, FILE *out,
                    struct err_note *note);
#endif
