#include "market/csv.h"
#include "market/file_read.h"
#include "market/market.h"
#include "tests/lib/cm.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define HEADER "date,open,high,low,close,volume\n"
#define LONG_HEADER "date,open,high,low,close,volume,symbol\n"

static struct err_note note;

static enum err parse(struct csv_table *table, const char *text, const char *symbol)
{
    *table = (struct csv_table){0};
    note.text[0] = '\0';
    return csv_parse(table, "prices.csv", text, strlen(text), symbol, &note);
}

/* The text is refused with exactly this line. */
static void refused(const char *text, const char *symbol, const char *message)
{
    struct csv_table table;
    assert_int_equal(parse(&table, text, symbol), ERR_DATA);
    assert_string_equal(note.text, message);
    csv_table_free(&table);
}

static void rows_come_back_sorted_with_their_lines(void **state)
{
    (void)state;
    struct csv_table t;
    assert_int_equal(
        parse(&t,
              HEADER
              "2020-01-03,3,4,2,3.5,30\n\n2020-01-01,1,2,0.5,1.5,10\n2020-01-02,2,3,1,2.5,20\n",
              "AAA"),
        OK);
    assert_int_equal(t.n_series, 1);
    const struct csv_series *s = &t.series[0];
    assert_string_equal(s->symbol, "AAA");
    assert_int_equal(s->n, 3);
    static const uint32_t lines[] = {4, 5, 2};
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(s->rows[i].day, 18262 + (int32_t)i);
        assert_int_equal(s->rows[i].line, lines[i]);
        assert_true(s->rows[i].v[CSV_OPEN] == i + 1.0);
        assert_true(s->rows[i].v[CSV_HIGH] == i + 2.0);
        assert_true(s->rows[i].v[CSV_CLOSE] == i + 1.5);
        assert_true(s->rows[i].v[CSV_VOLUME] == 10.0 * (i + 1));
    }
    assert_true(s->rows[0].v[CSV_LOW] == 0.5);
    csv_table_free(&t);
}

static void header_order_case_quotes_and_line_ends_do_not_matter(void **state)
{
    (void)state;
    struct csv_table t;
    const char *text = "\xef\xbb\xbf"
                       "Volume, CLOSE ,Low,note,High,\"Open\",Date,Ticker\r\n"
                       "10,1.5,0.5,\"a, \"\"b\"\"\",2,\"1\",\"2020-01-01\",X.Y\r\n"
                       "20,2.5,1,,3, 2 ,2020-01-02,X.Y,\r\n"
                       "5,9,8,,10,9,2020-01-01,\"Z\"\"1\"";
    assert_int_equal(parse(&t, text, NULL), OK);
    assert_int_equal(t.n_series, 2);
    assert_string_equal(t.series[0].symbol, "X.Y");
    assert_int_equal(t.series[0].n, 2);
    static const double want[] = {1, 2, 0.5, 1.5, 10};
    for (int i = 0; i < CSV_N_FIELDS; i++)
        assert_true(t.series[0].rows[0].v[i] == want[i]);
    assert_true(t.series[0].rows[1].v[CSV_OPEN] == 2);
    assert_string_equal(t.series[1].symbol, "Z\"1");
    assert_true(t.series[1].rows[0].v[CSV_HIGH] == 10);
    csv_table_free(&t);
}

static void what_is_not_a_finite_number_becomes_nan(void **state)
{
    (void)state;
    struct csv_table t;
    assert_int_equal(parse(&t, HEADER "2020-01-01,,nan,inf,1e999,abc\n2020-01-02,1,2\n", "A"), OK);
    for (int i = 0; i < CSV_N_FIELDS; i++)
        assert_true(isnan(t.series[0].rows[0].v[i]));
    assert_true(t.series[0].rows[1].v[CSV_HIGH] == 2);
    assert_true(isnan(t.series[0].rows[1].v[CSV_LOW]));
    csv_table_free(&t);
}

static void a_closed_table_keeps_its_symbols_only(void **state)
{
    (void)state;
    struct csv_table t = {0};
    uint32_t index;
    const char *text =
        LONG_HEADER "2020-01-01,1,1,1,1,1,A\nno date,1,1,1,1,1,B\n2020-01-01,1,1,1,1,1,C\n";
    assert_int_equal(csv_table_add(&t, "A", 1, &index), OK);
    t.closed = true;
    assert_int_equal(csv_parse(&t, "p", text, strlen(text), NULL, &note), OK);
    assert_int_equal(t.n_series, 3);
    assert_true(t.series[0].wanted && t.series[0].n == 1);
    assert_false(t.series[1].wanted || t.series[2].wanted || t.series[1].n || t.series[2].n);
    csv_table_free(&t);
}

static void many_symbols_are_told_apart(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct csv_table t = {0};
    char symbol[16];
    uint32_t index;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < N; i++) {
            size_t n = (size_t)snprintf(symbol, sizeof symbol, "S%u", i);
            assert_int_equal(csv_table_add(&t, symbol, n, &index), OK);
            assert_int_equal(index, i);
        }
    assert_int_equal(t.n_series, N);
    csv_table_free(&t);
}

static void malformed_files_are_refused_with_file_and_line(void **state)
{
    (void)state;
    refused("", "A",
            "prices.csv: the file is empty, expected a header with date, open, high, low, close, "
            "volume");
    refused("\n\r\n", "A",
            "prices.csv: the file is empty, expected a header with date, open, high, low, close, "
            "volume");
    refused("date,open,high,low,Clsoe,volume\n", "A",
            "prices.csv:1: column 'close' is missing, expected date, open, high, low, close, "
            "volume; the nearest column here is 'Clsoe'");
    refused(HEADER "2020-01-01,1,1,1,1,1\n", NULL,
            "prices.csv:1: column 'symbol' is missing, expected date, open, high, low, close, "
            "volume and, in one file of many symbols, symbol");
    refused("date,open,high,low,close,volume,Open\n", "A",
            "prices.csv:1: columns 2 and 7 are both 'open', expected one");
    refused(HEADER "2020-01-01,1,1,1,1,1\n01/02/2020,1,1,1,1,1\n", "A",
            "prices.csv:3: date '01/02/2020', expected a day as YYYY-MM-DD");
    refused(HEADER ",1,1,1,1,1\n", "A", "prices.csv:2: date '', expected a day as YYYY-MM-DD");
    refused(HEADER "2020-02-30,1,1,1,1,1\n", "A",
            "prices.csv:2: date '2020-02-30', expected a day as YYYY-MM-DD");
    refused(HEADER "2020-01-02,1,1,1,1,1\n2020-01-01,1,1,1,1,1\n2020-01-02,2,2,2,2,2\n", "A",
            "prices.csv:4: duplicate bar of A on 2020-01-02, the first is on line 2; remove one of "
            "them");
    refused(LONG_HEADER "2020-01-02,1,1,1,1,1,A\n2020-01-02,1,1,1,1,1,B\n2020-01-02,2,2,2,2,2,A\n",
            NULL,
            "prices.csv:4: duplicate bar of A on 2020-01-02, the first is on line 2; remove one of "
            "them");
    refused(HEADER "2020-01-01,1,234,1,1,1,1\n", "A",
            "prices.csv:2: 7 fields, expected 6 as in the header");
    refused(HEADER "2020-01-01,\"1,1,1,1,1\n", "A",
            "prices.csv:2: a quote is not closed on its line");
    refused(LONG_HEADER "2020-01-01,1,1,1,1,1,\n", NULL,
            "prices.csv:2: '' is not a symbol, expected 1 to 63 characters without spaces");
    refused(LONG_HEADER "2020-01-01,1,1,1,1,1,A\n2020-01-02,1,1,1,1,1,B\n", "A",
            "prices.csv:3: symbol 'B' after 'A', expected one symbol in this file");
}

/* Zero bytes neither end a field nor make two symbols one. */
static void a_zero_byte_is_no_part_of_a_symbol(void **state)
{
    (void)state;
    static const char text[] = LONG_HEADER "2020-01-01,1,1,1,1,1,A\n2020-01-02,1,1,1,1,1,A\0\n";
    struct csv_table table = {0};
    assert_int_equal(csv_parse(&table, "prices.csv", text, sizeof text - 1, NULL, &note), ERR_DATA);
    assert_string_equal(
        note.text,
        "prices.csv:3: 'A?' is not a symbol, expected 1 to 63 characters without spaces");
    csv_table_free(&table);
}

static void more_columns_than_a_price_file_has_are_refused(void **state)
{
    (void)state;
    char text[256] = HEADER "2020-01-01";
    memset(text + strlen(text), ',', CSV_COLUMNS_MAX + 1);
    refused(text, "A", "prices.csv:2: more than 64 fields, expected a comma-separated price file");
    strcat(text, "\"\"");
    refused(text, "A", "prices.csv:2: more than 64 fields, expected a comma-separated price file");
}

/* ---- files ---- */

static void put(const char *path, const void *bytes, size_t length)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, length, f), length);
    assert_int_equal(fclose(f), 0);
}

static void zstd_archives_read_like_plain_files(void **state)
{
    (void)state;
    enum { ROWS = 200000, BYTES = ROWS * 40 };
    char path[] = "/tmp/plateau_csv_XXXXXX", *text = malloc(BYTES), *packed = malloc(BYTES);
    size_t length = 0;
    int fd = mkstemp(path);
    assert_true(fd >= 0 && text && packed);
    close(fd);
    for (int i = 0; i < ROWS; i++)
        length += (size_t)sprintf(text + length, "%d,%d\n", i, i * 7919 % 100003);
    size_t half = length / 2;
    size_t n = ZSTD_compress(packed, BYTES, text, half, 3); /* two frames, one after the other */
    n += ZSTD_compress(packed + n, BYTES - n, text + half, length - half, 3);
    char *got = NULL;
    size_t got_length = 0;
    put(path, packed, n);
    assert_int_equal(file_read(path, &got, &got_length, &note), OK);
    assert_int_equal(got_length, length);
    assert_memory_equal(got, text, length + 1);
    free(got);
    put(path, packed, n - 5);
    assert_int_equal(file_read(path, &got, &got_length, &note), ERR_DATA);
    assert_non_null(strstr(note.text, "truncated zstd archive"));
    packed[n / 2] ^= 0x55;
    put(path, packed, n);
    assert_int_equal(file_read(path, &got, &got_length, &note), ERR_DATA);
    assert_non_null(strstr(note.text, path));
    put(path, text, length);
    assert_int_equal(file_read(path, &got, &got_length, &note), OK);
    assert_int_equal(got_length, length);
    free(got);
    unlink(path);
    assert_int_equal(file_read(path, &got, &got_length, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "No such file"));
    assert_int_equal(file_read("/", &got, &got_length, &note), ERR_DATA);
    free(text);
    free(packed);
}

CM_MAIN("csv", cmocka_unit_test(rows_come_back_sorted_with_their_lines),
        cmocka_unit_test(header_order_case_quotes_and_line_ends_do_not_matter),
        cmocka_unit_test(what_is_not_a_finite_number_becomes_nan),
        cmocka_unit_test(a_closed_table_keeps_its_symbols_only),
        cmocka_unit_test(many_symbols_are_told_apart),
        cmocka_unit_test(malformed_files_are_refused_with_file_and_line),
        cmocka_unit_test(a_zero_byte_is_no_part_of_a_symbol),
        cmocka_unit_test(more_columns_than_a_price_file_has_are_refused),
        cmocka_unit_test(zstd_archives_read_like_plain_files))
