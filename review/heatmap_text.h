/* heatmap_text - a heatmap on a terminal, or in a plain text file.
 *
 * With colours: blocks in the heatmap's colours with numbers in them where they fit. Without:
 * numbers beside shades " .:-=+*#%@". A cell without a number is hatched; [ ] (or a ring) marks the
 * best cell, < > (or a diamond) the chosen one. */
#ifndef REVIEW_HEATMAP_TEXT_H
#define REVIEW_HEATMAP_TEXT_H
#include "proto/err.h"
#include "review/heatmap.h"
#include <stdio.h>

enum heatmap_colours { HEATMAP_MONO, HEATMAP_256, HEATMAP_TRUE };
struct heatmap_text_style {
    int columns; /* of the terminal; 0: not a terminal */
    enum heatmap_colours colour;
    bool unicode;
};
/* From the environment: NO_COLOR, COLORTERM, TERM, LC_ALL, LC_CTYPE, LANG. */
struct heatmap_text_style heatmap_text_style_of(int columns);
enum err heatmap_print(const struct heatmap *heatmap, const struct heatmap_text_style *style,
                       FILE *out);
#endif
