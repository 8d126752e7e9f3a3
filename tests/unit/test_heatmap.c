#include "tests/lib/cm.h"

#include "review/heatmap.h"
#include "review/heatmap_cairo.h"
#include "review/heatmap_text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const xs[] = {"0.000", "0.005", "0.010"}, *const ys[] = {"2.00", "2.50"};
static const double values[] = {1, 2, NAN, 4, 5, 3};

static struct heatmap small(struct heatmap_panel *panel)
{
    *panel = (struct heatmap_panel){.title = "", .value = values, .best = 4, .chosen = 0};
    return (struct heatmap){.title = "Sharpe",
                            .subtitle = "baseline",
                            .value_title = "sharpe",
                            .chosen_title = "point 0",
                            .x = {"clearance", xs, 3, false},
                            .y = {"stop", ys, 2, false},
                            .panels = panel,
                            .n_panels = 1};
}

static char *print(const struct heatmap *map, const struct heatmap_text_style *style)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(heatmap_print(map, style, out), OK);
    fclose(out);
    return text;
}

static void plain_text_shows_numbers_labels_and_marks(void **state)
{
    (void)state;
    struct heatmap_panel panel;
    struct heatmap map = small(&panel);
    char *text = print(&map, &(struct heatmap_text_style){0});
    assert_string_equal(text, "Sharpe\n"
                              "baseline\n"
                              "y: stop   x: clearance\n"
                              "2.50  4.000 #[5.000]@ 3.000 +\n"
                              "2.00 <1.000>  2.000 :   ///  \n"
                              "      0.000   0.005   0.010  \n"
                              "1.000  .:-=+*#%@ 5.000  sharpe\n"
                              "[ ] best cell   < > point 0   { } both   / no value\n");
    free(text);
}

/* Visible columns of the widest line: escapes and UTF-8 tails do not count. */
static int width(const char *text)
{
    int widest = 0, n = 0;
    for (; *text; text++) {
        if (*text == '\033') {
            text = strchr(text, 'm');
            continue;
        }
        n = *text == '\n' ? 0 : n + (((unsigned char)*text & 0xC0) != 0x80);
        widest = n > widest ? n : widest;
    }
    return widest;
}

static void a_picture_fits_its_terminal(void **state)
{
    (void)state;
    enum { N = 300 };
    char store[N][8];
    const char *labels[N];
    double *many = malloc(sizeof(double) * N * N);
    for (int i = 0; i < N; i++) {
        snprintf(store[i], sizeof store[i], "%d", i);
        labels[i] = store[i];
    }
    for (int i = 0; i < N * N; i++)
        many[i] = i % 7 ? (double)i : (double)NAN;
    struct heatmap_panel panel = {.title = "", .value = many, .best = 40, .chosen = 7};
    for (uint32_t n = 1; n <= N; n = n * 2 + 1)
        for (int columns = 40; columns <= 200; columns += 40)
            for (int colour = 0; colour < 3; colour++) {
                struct heatmap map = {.title = "t",
                                      .subtitle = "s",
                                      .value_title = "v",
                                      .chosen_title = "c",
                                      .x = {"x", labels, n, false},
                                      .y = {"y", labels, n, true},
                                      .panels = &panel,
                                      .n_panels = 1};
                struct heatmap_text_style style = {columns, (enum heatmap_colours)colour,
                                                   colour > 0};
                char *text = print(&map, &style);
                char *legend =
                    strstr(text, "best cell"); /* words may be longer than a narrow terminal */
                while (legend > text && legend[-1] != '\n')
                    legend--;
                *legend = '\0';
                assert_true(width(text) <= columns || columns < 60);
                free(text);
            }
    free(many);
}

static void colours_diverge_only_where_zero_is_crossed(void **state)
{
    (void)state;
    double v[] = {-1, 0.5, 2, HUGE_VAL};
    struct heatmap_panel panel = {.value = v, .best = HEATMAP_NO_CELL, .chosen = HEATMAP_NO_CELL};
    struct heatmap map = {
        .x = {"", xs, 2, false}, .y = {"", ys, 2, false}, .panels = &panel, .n_panels = 1};
    struct heatmap_scale scale = heatmap_scale_of(&map);
    assert_int_equal(scale.palette, PALETTE_DIVERGING);
    assert_true(scale.low == -2 && scale.high == 2 && heatmap_share(&scale, 0) == 0.5);
    assert_true(heatmap_share(&scale, HUGE_VAL) == 1 && heatmap_share(&scale, -HUGE_VAL) == 0);
    v[0] = 0;
    scale = heatmap_scale_of(&map);
    assert_int_equal(scale.palette, PALETTE_SEQUENTIAL);
    assert_true(scale.low == 0 && scale.high == 2);
    v[0] = v[1] = v[2] = v[3] = NAN;
    assert_true(isnan(heatmap_scale_of(&map).low));
}

static void ticks_are_round_and_inside(void **state)
{
    (void)state;
    double ticks[8];
    struct heatmap_scale scale = {PALETTE_SEQUENTIAL, 0.555, 2.391};
    assert_int_equal(heatmap_ticks(&scale, ticks, 8), 3);
    assert_true(ticks[0] == 1 && ticks[1] == 1.5 && ticks[2] == 2);
    for (double low = -1e6; low < 1e6; low += 123456.7) {
        scale.low = low;
        scale.high = low + fabs(low) / 3 + 1e-3;
        uint32_t n = heatmap_ticks(&scale, ticks, 8);
        assert_true(n >= 2 && n <= 8);
        for (uint32_t t = 0; t < n; t++)
            assert_true(ticks[t] >= scale.low - 1e-6 * fabs(low) &&
                        ticks[t] <= scale.high + 1e-6 * fabs(low));
    }
    scale.low = scale.high = 3;
    assert_int_equal(heatmap_ticks(&scale, ticks, 8), 1);
}

static void numbers_keep_to_their_width(void **state)
{
    (void)state;
    const struct {
        double value;
        int width;
        const char *text;
    } cases[] = {{1.23456, 5, "1.235"},     {-0.5, 5, "-0.50"}, {-12.345, 5, "-12.3"},
                 {123456789, 7, "1.235e8"}, {1e-9, 5, "1e-9"},  {0, 5, "0.000"},
                 {-0.0, 5, "0.000"},        {NAN, 5, "-"},      {HUGE_VAL, 5, "inf"},
                 {12345, 5, "12345"}};
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        heatmap_number(cases[i].value, cases[i].width, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
    for (double v = 1e-12; v < 1e12; v *= 3.7)
        for (int sign = -1; sign <= 1; sign += 2) {
            heatmap_number(sign * v, 8, text, sizeof text);
            assert_true(strlen(text) <= 8);
            assert_true(fabs(strtod(text, NULL) - sign * v) <= 0.06 * v);
        }
}

static char *draw(const struct heatmap *map, enum canvas_format format, size_t *size)
{
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, size);
    assert_int_equal(heatmap_draw(map, format, out, NULL), OK);
    fclose(out);
    return bytes;
}

static void pictures_are_whole_and_always_the_same(void **state)
{
    (void)state;
    struct heatmap_panel panel;
    struct heatmap map = small(&panel);
    for (int f = CANVAS_PNG; f <= CANVAS_PDF; f++) {
        size_t size, again_size;
        char *bytes = draw(&map, (enum canvas_format)f, &size),
             *again = draw(&map, (enum canvas_format)f, &again_size);
        assert_int_equal(size, again_size);
        assert_memory_equal(bytes, again, size);
        if (f == CANVAS_PNG) {
            assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
            assert_memory_equal(bytes + 16, "\0\0\x05\0", 4); /* 1280 wide */
        } else if (f == CANVAS_SVG) {
            assert_non_null(strstr(bytes, "</svg>"));
        } else {
            assert_memory_equal(bytes, "%PDF-", 5);
            assert_non_null(memmem(bytes, size, "%%EOF", 5));
        }
        free(bytes);
        free(again);
    }
    size_t one, other;
    char *with = draw(&map, CANVAS_PNG, &one);
    panel.best = 5;
    char *without = draw(&map, CANVAS_PNG, &other);
    assert_true(one != other || memcmp(with, without, one) != 0); /* the ring is drawn */
    free(with);
    free(without);
    canvas_end();
}

/* Neighbouring shares must look different, and brighter must mean more in the sequential map. */
static void palettes_are_ordered(void **state)
{
    (void)state;
    double before = -1;
    for (int i = 0; i <= 20; i++) {
        double light = palette_luminance(palette_at(PALETTE_SEQUENTIAL, i / 20.0));
        assert_true(light > before);
        before = light;
    }
    for (int i = 0; i < 10; i++) { /* from the middle outwards both sides darken alike */
        double low = palette_luminance(palette_at(PALETTE_DIVERGING, 0.5 - i / 20.0));
        assert_true(low > palette_luminance(palette_at(PALETTE_DIVERGING, 0.5 - (i + 1) / 20.0)));
    }
    assert_int_equal(palette_xterm((struct palette_rgb){0, 0, 0}), 16);
    assert_int_equal(palette_xterm((struct palette_rgb){255, 255, 255}), 231);
    assert_int_equal(palette_xterm((struct palette_rgb){255, 0, 0}), 196);
    assert_int_equal(palette_xterm((struct palette_rgb){128, 128, 128}), 244);
}

static void numbers_of_a_table_have_its_decimals(void **state)
{
    (void)state;
    const struct heatmap fitting = {.title = ""}, tenths = {.title = "", .decimals = 1};
    const struct {
        const struct heatmap *map;
        double value;
        const char *text;
    } cases[] = {{&tenths, 0.00669, "0.0"},      {&tenths, -0.04, "0.0"}, {&tenths, -6.54, "-6.5"},
                 {&tenths, 12345678, "1.235e7"}, {&tenths, NAN, "-"},     {&fitting, 2.5, "2.500"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        heatmap_cell_number(cases[i].map, cases[i].value, 7, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

CM_MAIN("heatmap", cmocka_unit_test(numbers_of_a_table_have_its_decimals),
        cmocka_unit_test(plain_text_shows_numbers_labels_and_marks),
        cmocka_unit_test(a_picture_fits_its_terminal),
        cmocka_unit_test(colours_diverge_only_where_zero_is_crossed),
        cmocka_unit_test(ticks_are_round_and_inside), cmocka_unit_test(numbers_keep_to_their_width),
        cmocka_unit_test(pictures_are_whole_and_always_the_same),
        cmocka_unit_test(palettes_are_ordered))
