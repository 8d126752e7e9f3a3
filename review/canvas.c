#include "review/canvas.h"
#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <fontconfig/fontconfig.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A picture has no birthday: equal pictures are equal files. */
#define PDF_DATE "2000-01-01T00:00:00Z"

/* ---- text ---- */

void canvas_font(cairo_t *cr, double size, bool bold)
{
    cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
}

double canvas_text_width(cairo_t *cr, const char *text)
{
    cairo_text_extents_t extents;
    cairo_text_extents(cr, text, &extents);
    return extents.x_advance;
}

static bool inside_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

const char *canvas_fit(cairo_t *cr, const char *text, double width, char *out, size_t size)
{
    size_t n = strlen(text), head = n - n / 2, tail = n / 2;
    snprintf(out, size, "%s", text);
    while (head > 0 && canvas_text_width(cr, out) > width) {
        size_t *longer = head > tail ? &head : &tail;
        --*longer;
        while (head > 0 && inside_character(text[head]))
            head--;
        while (tail > 0 && inside_character(text[n - tail]))
            tail--;
        snprintf(out, size, "%.*s…%s", (int)head, text, text + n - tail);
    }
    return out;
}

void canvas_put(cairo_t *cr, double x, double y, double align, const char *text)
{
    cairo_move_to(cr, x - align * canvas_text_width(cr, text), y);
    cairo_show_text(cr, text);
}

void canvas_put_turned(cairo_t *cr, double x, double y, double angle, double align,
                       const char *text)
{
    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_rotate(cr, angle);
    canvas_put(cr, 0, 0, align, text);
    cairo_restore(cr);
}

void canvas_ink(cairo_t *cr, double grey)
{
    cairo_set_source_rgb(cr, grey, grey, grey);
}

void canvas_colour(cairo_t *cr, struct palette_rgb colour)
{
    cairo_set_source_rgb(cr, colour.r / 255.0, colour.g / 255.0, colour.b / 255.0);
}

void canvas_titles(cairo_t *cr, const char *title, const char *subtitle)
{
    char text[512];
    const double width = CANVAS_WIDTH - 2 * CANVAS_MARGIN;
    canvas_ink(cr, 1);
    cairo_paint(cr);
    canvas_ink(cr, 0.05);
    canvas_font(cr, CANVAS_TITLE_SIZE, true);
    canvas_put(cr, CANVAS_MARGIN, CANVAS_MARGIN + CANVAS_TITLE_SIZE * 0.8, 0,
               canvas_fit(cr, title, width, text, sizeof text));
    canvas_font(cr, CANVAS_TEXT_SIZE, false);
    canvas_ink(cr, 0.35);
    canvas_put(cr, CANVAS_MARGIN, CANVAS_MARGIN + CANVAS_TITLE_SIZE + CANVAS_LINE * 0.8, 0,
               canvas_fit(cr, subtitle, width, text, sizeof text));
}

void canvas_ruler_open(struct canvas_ruler *ruler)
{
    ruler->surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);
    ruler->cr = cairo_create(ruler->surface);
}

void canvas_ruler_close(struct canvas_ruler *ruler)
{
    cairo_destroy(ruler->cr);
    cairo_surface_destroy(ruler->surface);
}

/* ---- files ---- */

static cairo_status_t write_bytes(void *closure, const unsigned char *data, unsigned int length)
{
    return fwrite(data, 1, length, closure) == length ? CAIRO_STATUS_SUCCESS
                                                      : CAIRO_STATUS_WRITE_ERROR;
}

/* Takes the surface. */
static cairo_status_t paint_on(const struct canvas *canvas, cairo_surface_t *surface, FILE *png)
{
    cairo_t *cr = cairo_create(surface);
    canvas->paint(canvas->ctx, cr);
    cairo_status_t status = cairo_status(cr);
    cairo_destroy(cr);
    if (status == CAIRO_STATUS_SUCCESS && png)
        status = cairo_surface_write_to_png_stream(surface, write_bytes, png);
    cairo_surface_finish(surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return status;
}

/* Cairo numbers its surfaces through the life of a process: <g id="surface12">. Without that number
 * equal pictures are equal files. */
static enum err copy_svg(const char *svg, size_t length, FILE *out)
{
    static const char id[] = "id=\"surface";
    const char *at = memmem(svg, length, id, sizeof id - 1), *end = svg + length;
    size_t before = at ? (size_t)(at - svg) + sizeof id - 1 : length;
    size_t digits = at ? strspn(svg + before, "0123456789") : 0;
    bool ok = fwrite(svg, 1, before, out) == before;
    size_t rest = (size_t)(end - svg) - before - digits;
    return ok && fwrite(svg + before + digits, 1, rest, out) == rest ? OK : ERR_IO;
}

static enum err write_svg(const struct canvas *canvas, FILE *out, cairo_status_t *status)
{
    char *svg = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&svg, &length);
    if (!memory)
        return ERR_NOMEM;
    *status = paint_on(
        canvas,
        cairo_svg_surface_create_for_stream(write_bytes, memory, canvas->width, canvas->height),
        NULL);
    enum err err = fclose(memory) == 0 ? OK : ERR_NOMEM;
    if (!err && *status == CAIRO_STATUS_SUCCESS)
        err = copy_svg(svg, length, out);
    free(svg);
    return err;
}

static cairo_surface_t *pdf_surface(const struct canvas *canvas, FILE *out)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(write_bytes, out, canvas->width, canvas->height);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, canvas->title);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, PDF_DATE);
    return surface;
}

enum err canvas_write(const struct canvas *canvas, enum canvas_format format, FILE *out,
                      struct err_note *note)
{
    cairo_status_t status = CAIRO_STATUS_SUCCESS;
    enum err err = OK;
    switch (format) {
    case CANVAS_PNG:
        status = paint_on(
            canvas,
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)canvas->width, (int)canvas->height),
            out);
        break;
    case CANVAS_SVG:
        err = write_svg(canvas, out, &status);
        break;
    case CANVAS_PDF:
        status = paint_on(canvas, pdf_surface(canvas, out), NULL);
        break;
    }
    if (err == ERR_NOMEM || status == CAIRO_STATUS_NO_MEMORY)
        return err_set(note, ERR_NOMEM, "out of memory for the picture");
    if (err)
        return err_set(note, err, "cannot write the picture");
    return status == CAIRO_STATUS_SUCCESS ? OK
                                          : err_set(note, ERR_IO, "cannot draw the picture: %s",
                                                    cairo_status_to_string(status));
}

void canvas_end(void)
{
    cairo_debug_reset_static_data(); /* first: its fonts are fontconfig's */
    FcFini();
}
