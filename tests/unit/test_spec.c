#include "spec/spec.h"
#include "tests/lib/cm.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN "run: {name: t, seed: 7}\n"
#define DATA "data: {prices: data/crypto, benchmark: data/crypto/BTC.csv}\n"
#define PORTFOLIO "portfolio: {periods_per_year: 365}\n"
#define SLEEVES "sleeves:\n  c: {strategy: configs/strategies/crypto_momentum.yaml}\n"
#define PERIODS "periods: {train: {start: 2024-02-01, end: 2024-12-31}}\n"
#define AXES "axes: {sleeves.c.exit.exit_ma: [20, 50]}\n"
#define REST RUN DATA PORTFOLIO SLEEVES PERIODS

static char file[] = "/tmp/plateau-spec-XXXXXX";

static void write_file(const char *text, size_t length)
{
    FILE *f = fopen(file, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, length, f), length);
    fclose(f);
}

static enum err load(const char *text, struct spec *spec, struct err_note *note)
{
    note->text[0] = 0;
    write_file(text, strlen(text));
    return spec_load(spec, file, NULL, note);
}

static void good(const char *text, struct spec *spec)
{
    struct err_note note;
    if (load(text, spec, &note))
        fail_msg("%s\n%s", note.text, text);
}

/* The line must begin with the file and this line number and say all of `says`. */
static void refused(const char *text, unsigned line, const char *says)
{
    struct err_note note;
    struct spec spec = {0};
    char begin[100];
    enum err err = load(text, &spec, &note);
    snprintf(begin, sizeof begin, "%s:%u: ", file, line);
    if (err != ERR_SPEC)
        fail_msg("%s: %s, expected \"%s\" for\n%s", err_text(err), note.text, says, text);
    assert_null(spec.text);
    if (strncmp(note.text, begin, strlen(begin)) || !strstr(note.text, says) ||
        strchr(note.text, '\n'))
        fail_msg("found \"%s\", expected \"%s .. %s\" for\n%s", note.text, begin, says, text);
}

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemp(file);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file);
}

/* ---- what a good file means ---- */

static double value_of(const struct spec *spec, const char *path)
{
    for (uint32_t i = 0; i < spec->job.n_values; i++)
        if (!strcmp(spec->job.values[i].path, path))
            return spec->job.values[i].value;
    fail_msg("no value %s", path);
    return 0;
}

static void a_small_file_becomes_a_job(void **state)
{
    (void)state;
    struct spec s;
    good(REST AXES, &s);
    assert_string_equal(s.job.name, "t");
    assert_string_equal(s.job.objective, "sharpe");
    assert_int_equal(s.job.n_blocks, 16);
    assert_int_equal(s.job.n_sleeves, 1);
    assert_string_equal(s.job.sleeves[0].strategy, "momentum");
    assert_true(value_of(&s, "portfolio.seed") == 7);
    assert_true(value_of(&s, "portfolio.periods_per_year") == 365);
    assert_true(value_of(&s, "sleeves.c.exit.hard_stop_atr_mult") == 3.0); /* the strategy file's */
    assert_true(value_of(&s, "sleeves.c.exit.mode") == 1);
    assert_int_equal(s.job.n_scenarios, 1);
    assert_string_equal(s.job.scenarios[0].name, "baseline");
    assert_int_equal(s.job.periods[0].start_day, 19754);
    assert_int_equal(s.sources[0].asset_class, IMAGE_CRYPTO);
    assert_string_equal(s.sources[0].prices, "data/crypto");
    assert_int_equal(s.sources[0].n_universe, 0);
    assert_string_equal(s.files[0], "configs/strategies/crypto_momentum.yaml");
    assert_null(s.files[1]);
    const struct sweep_axis *axis = sweep_axis(s.job.sweep, 0);
    assert_string_equal(axis->path, "sleeves.c.exit.exit_ma");
    assert_string_equal(axis->label, "sleeves_c_exit_exit_ma");
    assert_string_equal(axis->unit, "bars");
    assert_string_equal(axis->texts[1], "50");
    assert_string_equal(s.job.engine_id, plateau_engine_id());
    spec_free(&s);
    assert_null(s.text);
}

static void job_of(const char *text, uint8_t **bytes, size_t *n)
{
    struct spec s;
    good(text, &s);
    assert_int_equal(job_encode(&s.job, bytes, n), OK);
    spec_free(&s);
}

static bool same_job(const char *a, const char *b)
{
    uint8_t *x, *y;
    size_t n, m;
    job_of(a, &x, &n);
    job_of(b, &y, &m);
    bool same = n == m && !memcmp(x, y, n);
    free(x);
    free(y);
    return same;
}

static void equal_meaning_is_equal_bytes(void **state)
{
    (void)state;
    const char *a = REST AXES "scenarios: [baseline, flash_crash]\n";
    const char *b = "# the same\nscenarios:\n  - flash_crash\n  - baseline\n" AXES PERIODS SLEEVES
                    "portfolio:\n    periods_per_year:    365   # a remark\n\n" DATA
                    "run:\n  seed: 7\n  name: t\n";
    assert_true(same_job(a, b));
    assert_true(same_job(RUN DATA PORTFOLIO SLEEVES AXES
                         "periods: {train: {start: 2024-02-01, end: 2024-12-31}, "
                         "validation: {start: 2025-01-01, end: 2025-06-30}}\n",
                         RUN DATA PORTFOLIO SLEEVES AXES
                         "periods: {validation: {end: 2025-06-30, start: 2025-01-01}, "
                         "train: {end: 2024-12-31, start: 2024-02-01}}\n"));
    assert_false(same_job(a, REST AXES));
    assert_false(same_job(REST AXES, REST "axes: {sleeves.c.exit.exit_ma: [50, 20]}\n"));
    assert_false(same_job(REST AXES, REST "axes: {sleeves.c.exit.exit_ma: [20, 51]}\n"));
}

static void inline_fields_override_the_strategy_file(void **state)
{
    (void)state;
    struct spec s;
    good(RUN DATA PORTFOLIO PERIODS
         "sleeves:\n  c:\n    strategy: configs/strategies/crypto_momentum.yaml\n"
         "    exit: {exit_ma: 100}\n    risk.max_positions: 3\n",
         &s);
    assert_true(value_of(&s, "sleeves.c.exit.exit_ma") == 100);
    assert_true(value_of(&s, "sleeves.c.risk.max_positions") == 3);
    assert_true(value_of(&s, "sleeves.c.exit.hard_stop_atr_mult") == 3.0);
    assert_true(sweep_n_points(s.job.sweep) == 1); /* no axes: one point */
    spec_free(&s);
}

static void a_strategy_can_be_written_in_place(void **state)
{
    (void)state;
    struct spec s;
    good(RUN DATA PORTFOLIO PERIODS
         "sleeves: {c: {strategy: momentum, asset_class: crypto, entry: {trigger: fast}}}\n",
         &s);
    assert_true(value_of(&s, "sleeves.c.entry.trigger") == 1);
    assert_null(s.files[0]);
    spec_free(&s);
}

static void every_form_of_an_axis(void **state)
{
    (void)state;
    struct spec s;
    good(REST "axes:\n"
              "  sleeves.c.exit.hard_stop_atr_mult: {range: [2.0, 2.5], step: 0.25, as: stop}\n"
              "  sleeves.c.entry.fast_clearance: {linspace: [0, 0.01], n: 3}\n"
              "  sleeves.c.risk.max_exposure: {logspace: [0.1, 10], n: 3}\n"
              "  portfolio.volatility_scaling.mode: [off, continuous]\n"
              "  sleeves.c.eligibility.relative_strength_enabled: [yes, no]\n"
              "  run.seed: {values: [1, 2]}\n",
         &s);
    const struct sweep *w = s.job.sweep;
    assert_true(sweep_n_points(w) == 3 * 3 * 3 * 2 * 2 * 2);
    assert_string_equal(sweep_axis(w, 0)->label, "stop");
    assert_string_equal(sweep_axis(w, 0)->texts[0], "2.00");
    assert_string_equal(sweep_axis(w, 0)->texts[2], "2.50");
    assert_string_equal(sweep_axis(w, 1)->texts[1], "0.005");
    assert_int_equal(sweep_axis(w, 2)->spacing, SWEEP_LOG);
    assert_string_equal(sweep_axis(w, 2)->texts[1], "1");
    assert_string_equal(sweep_axis(w, 3)->texts[0], "off");
    assert_int_equal(sweep_axis(w, 3)->spacing, SWEEP_CATEGORICAL);
    assert_true(sweep_axis(w, 3)->values[0] == 2);
    assert_string_equal(sweep_axis(w, 4)->texts[0], "true");
    assert_string_equal(sweep_axis(w, 5)->path, "run.seed");
    assert_true(sweep_axis(w, 1)->entry_side);
    assert_false(sweep_axis(w, 3)->entry_side);
    spec_free(&s);
}

/* Tools that rewrite YAML turn a plain off into false, and back. */
static void plain_off_is_an_enumeration_too(void **state)
{
    (void)state;
    const char *const forms[] = {"off", "\"off\"", "false", "no", "Off"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char text[2000];
        struct spec s;
        snprintf(text, sizeof text,
                 RUN DATA SLEEVES PERIODS
                 "portfolio: {periods_per_year: 365, volatility_scaling: {mode: %s}}\n",
                 forms[i]);
        good(text, &s);
        assert_true(value_of(&s, "portfolio.volatility_scaling.mode") == 2);
        spec_free(&s);
    }
    refused(RUN DATA SLEEVES PERIODS
            "portfolio: {periods_per_year: 365, volatility_scaling: {mode: \"false\"}}\n",
            6, "portfolio.volatility_scaling.mode: found 'false', expected one of: continuous");
}

static void zip_groups_are_one_dimension(void **state)
{
    (void)state;
    struct spec s;
    good(REST "axes:\n  sleeves.c.exit.exit_ma: [20, 50]\n  run.seed: [1, 2, 3]\n"
              "  sleeves.c.risk.max_positions: [4, 8]\nzip: [[exit_ma, max_positions]]\n",
         &s);
    assert_int_equal(sweep_n_dimensions(s.job.sweep), 2);
    assert_true(sweep_n_points(s.job.sweep) == 6);
    assert_int_equal(sweep_axis(s.job.sweep, 2)->dimension, 0);
    spec_free(&s);
    refused(REST "axes: {sleeves.c.exit.exit_ma: [20, 50], run.seed: [1, 2]}\n"
                 "zip: [[exit_ma, exti_ma]]\n",
            8, "exti_ma is not an axis");
    refused(REST AXES "zip: [[exit_ma]]\n", 8, "found a group of 1");
    refused(REST "axes: {sleeves.c.exit.exit_ma: [20, 50], run.seed: [1, 2, 3]}\n"
                 "zip: [[exit_ma, run.seed]]\n",
            8, "sleeves.c.exit.exit_ma has 2 values and run.seed has 3");
    refused(REST "axes: {sleeves.c.exit.exit_ma: [20, 50], run.seed: [1, 2]}\n"
                 "zip: [[exit_ma, exit_ma]]\n",
            8, "in a group already");
}

static void where_sees_axes_and_base_values(void **state)
{
    (void)state;
    struct spec s;
    bool exact;
    good(REST "axes: {sleeves.c.indicators.breakout_fast: {range: [10, 100], step: 10}}\n"
              "where: [\"sleeves.c.indicators.breakout_fast < breakout_slow\"]\n",
         &s);
    assert_true(sweep_n_included(s.job.sweep, &exact) == 5); /* 10 .. 50 < 55 */
    assert_string_equal(sweep_plan(s.job.sweep)->where[0],
                        "sleeves.c.indicators.breakout_fast < 55");
    spec_free(&s);
    refused(REST AXES "where: [\"exit_ma > 50\"]\n", 8, "where: excludes every point");
    refused(REST AXES "where: [\"exit_ma >\"]\n", 8, "found the end, expected a number");
    refused(REST AXES "where:\n  - \"exit_ma < 60\"\n  - \"exit_mb < 60\"\n", 10,
            "exit_mb is not an axis (did you mean exit_ma?)");
    refused(REST AXES "where: [[1]]\n", 8, "found a list, expected a comparison");
}

static void samples_and_their_limits(void **state)
{
    (void)state;
    struct spec s;
    good(REST AXES "sample: {method: sobol, n: 5}\nwhere: exit_ma == 20\n", &s);
    assert_true(sweep_n_points(s.job.sweep) == 5);
    assert_true(sweep_plan(s.job.sweep)->sample_seed == 7); /* run.seed */
    spec_free(&s);
    refused(REST AXES "sample: {method: sobl, n: 5}\n", 8, "did you mean sobol?");
    refused(REST AXES "sample: {n: 5}\n", 8, "sample.method: missing");
    refused(REST AXES "sample: {method: lhs}\n", 8, "sample.n: missing");
    refused(REST AXES "sample: {method: lhs, n: 0}\n", 8,
            "found '0', expected a whole number 1 ..");
    refused(REST AXES "sample: {method: lhs, n: 9}\nwhere: exit_ma > 50\n", 8,
            "where leaves too little");
}

static void scenarios_compose_and_begin_with_the_baseline(void **state)
{
    (void)state;
    struct spec s;
    good(REST "scenarios:\n  - slippage_2.5x\n"
              "  - {name: crash, slippage: 3, flash_crash: on, regime: bear}\n",
         &s);
    assert_int_equal(s.job.n_scenarios, 3);
    assert_true(job_has_baseline(&s.job));
    assert_true(s.job.scenarios[1].slippage_multiplier == 2.5);
    assert_true(s.job.scenarios[2].flash_crash);
    assert_int_equal(s.job.scenarios[2].regime, 1);
    assert_non_null(strstr(s.warnings[0], "baseline added"));
    assert_non_null(strstr(s.warnings[1], "crash are known in hindsight"));
    const char *const only[] = {"crash", NULL}, *const none[] = {"crush", NULL};
    struct err_note note;
    uint8_t before[JOB_HASH_BYTES];
    memcpy(before, s.job.spec_sha256, sizeof before);
    assert_int_equal(spec_keep_scenarios(&s, none, &note), ERR_NOT_FOUND);
    assert_non_null(strstr(note.text, "did you mean crash?"));
    assert_int_equal(spec_keep_scenarios(&s, only, &note), OK);
    assert_int_equal(s.job.n_scenarios, 1);
    assert_false(job_has_baseline(&s.job));
    assert_memory_not_equal(before, s.job.spec_sha256, sizeof before); /* another meaning */
    spec_free(&s);
    refused(REST "scenarios: [baselin]\n", 7, "did you mean baseline?");
    refused(REST "scenarios: [slippage_x]\n", 7, "slippage_<k>x");
    refused(REST "scenarios: [bear_months, {name: b, regime: bear}]\n", 7,
            "b is there already, as bear_months");
    refused(REST "scenarios: [{name: b, slippage: 1}]\n", 7, "b changes nothing");
    refused(REST "scenarios: [{name: b, slippage: 1000}]\n", 7, "expected a number 0 .. 100");
    refused(REST "scenarios: [{name: b, regime: bare}]\n", 7, "expected none, bear or range");
    refused(REST "scenarios: [{slippage: 2}]\n", 7, "scenarios.name: missing");
    refused(REST "scenarios: baseline\n", 7, "expected a list");
}

static void assignments_from_the_command_line_win(void **state)
{
    (void)state;
    struct spec s;
    struct err_note note;
    const char *const set[] = {"run.seed=9", "sleeves.c.exit.exit_ma=77",
                               "axes.sleeves.c.exit.hard_stop_atr_mult=[2, 3, 4]",
                               "scenarios=[flash_crash]", NULL};
    const char *const bad[] = {"run.sede=9", NULL}, *const odd[] = {"run.seed", NULL},
                      *const deep[] = {"run.seed.x=1", NULL};
    write_file(REST, strlen(REST));
    assert_int_equal(spec_load(&s, file, set, &note), OK);
    assert_true(value_of(&s, "portfolio.seed") == 9);
    assert_true(value_of(&s, "sleeves.c.exit.exit_ma") == 77);
    assert_true(sweep_n_points(s.job.sweep) == 3);
    assert_int_equal(s.job.n_scenarios, 2);
    spec_free(&s);
    assert_int_equal(spec_load(&s, file, bad, &note), ERR_SPEC);
    assert_non_null(strstr(note.text, "--set:1: run: found 'sede'"));
    assert_int_equal(spec_load(&s, file, odd, &note), ERR_SPEC);
    assert_non_null(strstr(note.text, "expected PATH=VALUE"));
    assert_int_equal(spec_load(&s, file, deep, &note), ERR_SPEC);
    assert_non_null(strstr(note.text, "expected a map"));
}

/* ---- bad input ---- */

static void fields_are_checked(void **state)
{
    (void)state;
    refused(REST "axis: {}\n", 7, "found 'axis', expected one of: run, data");
    refused("run: {name: t, sed: 7}\n" DATA PORTFOLIO SLEEVES PERIODS, 1, "did you mean seed?");
#define SLEEVE(text)                                                                               \
    RUN DATA PORTFOLIO PERIODS "sleeves:\n  c:\n    strategy: momentum\n"                          \
                               "    asset_class: crypto\n    " text "\n"
    refused(SLEEVE("exit: {exit_mа: 20}"), 9, "sleeves.c.exit.exit_m"); /* a Cyrillic letter */
    refused(SLEEVE("exit: {exit_am: 20}"), 9,
            "sleeves.c.exit.exit_am: no such field (did you mean exit.exit_ma?)");
    refused(SLEEVE("exit_ma: 20"), 9, "did you mean exit.exit_ma?");
    refused(SLEEVE("exitt: {exit_ma: 20}"), 9, "sleeves.c.exitt: no such field");
    refused(SLEEVE("exit: {exit_ma: twenty}"), 9,
            "sleeves.c.exit.exit_ma: found 'twenty', expected a whole number 1 .. 5000 (bars)");
    refused(SLEEVE("exit: {exit_ma: 20.5}"), 9, "found '20.5', expected a whole number");
    refused(SLEEVE("exit: {exit_ma: \"20\"}"), 9, "without quotes");
    refused(SLEEVE("exit: {exit_ma: 020}"), 9, "without leading zeros");
    refused(SLEEVE("exit: {exit_ma: 0x20}"), 9, "found '0x20'");
    refused(SLEEVE("exit: {exit_ma: .inf}"), 9, "found '.inf'");
    refused(SLEEVE("exit: {exit_ma: 0}"), 9, "found '0', expected a whole number 1 ..");
    refused(SLEEVE("exit: {exit_ma: }"), 9, "found nothing");
    refused(SLEEVE("exit: {exit_ma: [20]}"), 9, "belongs under axes");
    refused(SLEEVE("exit: {exit_ma: {a: 1}}"), 9, "found a map");
    refused(SLEEVE("exit: 3"), 9, "found '3', expected a map of fields");
    refused(SLEEVE("exit: {mode: stagde}"), 9,
            "expected one of: ma_cross, staged (did you mean staged?)");
    refused(SLEEVE("eligibility: {relative_strength_enabled: 1}"), 9, "expected true or false");
    refused(SLEEVE("exit: {exit_ma: 20}\n    exit.exit_ma: 30"), 10, "set twice");
    refused(RUN DATA SLEEVES PERIODS "portfolio: {starting_equity: 1}\n", 6,
            "portfolio.periods_per_year: missing, expected a number");
    refused(RUN DATA SLEEVES PERIODS "portfolio: {periods_per_year: 252, seed: 3}\n", 6,
            "run.seed");
    refused("run: {name: t, seed: -1}\n" DATA PORTFOLIO SLEEVES PERIODS, 1, "run.seed: found '-1'");
    refused("run: {name: a/b}\n" DATA PORTFOLIO SLEEVES PERIODS, 1, "expected a name of letters");
    refused("run: {name: t, objective: shrape}\n" DATA PORTFOLIO SLEEVES PERIODS, 1,
            "did you mean sharpe?");
    refused("run: {name: t, objective: corr}\n" DATA PORTFOLIO SLEEVES PERIODS, 1, "better side");
    refused("run: {name: t, blocks: 15}\n" DATA PORTFOLIO SLEEVES PERIODS, 1, "even number");
    refused("run: {name: t, blocks: 66}\n" DATA PORTFOLIO SLEEVES PERIODS, 1, "2 .. 64");
}

static void axes_are_checked(void **state)
{
    (void)state;
    refused(REST "axes: {sleeves.c.exit.exit_ma: []}\n", 7, "the axis is empty");
    refused(REST "axes:\n  sleeves.c.exit.exit_ma: [20]\n  sleeves.c.exit.exit_ma: [30]\n", 9,
            "appears twice; the first is on line 8");
    refused(REST "axes: {sleeves.c.exit.exit_na: [20]}\n", 7,
            "names no field (did you mean sleeves.c.exit.exit_ma?)");
    refused(REST "axes: {exit.exit_ma: [20]}\n", 7, "did you mean sleeves.c.exit.exit_ma?");
    refused(REST "axes: {portfolio.seed: [20]}\n", 7, "run.seed");
    refused(REST "axes: {sleeves.c.exit.exit_ma: [20, x]}\n", 7,
            "found 'x', expected a whole number");
    refused(REST "axes: {sleeves.c.exit.exit_ma: [20, 20]}\n", 7,
            "'20' and '20' are the same value");
    refused(REST "axes: {sleeves.c.exit.exit_ma: 20}\n", 7, "expected a list of values");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {as: x}}\n", 7, "no values, expected one of");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {vals: [2]}}\n", 7, "found 'vals'");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {values: [2], range: [1, 2], step: 1}}\n", 7,
            "found both values and range");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {range: [10, 45], step: 10}}\n", 7,
            "step 10 does not land on the end 45: the nearest valid ends are 40 and 50");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {range: [10, 45]}}\n", 7, "range without step");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {range: [10], step: 1}}\n", 7, "[start, end]");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {range: [10, 5], step: 1}}\n", 7, "leads away");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {range: [10, 10000], step: 10}}\n", 7,
            "found '5010', expected a whole number 1 .. 5000");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {linspace: [10, 20], n: 4}}\n", 7,
            "found '13.3333333333333', expected a whole number");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {linspace: [10, 20], n: 1}}\n", 7, "2 ..");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {linspace: [10, 20]}}\n", 7, "without n");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {logspace: [0, 20], n: 3}}\n", 7, "neither 0");
    refused(REST "axes: {sleeves.c.exit.mode: {range: [1, 2], step: 1}}\n", 7,
            "expected a list of");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {values: [2], as: sharpe}}\n", 7,
            "is that of a metric");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {values: [2], as: status}}\n", 7, "is taken");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {values: [2], as: 2x}}\n", 7, "as: found '2x'");
    refused(REST "axes: {sleeves.c.exit.exit_ma: {values: [2], as: s}, "
                 "run.seed: {values: [1], as: s}}\n",
            7, "is that of axis sleeves.c.exit.exit_ma");
}

static void a_count_past_2_to_the_63_is_refused(void **state)
{
    (void)state;
    char text[4000] = REST "axes:\n";
    const char *const paths[] = {"risk.max_exposure", "risk.max_position_notional",
                                 "costs.weekend_penalty", "costs.stress_slippage_mult",
                                 "costs.slippage_std_mult"};
    for (size_t i = 0; i < 5; i++)
        sprintf(text + strlen(text), "  sleeves.c.%s: {linspace: [1, 2], n: 8192}\n", paths[i]);
    refused(text, 7, "more than 2^63 points");
    strcat(text, "sample: {method: lhs, n: 10}\n"); /* a sample of it is fine */
    struct spec s;
    good(text, &s);
    assert_true(sweep_n_points(s.job.sweep) == 10);
    spec_free(&s);
}

static void periods_are_checked(void **state)
{
    (void)state;
#define P(text) RUN DATA PORTFOLIO SLEEVES "periods:\n" text
    refused(RUN DATA PORTFOLIO SLEEVES, 1, "periods: missing");
    refused(P("  t: {start: 2024-01-01}\n"), 7, "periods.t.end: missing, expected a date");
    refused(P("  t: {start: 2024-02-30, end: 2024-03-01}\n"), 7, "found '2024-02-30'");
    refused(P("  t: {start: 2024-03-02, end: 2024-03-01}\n"), 7, "ends before it starts");
    refused(P("  t: {start: 2024-03-01, ende: 2024-03-02}\n"), 7, "did you mean end?");
    refused(
        P("  a: {start: 2024-01-01, end: 2024-06-30}\n  b: {start: 2024-06-30, end: 2024-12-31}\n"),
        8, "periods.b: overlaps a (line 7): expected other dates, or overlap: allowed");
    refused(P("  a: {start: 2024-01-01, end: 2024-06-30, exclusive: true}\n"
              "  b: {start: 2024-06-30, end: 2024-12-31, overlap: allowed}\n"),
            8, "periods.b: overlaps a (line 7): expected other dates");
    refused(P("  a: {start: 2024-01-01, end: 2024-06-30, overlap: allowed}\n"
              "  b: {start: 2024-06-30, end: 2024-12-31, locked: true}\n"),
            8, "overlaps a");
    refused(P("  a: {start: 2024-01-01, end: 2024-06-30, locked: true}\n"), 6, "all are locked");
    refused(P("  a: {start: 2024-01-01, end: 2024-06-30, locked: maybe}\n"), 7, "true or false");
    refused(P("  a: {start: 2024-01-01, end: 2024-06-30, overlap: yes}\n"), 7, "expected allowed");
    struct spec s;
    good(P("  a: {start: 2024-01-01, end: 2024-06-30}\n"
           "  b: {start: 2024-06-30, end: 2024-12-31, overlap: allowed}\n"),
         &s);
    spec_free(&s);
}

static void sleeves_and_data_are_checked(void **state)
{
    (void)state;
#define S(text) RUN DATA PORTFOLIO PERIODS "sleeves:\n" text
    refused(RUN DATA PORTFOLIO PERIODS, 1, "sleeves: missing");
    refused(S("  c: {asset_class: crypto}\n"), 6, "sleeves.c.strategy: missing");
    refused(S("  c: {strategy: momentun, asset_class: crypto}\n"), 6, "did you mean momentum?");
    refused(S("  c: {strategy: no/such.yaml}\n"), 6, "no such file: 'no/such.yaml'");
    refused(S("  c: {strategy: momentum}\n"), 6, "sleeves.c.asset_class: missing");
    refused(S("  c: {strategy: momentum, asset_class: bonds}\n"), 6, "expected equity or crypto");
    refused(S("  c.d: {strategy: momentum}\n"), 6, "without '.'");
    refused(RUN PORTFOLIO SLEEVES PERIODS, 4, "data.prices: missing");
    refused(RUN PORTFOLIO SLEEVES PERIODS
            "data: {prices: nowhere, benchmark: data/crypto/BTC.csv}\n",
            6, "data.prices: no such file: 'nowhere'");
    refused(RUN PORTFOLIO SLEEVES PERIODS "data: {price: nowhere}\n", 6, "did you mean prices?");
    refused(REST "data: {}\n", 7, "appears twice");
    refused(RUN PORTFOLIO SLEEVES PERIODS
            "data: {prices: data/crypto, benchmark: data/crypto/BTC.csv, universe: [BTC, BTC]}\n",
            6, "BTC appears twice");
    refused(RUN PORTFOLIO SLEEVES PERIODS
            "data: {prices: data/crypto, benchmark: data/crypto/BTC.csv, universe: []}\n",
            6, "the list is empty");
    refused(RUN PORTFOLIO SLEEVES PERIODS
            "data: {prices: data/crypto, benchmark: data/crypto/BTC.csv, max_daily_move: 0}\n",
            6, "data.max_daily_move: found '0'");
}

static void yaml_that_hides_its_meaning_is_refused(void **state)
{
    (void)state;
    refused("run: &a {name: t}\n" DATA, 1, "found an anchor");
    refused("run: {name: &a t}\n" DATA, 1, "found an anchor");
    refused("run: *a\n" DATA, 1, "found an alias");
    refused("run: !!map {name: t}\n", 1, "found a tag");
    refused("run: {name: !x t}\n", 1, "found a tag");
    refused("run:\n  <<: {name: t}\n", 2, "merge key");
    refused("run:\n\tname: t\n", 2, "found a tab");
    refused("run: {name: t}\nrun: {name: t}\n", 2, "run: appears twice; the first is on line 1");
    refused(REST "---\na: 1\n", 7, "second document");
    refused("%YAML 1.1\n---\nrun: {}\n", 1, "directive");
    refused("", 1, "the file is empty");
    refused("# only a remark\n", 1, "the file is empty");
    refused("just text\n", 1, "found 'just text', expected a map");
    refused("[1, 2]\n", 1, "found a list");
    refused("run: {name: t\nx: 1\n", 2, "flow mapping");
    refused("run: {[1]: t}\n", 1, "as a key");
    refused("run: {name: \"a\\0b\"}\n", 1, "NUL");
    refused("a: [[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\n", 1, "nested more than 12");
    refused("run: {name: \"a\\nb\"}\n" DATA PORTFOLIO SLEEVES PERIODS, 1,
            "found 'a b'"); /* one line, whatever it holds */
    refused("run: {name: t, \"a\\nb\": 1}\n" DATA PORTFOLIO SLEEVES PERIODS, 1, "run: found 'a b'");
}

static void sizes_have_limits(void **state)
{
    (void)state;
    struct err_note note;
    struct spec s = {0};
    char *big = malloc((1u << 20) + 2);
    memset(big, '#', (1u << 20) + 1);
    big[(1u << 20) + 1] = 0;
    assert_int_equal(load(big, &s, &note), ERR_SPEC);
    assert_non_null(strstr(note.text, "larger than 1048576 bytes"));
    strcpy(big, "a: ");
    memset(big + 3, 'x', 5000);
    strcpy(big + 5003, "\n");
    refused(big, 1, "more than 4096 characters");
    free(big);
    write_file("a\0b", 3);
    assert_int_equal(spec_load(&s, file, NULL, &note), ERR_SPEC);
    assert_non_null(strstr(note.text, "NUL"));
    assert_int_equal(spec_load(&s, "/no/such/file.yaml", NULL, &note), ERR_NOT_FOUND);
    assert_string_equal(note.text, "/no/such/file.yaml: No such file or directory");
}

/* ---- warnings ---- */

static bool warns(const char *text, const char *what)
{
    struct spec s;
    bool found = false;
    good(text, &s);
    for (char **w = s.warnings; *w; w++)
        found |= strstr(*w, what) != NULL;
    spec_free(&s);
    return found;
}

static void what_cannot_matter_is_said(void **state)
{
    (void)state;
    assert_true(warns(REST "axes: {sleeves.c.exit.exit_ma: [20]}\n", "one value only"));
    assert_false(warns(REST AXES, "one value only"));
    const char *slow = "axes.sleeves.c.indicators.breakout_slow: hardly matters";
    assert_true(warns(REST "axes: {sleeves.c.indicators.breakout_slow: [40, 55]}\n", slow));
    assert_false(warns(REST "axes: {sleeves.c.indicators.breakout_slow: [10, 55]}\n", slow));
    assert_true(warns(REST "axes: {sleeves.c.entry.slow_clearance: [0.01, 0.02]}\n",
                      "axes.sleeves.c.entry.slow_clearance: hardly matters"));
    assert_true(
        warns(RUN DATA PORTFOLIO PERIODS
              "sleeves: {c: {strategy: momentum, asset_class: crypto, entry: {trigger: fast}}}\n"
              "axes: {sleeves.c.indicators.breakout_slow: [10, 55]}\n",
              "changes nothing: entry.trigger is fast"));
    assert_false(
        warns(RUN DATA PORTFOLIO PERIODS
              "sleeves: {c: {strategy: momentum, asset_class: crypto, entry: {trigger: slow}}}\n"
              "axes: {sleeves.c.indicators.breakout_slow: [40, 55]}\n",
              "breakout_slow"));
    assert_true(warns(REST "scenarios: [bear_months]\n", "known in hindsight"));
}

/* ---- with the data ---- */

static void bind(const char *text, const char *says)
{
    struct spec s;
    struct market_image image;
    struct err_note note = {""};
    good(text, &s);
    assert_int_equal(
        market_build(s.sources, s.job.n_sleeves, s.max_daily_move, &image, NULL, &note), OK);
    enum err err = spec_bind_image(&s, &image, &note);
    if (!says) {
        if (err)
            fail_msg("%s", note.text);
        assert_memory_equal(s.job.image_hash, image.hash, JOB_HASH_BYTES);
    } else if (err == OK || !strstr(note.text, says)) {
        fail_msg("found \"%s\", expected \"%s\"", note.text, says);
    }
    market_image_free(&image);
    spec_free(&s);
}

static void the_data_must_cover_the_periods(void **state)
{
    (void)state;
    bind(REST AXES, NULL);
    bind(P("  t: {start: 2023-06-01, end: 2024-12-31}\n"),
         "periods.t: 2023-06-01 .. 2024-12-31 is outside the data, expected dates within "
         "2024-01-07 .. 2026-01-05");
    bind(P("  t: {start: 2024-06-01, end: 2026-12-31}\n"), "is outside the data");
    bind(P("  t: {start: 2024-01-01, end: 2024-12-31}\n"),
         NULL); /* a holiday at the edge is fine */
}

static void folds_are_counted_in_sessions(void **state)
{
    (void)state;
    struct spec s;
    good(REST AXES "walk_forward: {train: 100, test: 20}\n"
                   "cpcv: {groups: 6, test: 2, purge: 10}\n",
         &s);
    const struct folds *f = &s.job.folds;
    assert_true(f->walk.train == 100 && f->walk.test == 20 && f->walk.step == 20);
    assert_true(f->cpcv.groups == 6 && f->cpcv.purge == 10 && f->cpcv.embargo == 0);
    assert_int_equal(f->n_days, 0); /* until the data are there */
    spec_free(&s);
    bind(REST AXES "walk_forward: {train: 100, test: 20, step: 10, gap: 2, anchored: yes}\n", NULL);
    bind(REST AXES "walk_forward: {train: 9000, test: 20}\n",
         "walk_forward: train 9000, gap 0 and test 20 are 9020 sessions, expected at most the");
    bind(P("  t: {start: 2024-01-10, end: 2025-12-31}\n") "walk_forward: {train: 2, test: 1}\n",
         "expected a longer step");
    assert_false(same_job(REST AXES, REST AXES "cpcv: {groups: 6, test: 2}\n"));
    assert_true(same_job(REST AXES "walk_forward: {train: 50, test: 20}\n",
                         REST AXES "walk_forward: {train: 50, test: 20, step: 20, gap: 0}\n"));
}

static void wrong_folds_are_named(void **state)
{
    (void)state;
    refused(REST AXES "walk_forward: {train: 100}\n", 8, "walk_forward.test: missing");
    refused(REST AXES "walk_forward: {train: 0, test: 5}\n", 8,
            "walk_forward.train: found '0', expected a whole number 2 .. 1000000");
    refused(REST AXES "walk_forward: {train: 50, test: 5, stepp: 5}\n", 8, "step");
    refused(REST AXES "walk_forward: 100\n", 8,
            "expected a map: {train: 252, test: 63}, in sessions");
    refused(REST AXES "cpcv: {groups: 6, test: 6}\n", 8, "cpcv.test: found 6 of 6 groups");
    refused(REST AXES "cpcv: {groups: 20, test: 10}\n", 8,
            "make 184756 splits, expected at most 1000");
    refused(REST AXES "walkforward: {train: 100, test: 5}\n", 8, "walk_forward");
}

static void the_schema_in_the_tree_is_in_step(void **state)
{
    (void)state;
    const char *path = PLATEAU_SOURCE_DIR "/configs/sweep.schema.json";
    char *schema = spec_json_schema();
    assert_non_null(schema);
    if (getenv("PLATEAU_UPDATE")) { /* how it is brought into step */
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fputs(schema, f);
        fclose(f);
    }
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = strlen(schema);
    char *there = calloc(1, n + 2);
    size_t m = fread(there, 1, n + 1, f);
    fclose(f);
    if (m != n || memcmp(there, schema, n))
        fail_msg("configs/sweep.schema.json is not what the field tables say: "
                 "run this test with PLATEAU_UPDATE=1 and commit it");
    free(there);
    free(schema);
}

static void the_shipped_sweeps_load(void **state)
{
    (void)state;
    const struct {
        const char *path;
        uint64_t points;
        uint32_t scenarios;
    } shipped[] = {{"configs/sp500_sensitivity.yaml", 432, 6},
                   {"configs/crypto_sensitivity.yaml", 225, 7},
                   {"configs/combined_stress.yaml", 96, 8},
                   {"configs/starter.yaml", 45, 3}};
    for (size_t i = 0; i < sizeof shipped / sizeof shipped[0]; i++) {
        struct spec s;
        struct err_note note;
        if (spec_load(&s, shipped[i].path, NULL, &note))
            fail_msg("%s", note.text);
        assert_true(sweep_n_points(s.job.sweep) == shipped[i].points);
        assert_int_equal(s.job.n_scenarios, shipped[i].scenarios);
        spec_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_file_becomes_a_job),
        cmocka_unit_test(equal_meaning_is_equal_bytes),
        cmocka_unit_test(inline_fields_override_the_strategy_file),
        cmocka_unit_test(a_strategy_can_be_written_in_place),
        cmocka_unit_test(every_form_of_an_axis),
        cmocka_unit_test(plain_off_is_an_enumeration_too),
        cmocka_unit_test(zip_groups_are_one_dimension),
        cmocka_unit_test(where_sees_axes_and_base_values),
        cmocka_unit_test(samples_and_their_limits),
        cmocka_unit_test(scenarios_compose_and_begin_with_the_baseline),
        cmocka_unit_test(assignments_from_the_command_line_win),
        cmocka_unit_test(fields_are_checked),
        cmocka_unit_test(axes_are_checked),
        cmocka_unit_test(a_count_past_2_to_the_63_is_refused),
        cmocka_unit_test(periods_are_checked),
        cmocka_unit_test(sleeves_and_data_are_checked),
        cmocka_unit_test(yaml_that_hides_its_meaning_is_refused),
        cmocka_unit_test(sizes_have_limits),
        cmocka_unit_test(what_cannot_matter_is_said),
        cmocka_unit_test(the_data_must_cover_the_periods),
        cmocka_unit_test(folds_are_counted_in_sessions),
        cmocka_unit_test(wrong_folds_are_named),
        cmocka_unit_test(the_schema_in_the_tree_is_in_step),
        cmocka_unit_test(the_shipped_sweeps_load),
    };
    return cmocka_run_group_tests_name("spec", tests, make_file, remove_file);
}
