#include "coordinator/import_returns.h"
#include "market/market.h"
#include "tests/lib/cm.h"
#include "tests/lib/text_file.h"
#include <string.h>

static struct import_points points;

static int read_points(void **state)
{
    (void)state;
    static char path[40]; /* the table keeps it for its messages */
    strcpy(path, "/tmp/plateau-points-XXXXXX");
    struct err_note note = {""};
    const char *text = "id,a,b,scenario,sharpe\n"
                       "p,1,x,baseline,1\np,1,x,crash,1\nq:r,2,x,baseline,1\ns,2,y,baseline,1\n";
    enum err err = import_points_read(&points, text_file(path, text), NULL, false, &note);
    unlink(path);
    return err ? -1 : 0;
}

static int free_points(void **state)
{
    (void)state;
    import_points_free(&points);
    return 0;
}

static enum err read_text(struct import_returns *r, const char *text, struct err_note *note)
{
    static char path[40];
    strcpy(path, "/tmp/plateau-returns-XXXXXX");
    enum err err = import_returns_read(r, text_file(path, text), &points, note);
    unlink(path);
    return err;
}

/* Slot: two scenarios a point, in the order of the points file. */
static void check(const struct import_returns *r)
{
    int32_t day;
    assert_int_equal(market_parse_day("2020-01-03", &day), OK);
    assert_int_equal(r->n_days, 2);
    assert_int_equal(r->day[1], day);
    assert_int_equal(r->n_series, 3);
    assert_true(r->series[0][0] == 0.25 && r->series[0][1] == -0.5); /* p, baseline */
    assert_true(r->series[1][0] == 0.125 && r->series[1][1] == 0);   /* p, crash */
    assert_true(r->series[2][0] == 0.5 && r->series[2][1] == 1);     /* q:r */
    assert_null(r->series[4]);                                       /* s */
}

static void three_forms_say_the_same(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "date,p,p:crash,q:r\n2020-01-03,-0.5,0,1\n2020-01-02 00:00:00,0.25,0.125,0.5\n",
        ",p,p:crash,q:r\n2020-01-02,0.25,0.125,0.5\n2020-01-03,-0.5,0,1\n",
        "date,id,scenario,return\n2020-01-02,p,baseline,0.25\n2020-01-03,p,baseline,-0.5\n"
        "2020-01-02,p,crash,0.125\n2020-01-03,p,crash,0\n2020-01-02,q:r,baseline,0.5\n"
        "2020-01-03,q:r,baseline,1\n",
        ",date,b,a,scenario,return\n0,2020-01-02,x,1.0,baseline,0.25\n"
        "1,2020-01-03,x,1,baseline,-0.5\n2,2020-01-02,x,1,crash,0.125\n"
        "3,2020-01-03,x,1,crash,0\n4,2020-01-02,x,2,baseline,0.5\n5,2020-01-03,x,2,baseline,1\n",
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct import_returns r = {0};
        struct err_note note = {""};
        if (read_text(&r, forms[i], &note))
            fail_msg("form %zu: %s", i, note.text);
        check(&r);
        import_returns_free(&r);
    }
}

static void wrong_returns_are_told_by_line(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"date,t\n2020-01-02,0\n", ":1: point 't' is not in"},
        {"date,p:crush\n2020-01-02,0\n", ":1: scenario 'crush' is not in"},
        {"day,p\n2020-02-30,0\n", ":2: date '2020-02-30'"},
        {"date,p\n2020-01-02,\n", ":2: return ''"},
        {"date,p\n2020-01-02,0\n2020-01-02,1\n", ":3: a second return"},
        {"date,id,return\n2020-01-02,p,0\n2020-01-03,p,0\n2020-01-02,s,0\n", "2020-01-03"},
        {"date,a,return\n2020-01-02,1,0\n", "rows name no point"},
        {"date,a,b,return\n2020-01-02,1,y,0\n", ":2: no point of"},
        {"when,p\n2020-01-02,1\n", "no date column"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct import_returns r;
        struct err_note note = {""};
        assert_int_equal(read_text(&r, wrong[i][0], &note), ERR_FORMAT);
        if (!strstr(note.text, wrong[i][1]))
            fail_msg("%s: %s", wrong[i][1], note.text);
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, read_points, free_points)
CM_MAIN("import_returns", T(three_forms_say_the_same), T(wrong_returns_are_told_by_line))
