#include "tests/lib/cm.h"

#include "review/report_json.h"
#include "review/report_section.h"
#include <libdeflate.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_BYTES = 1 << 16 };

/* The judge: what a browser does. Bytes of section `id` of a page, unpacked and unshuffled. */
static void unpack(const char *page, int id, size_t n, size_t size, void *out)
{
    char mark[64];
    uint8_t packed[4096], shuffled[4096];
    size_t length = 0, got = 0;
    snprintf(mark, sizeof mark, "<script type=\"application/octet-stream\" id=\"s%d\">", id);
    const char *from = strstr(page, mark);
    assert_non_null(from);
    from += strlen(mark);
    const char *to = strstr(from, "</script>");
    assert_int_equal(sodium_base642bin(packed, sizeof packed, from, (size_t)(to - from), NULL,
                                       &length, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    assert_int_equal(libdeflate_zlib_decompress(d, packed, length, shuffled, n * size, &got), 0);
    libdeflate_free_decompressor(d);
    assert_int_equal(got, n * size);
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < size; b++)
            ((uint8_t *)out)[i * size + b] = shuffled[b * n + i];
}

static void doubles_come_back_bit_for_bit(void **state)
{
    (void)state;
    const double values[] = {0.1, -0.0, NAN, INFINITY, -1e-308, 3};
    enum { N = sizeof values / sizeof values[0] };
    double back[N];
    char *page = NULL;
    size_t length = 0;
    struct report_sections s;
    json_t *table = NULL;
    FILE *out = open_memstream(&page, &length);
    assert_int_equal(report_sections_begin(&s, out), OK);
    report_section(&s, "first", REPORT_U8, "ab", 2);
    report_section(&s, "cube/1/2/3", REPORT_F64, values, N);
    report_section(&s, "none", REPORT_F64, values, 0);
    assert_int_equal(report_sections_end(&s, &table), OK);
    fclose(out);
    json_t *entry = json_object_get(table, "cube/1/2/3");
    assert_string_equal(json_string_value(json_object_get(entry, "type")), "f64");
    unpack(page, (int)json_integer_value(json_object_get(entry, "id")), N, sizeof(double), back);
    assert_memory_equal(back, values, sizeof values);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(table, "none"), "n")), 0);
    json_decref(table);
    free(page);
}

/* Rounded to a 65,532th of the range; what is no number stays what it was. */
static void sixteen_bits_keep_the_order_of_magnitude(void **state)
{
    (void)state;
    const double values[] = {-1.5, 2.5, 0.123456, NAN, INFINITY, -INFINITY};
    enum { N = sizeof values / sizeof values[0] };
    uint16_t codes[N];
    char *page = NULL;
    size_t length = 0;
    struct report_sections s;
    json_t *table = NULL;
    FILE *out = open_memstream(&page, &length);
    assert_int_equal(report_sections_begin(&s, out), OK);
    report_section_u16(&s, "q", values, N);
    assert_int_equal(report_sections_end(&s, &table), OK);
    fclose(out);
    json_t *entry = json_object_get(table, "q");
    double low = json_real_value(json_object_get(entry, "low")),
           high = json_real_value(json_object_get(entry, "high"));
    unpack(page, 0, N, sizeof *codes, codes);
    for (int i = 0; i < 3; i++)
        assert_true(fabs(low + codes[i] / (double)REPORT_CODE_MAX * (high - low) - values[i]) <=
                    (high - low) / REPORT_CODE_MAX);
    assert_int_equal(codes[3], REPORT_CODE_NAN);
    assert_int_equal(codes[4], REPORT_CODE_POS_INF);
    assert_int_equal(codes[5], REPORT_CODE_NEG_INF);
    json_decref(table);
    free(page);
}

static void no_name_ends_its_element(void **state)
{
    (void)state;
    char *page = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&page, &length);
    json_t *json = json_object();
    json_object_set_new(json, "name", report_json_text("</script><img src=x>&\"'"));
    json_object_set_new(json, "broken",
                        report_json_text("a\xff"
                                         "b"));
    assert_int_equal(report_json_write(out, "model", json), OK);
    report_html_text(out, "<b a='1' b=\"2\">&");
    fclose(out);
    const char *end = strstr(page, "</script>");
    assert_non_null(end);
    assert_null(strstr(end + 1, "</script>"));
    assert_ptr_equal(strchr(strchr(page, '>') + 1, '<'), end); /* nothing but text inside */
    assert_non_null(strstr(page, "\\u003c/script\\u003e\\u003cimg src=x\\u003e\\u0026"));
    assert_non_null(strstr(page, "\"a?b\""));
    assert_non_null(strstr(page, "&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;"));
    json_decref(json);
    free(page);
}

CM_MAIN("report_section", cmocka_unit_test(doubles_come_back_bit_for_bit),
        cmocka_unit_test(sixteen_bits_keep_the_order_of_magnitude),
        cmocka_unit_test(no_name_ends_its_element))
