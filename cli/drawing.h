/* drawing - a picture in the form that was asked for: PNG, SVG, PDF, the terminal's, or its
 * numbers. What draws a heatmap, a chart or a table of them is the same for every verb. */
#ifndef CLI_DRAWING_H
#define CLI_DRAWING_H
#include "cli/cli.h"
#include "review/chart.h"
#include "review/heatmap.h"

enum drawing_form { /* the first three as enum canvas_format */
                    DRAWING_PNG,
                    DRAWING_SVG,
                    DRAWING_PDF,
                    DRAWING_TTY,
                    DRAWING_CSV,
                    DRAWING_JSON,
                    DRAWING_FITTING /* what the ending of the file says; else the terminal's */
};
extern const char *const DRAWING_FORMS[]; /* for CLI_CHOICE: all but the last */

#define DRAWING_OPTIONS(form, path)                                                                \
    {"format",     0, CLI_CHOICE, &(form), "FORM", "form (default: as FILE ends, or tty)",         \
     DRAWING_FORMS},                                                                               \
    {                                                                                              \
        "output", 'o', CLI_TEXT, &(path), "FILE", "where to write (default: standard output)",     \
            NULL                                                                                   \
    }

/* One of the two is drawn. The file appears whole or not at all. */
struct drawing {
    const struct heatmap *heatmap;
    const struct chart *chart;
};
enum err drawing_write(const struct drawing *drawing, enum drawing_form form, const char *path,
                       struct err_note *note);
#endif
