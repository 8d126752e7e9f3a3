/* chart_text - a chart on a terminal, or in a plain text file: lines in braille dots (or marks
 * where the terminal has no Unicode), bars as rows of blocks. Every bar has its number beside it.
 */
#ifndef REVIEW_CHART_TEXT_H
#define REVIEW_CHART_TEXT_H
#include "proto/err.h"
#include "review/chart.h"
#include "review/heatmap_text.h"

enum err chart_print(const struct chart *chart, const struct heatmap_text_style *style, FILE *out);
#endif
