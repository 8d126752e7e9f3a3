/* canvas - what every picture shares: sizes, text that fits its place, and files in PNG, SVG or
 * PDF. The same picture gives the same bytes (with the same fonts).
 *
 * Lengths are pixels of a PNG and points of the others. */
#ifndef REVIEW_CANVAS_H
#define REVIEW_CANVAS_H
#include "proto/err.h"
#include "review/palette.h"
#include <cairo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CANVAS_WIDTH 1280.0
#define CANVAS_MARGIN 24.0
#define CANVAS_GAP 10.0
#define CANVAS_TITLE_SIZE 20.0
#define CANVAS_TEXT_SIZE 14.0
#define CANVAS_LABEL_SIZE 12.0
#define CANVAS_LINE 20.0
/* Height of canvas_titles(). */
#define CANVAS_HEAD (CANVAS_MARGIN + CANVAS_TITLE_SIZE + CANVAS_LINE + CANVAS_GAP)

enum canvas_format { CANVAS_PNG, CANVAS_SVG, CANVAS_PDF };
struct canvas {
    double width, height;
    const char *title; /* of the document */
    void (*paint)(void *ctx, cairo_t *cr);
    void *ctx;
};
/* ERR_IO, ERR_NOMEM. The caller owns the stream. */
enum err canvas_write(const struct canvas *canvas, enum canvas_format format, FILE *out,
                      struct err_note *note);
/* Frees the fonts kept for a next picture. Call it when no more will be drawn. */
void canvas_end(void);

struct canvas_ruler { /* to measure text before there is a canvas */
    cairo_surface_t *surface;
    cairo_t *cr;
};
void canvas_ruler_open(struct canvas_ruler *ruler);
void canvas_ruler_close(struct canvas_ruler *ruler);

void canvas_font(cairo_t *cr, double size, bool bold);
double canvas_text_width(cairo_t *cr, const char *text);
/* The text, or its beginning and end around an ellipsis: names differ at both. Never cut inside a
 * UTF-8 character. Returns out. */
const char *canvas_fit(cairo_t *cr, const char *text, double width, char *out, size_t size);
/* align: 0 begins at x, 0.5 is centred there, 1 ends there; y is the base line. */
void canvas_put(cairo_t *cr, double x, double y, double align, const char *text);
void canvas_put_turned(cairo_t *cr, double x, double y, double angle, double align,
                       const char *text);
void canvas_ink(cairo_t *cr, double grey); /* 0 black .. 1 white */
void canvas_colour(cairo_t *cr, struct palette_rgb colour);
/* A white page with a title and a line below it. */
void canvas_titles(cairo_t *cr, const char *title, const char *subtitle);
#endif
