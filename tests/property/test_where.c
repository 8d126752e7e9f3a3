/* Random constraints against a second evaluator, and the counts against plain enumeration. The
 * judge keeps reduced fractions of 128-bit integers and sees the tree, never the text. */
#include "proto/decimal.h"
#include "proto/where.h"
#include "tests/lib/cm.h"
#include "tests/lib/rng.h"
#include "tests/lib/sweep_axes.h"

__extension__ typedef __int128 i128;
enum { EXPRESSIONS = 3000, SWEEPS = 150, AXES = 4, LEVELS = 4, TEXT = 4000 };

static uint64_t start_seed(void)
{
    const char *text = getenv("PLATEAU_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 10) : 19620205;
    printf("seed %llu (PLATEAU_SEED)\n", (unsigned long long)seed);
    return seed;
}

struct fraction {
    i128 num, den; /* den > 0; 0: undefined */
};

static struct fraction reduce(i128 num, i128 den)
{
    if (den == 0)
        return (struct fraction){0, 0};
    i128 a = num < 0 ? -num : num, b = den < 0 ? -den : den;
    while (b) {
        i128 r = a % b;
        a = b;
        b = r;
    }
    if (den < 0)
        a = -a;
    return (struct fraction){num / a, den / a};
}

static struct fraction apply(char op, struct fraction x, struct fraction y)
{
    if (x.den == 0 || y.den == 0)
        return (struct fraction){0, 0};
    switch (op) {
    case '+':
        return reduce(x.num * y.den + y.num * x.den, x.den * y.den);
    case '-':
        return reduce(x.num * y.den - y.num * x.den, x.den * y.den);
    case '*':
        return reduce(x.num * y.num, x.den * y.den);
    default:
        return reduce(x.num * y.den, x.den * y.num);
    }
}

/* Writes a random expression and evaluates it at once. */
struct maker {
    struct rng *rng;
    const struct sweep_axis *axes;
    const uint32_t *levels;
    char *at;
};

static struct fraction from_text(const char *text)
{
    struct decimal d;
    i128 den = 1;
    assert_int_equal(decimal_parse(text, &d), OK);
    for (int s = 0; s < d.scale; s++)
        den *= 10;
    return reduce(d.mantissa, den);
}

static struct fraction make_number(struct maker *m, int depth)
{
    if (depth == 0 || rng_chance(m->rng, 0.3)) {
        if (rng_chance(m->rng, 0.6)) {
            uint32_t a = rng_below(m->rng, AXES);
            m->at += sprintf(m->at, "%s", m->axes[a].path);
            return from_text(m->axes[a].texts[m->levels[a]]);
        }
        char text[20];
        sprintf(text, "%u.%u", rng_below(m->rng, 4), rng_below(m->rng, 10));
        m->at += sprintf(m->at, "%s", text);
        return from_text(text);
    }
    if (rng_chance(m->rng, 0.1)) {
        m->at += sprintf(m->at, "-(");
        struct fraction x = make_number(m, depth - 1);
        m->at += sprintf(m->at, ")");
        return (struct fraction){-x.num, x.den};
    }
    char op = "+-*/"[rng_below(m->rng, 4)];
    m->at += sprintf(m->at, "(");
    struct fraction x = make_number(m, depth - 1);
    m->at += sprintf(m->at, ") %c (", op);
    struct fraction y = make_number(m, depth - 1);
    m->at += sprintf(m->at, ")");
    return apply(op, x, y);
}

static bool make_comparison(struct maker *m)
{
    static const char *const ops[] = {"<", "<=", ">", ">=", "==", "!="};
    uint32_t op = rng_below(m->rng, 6);
    struct fraction x = make_number(m, 2);
    m->at += sprintf(m->at, " %s ", ops[op]);
    struct fraction y = make_number(m, 2);
    if (x.den == 0 || y.den == 0)
        return false;
    i128 d = x.num * y.den - y.num * x.den;
    const bool holds[] = {d<0, d <= 0, d> 0, d >= 0, d == 0, d != 0};
    return holds[op];
}

static bool make_truth(struct maker *m, int depth)
{
    if (depth == 0 || rng_chance(m->rng, 0.3))
        return make_comparison(m);
    if (rng_chance(m->rng, 0.2)) {
        m->at += sprintf(m->at, "not (");
        bool x = make_truth(m, depth - 1);
        m->at += sprintf(m->at, ")");
        return !x;
    }
    bool and = rng_chance(m->rng, 0.5);
    m->at += sprintf(m->at, "(");
    bool x = make_truth(m, depth - 1);
    m->at += sprintf(m->at, ") %s (", and? "and" : "or");
    bool y = make_truth(m, depth - 1);
    m->at += sprintf(m->at, ")");
    return and? x && y : x || y;
}

/* Values around zero with one decimal, so that equalities and divisions by zero are common. */
static void make_axes(struct rng *rng, struct sweep_axis *axes)
{
    for (uint32_t a = 0; a < AXES; a++) {
        char name[2] = {(char)('a' + a), 0};
        axes[a] = axis_new(name, a, LEVELS, false);
        int32_t base = (int32_t)rng_below(rng, 20) - 10;
        for (uint32_t l = 0; l < LEVELS; l++) {
            int32_t tenths = base + (int32_t)l * (1 + (int32_t)rng_below(rng, 3));
            free(axes[a].texts[l]);
            assert_true(asprintf(&axes[a].texts[l], "%s%d.%d", tenths < 0 ? "-" : "",
                                 abs(tenths) / 10, abs(tenths) % 10) > 0);
            axes[a].values[l] = strtod(axes[a].texts[l], NULL);
        }
    }
}

static void constraints_are_decided_exactly(void **state)
{
    (void)state;
    struct rng rng = {start_seed()};
    uint32_t n_true = 0;
    for (int i = 0; i < EXPRESSIONS; i++) {
        struct sweep_axis axes[AXES];
        uint32_t levels[AXES];
        char text[TEXT];
        struct where *w = NULL;
        struct err_note note;
        make_axes(&rng, axes);
        for (int a = 0; a < AXES; a++)
            levels[a] = rng_below(&rng, LEVELS);
        struct maker m = {&rng, axes, levels, text};
        bool expected = make_truth(&m, 2);
        if (strlen(text) <= SWEEP_WHERE_TEXT_MAX) {
            if (where_new(&w, text, axes, AXES, &note))
                fail_msg("%s", note.text);
            if (where_holds(w, levels) != expected)
                fail_msg("expression %d: %s: expected %d", i, text, expected);
            n_true += expected;
            where_free(&w);
        }
        axes_free(axes, AXES);
    }
    assert_in_range(n_true, EXPRESSIONS / 5, EXPRESSIONS * 4 / 5); /* both answers were asked for */
}

static void counts_are_those_of_enumeration(void **state)
{
    (void)state;
    static const char *const texts[] = {"a < b",   "b + c <= 1.5",    "a * b != c",
                                        "d > a",   "a / (b - c) > 0", "d == d",
                                        "c > 0.2", "not d < b"};
    struct rng rng = {start_seed()};
    for (int i = 0; i < SWEEPS; i++) {
        struct sweep_axis axes[AXES];
        const char *where[3];
        struct where *compiled[3];
        make_axes(&rng, axes);
        struct sweep_plan plan = {
            .axes = axes, .n_axes = AXES, .where = where, .n_where = 1 + rng_below(&rng, 3)};
        if (rng_chance(&rng, 0.3)) { /* d moves with b */
            axes[3].dimension = 1;
        }
        for (uint32_t w = 0; w < plan.n_where; w++) {
            where[w] = texts[rng_below(&rng, sizeof texts / sizeof texts[0])];
            assert_int_equal(where_new(&compiled[w], where[w], axes, AXES, NULL), OK);
        }
        struct sweep *s = NULL;
        assert_int_equal(sweep_new(&s, &plan, NULL), OK);
        uint64_t n = 0;
        bool exact;
        for (uint64_t p = 0; p < sweep_n_points(s); p++) {
            uint32_t levels[AXES];
            bool all = true;
            sweep_levels(s, p, levels);
            for (uint32_t w = 0; w < plan.n_where; w++)
                all &= where_holds(compiled[w], levels);
            assert_int_equal(sweep_excluded(s, p), !all);
            n += all;
        }
        assert_true(sweep_n_included(s, &exact) == n && exact);
        assert_int_equal(sweep_nothing_left(s), n == 0);
        for (uint32_t w = 0; w < plan.n_where; w++)
            where_free(&compiled[w]);
        sweep_free(&s);
        axes_free(axes, AXES);
    }
}

CM_MAIN("where properties", cmocka_unit_test(constraints_are_decided_exactly),
        cmocka_unit_test(counts_are_those_of_enumeration))
