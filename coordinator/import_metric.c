#include "coordinator/import_metric.h"
#include "engine/canonical.h"
#include "market/number.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

// clang-format off
static const struct { const char *name; enum metric metric; } usual_names[] = {
    {"return", METRIC_total_return}, {"total_returns", METRIC_total_return}, {"cumulative_return", METRIC_total_return},
    {"net_profit", METRIC_total_return}, /* LEAN: per cent; without the sign it is money */
    {"annual_return", METRIC_cagr}, {"annualized_return", METRIC_cagr}, {"annualised_return", METRIC_cagr},
    {"return_ann", METRIC_cagr}, {"compounding_annual_return", METRIC_cagr},
    {"volatility", METRIC_ann_vol}, {"annual_volatility", METRIC_ann_vol}, {"annualized_volatility", METRIC_ann_vol},
    {"annualised_volatility", METRIC_ann_vol}, {"volatility_ann", METRIC_ann_vol},
    {"annual_standard_deviation", METRIC_ann_vol},
    {"sharpe_ratio", METRIC_sharpe}, {"sortino_ratio", METRIC_sortino}, {"calmar_ratio", METRIC_calmar},
    {"max_drawdown", METRIC_mdd}, {"maximum_drawdown", METRIC_mdd}, {"max_dd", METRIC_mdd}, {"maxdd", METRIC_mdd},
    {"drawdown", METRIC_mdd},
    {"ulcer_index", METRIC_ulcer},
    {"value_at_risk", METRIC_var}, {"var_99", METRIC_var}, {"cvar_99", METRIC_cvar}, {"expected_shortfall", METRIC_cvar},
    {"skewness", METRIC_skew}, {"correlation", METRIC_corr},
    {"days", METRIC_n}, {"n_days", METRIC_n},
    {"trades", METRIC_n_trades}, {"total_trades", METRIC_n_trades}, {"num_trades", METRIC_n_trades},
    {"number_of_trades", METRIC_n_trades}, {"trade_count", METRIC_n_trades},
    {"profitfactor", METRIC_profit_factor}, {"winrate", METRIC_win_rate}, {"win_ratio", METRIC_win_rate},
    {"expectancy_in_r", METRIC_expectancy_r}, {"exposure_time", METRIC_exposure},
};
/* Another meaning than any metric here: kurtosis is in excess of 3 in pandas, expectancy in money or of another
 * definition, the rest has no counterpart. */
static const char *const no_counterpart[] = {
    "kurtosis", "expectancy", "omega_ratio", "start", "end", "duration", "start_value", "end_value", "start_equity",
    "end_equity", "equity_final", "equity_peak", "benchmark_return", "buy_hold_return", "max_gross_exposure",
    "total_fees_paid", "total_fees", "max_drawdown_duration", "avg_drawdown", "avg_drawdown_duration",
    "total_closed_trades", "total_open_trades", "open_trade_pnl", "best_trade", "worst_trade", "avg_trade",
    "avg_winning_trade", "avg_losing_trade", "avg_winning_trade_duration", "avg_losing_trade_duration",
    "max_trade_duration", "avg_trade_duration", "total_orders", "average_win", "average_loss", "loss_rate",
    "profit_loss_ratio", "probabilistic_sharpe_ratio", "alpha", "annual_variance", "information_ratio",
    "tracking_error", "treynor_ratio", "estimated_strategy_capacity", "lowest_capacity_asset", "portfolio_turnover",
    "drawdown_recovery", "kelly_criterion", "comment", "comments", "note", "notes", "remark", "remarks",
};
static const struct { const char *name; enum import_role role; } roles[] = {
    {"", IMPORT_ID}, {"unnamed_0", IMPORT_ID}, {"point", IMPORT_ID}, {"id", IMPORT_ID},
    {"scenario", IMPORT_SCENARIO}, {"period", IMPORT_PERIOD}, {"split", IMPORT_PERIOD},
    {"date", IMPORT_DATE}, {"day", IMPORT_DATE}, {"timestamp", IMPORT_DATE}, {"daily_return", IMPORT_RETURN},
};
// clang-format on
#define LENGTH(a) (sizeof(a) / sizeof(a)[0])

void import_plain_name(const char *name, char out[IMPORT_NAME_MAX + 1])
{
    size_t n = 0;
    for (; *name && n < IMPORT_NAME_MAX; name++) {
        if (isalnum((unsigned char)*name) || (unsigned char)*name >= 0x80)
            out[n++] = (char)tolower((unsigned char)*name);
        else if (n > 0 && out[n - 1] != '_')
            out[n++] = '_';
    }
    while (n > 0 && out[n - 1] == '_')
        n--;
    out[n] = '\0';
}

static bool find_metric(const char *plain, uint32_t *metric)
{
    for (uint32_t m = 0; m < N_METRICS; m++)
        if (strcmp(METRIC_INFO[m].name, plain) == 0) {
            *metric = m;
            return true;
        }
    for (size_t i = 0; i < LENGTH(usual_names); i++)
        if (strcmp(usual_names[i].name, plain) == 0) {
            *metric = usual_names[i].metric;
            return true;
        }
    return false;
}

struct import_meaning import_meaning_of(const char *column)
{
    char plain[IMPORT_NAME_MAX + 1];
    struct import_meaning meaning = {.role = IMPORT_AXIS, .percent = strchr(column, '%') != NULL};
    import_plain_name(column, plain);
    if (meaning.percent && strcmp(plain, "win") == 0) /* a spreadsheet's "Win %" */
        snprintf(plain, sizeof plain, "win_rate");
    if (find_metric(plain, &meaning.metric)) {
        meaning.role = IMPORT_METRIC;
        return meaning;
    }
    for (size_t i = 0; i < LENGTH(roles); i++)
        if (strcmp(roles[i].name, plain) == 0)
            meaning.role = roles[i].role;
    for (size_t i = 0; i < LENGTH(no_counterpart); i++)
        if (strcmp(no_counterpart[i], plain) == 0)
            meaning.role = IMPORT_IGNORE;
    return meaning;
}

bool import_means_other(const char *column, const char *text)
{
    char plain[IMPORT_NAME_MAX + 1];
    import_plain_name(column, plain);
    if (strcmp(plain, "net_profit") == 0)
        return *text && !strchr(column, '%') && !strchr(text, '%');
    return strcmp(plain, "period") == 0 && isdigit((unsigned char)*text) && strstr(text, " days ");
}

enum err import_meaning_named(const char *meaning, struct import_meaning *out,
                              struct err_note *note)
{
    static const struct {
        const char *name;
        enum import_role role;
    } words[] = {{"axis", IMPORT_AXIS},
                 {"ignore", IMPORT_IGNORE},
                 {"point", IMPORT_ID},
                 {"scenario", IMPORT_SCENARIO},
                 {"period", IMPORT_PERIOD}};
    char plain[IMPORT_NAME_MAX + 1];
    struct import_meaning found = {.percent = strchr(meaning, '%') != NULL};
    const char *names[N_METRICS];
    for (size_t i = 0; i < LENGTH(words); i++)
        if (strcmp(words[i].name, meaning) == 0) {
            *out = (struct import_meaning){.role = words[i].role};
            return OK;
        }
    import_plain_name(meaning, plain);
    if (find_metric(plain, &found.metric)) {
        found.role = IMPORT_METRIC;
        *out = found;
        return OK;
    }
    for (uint32_t m = 0; m < N_METRICS; m++)
        names[m] = METRIC_INFO[m].name;
    const char *near = err_nearest(plain, names, N_METRICS);
    return err_set(note, ERR_NOT_FOUND,
                   "--map: '%s' is no metric%s%s%s; expected a metric's name, axis, ignore, point, "
                   "scenario or period",
                   meaning, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

static bool is_word(const char *text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

bool import_metric_parse(const struct import_meaning *meaning, const char *text, double *out)
{
    static const char *const nothing[] = {"", "nan", "none", "null", "na", "n/a"};
    static const char *const above[] = {"inf", "+inf", "infinity"};
    static const char *const below[] = {"-inf", "-infinity"};
    size_t length = strlen(text);
    bool percent = meaning->percent;
    double value;
    if (is_word(text, nothing, LENGTH(nothing))) {
        *out = nan_canonical();
        return true;
    }
    if (is_word(text, above, LENGTH(above)) || is_word(text, below, LENGTH(below))) {
        *out = *text == '-' ? -INFINITY : INFINITY;
        return true;
    }
    if (text[length - 1] == '%') {
        percent = true;
        length--;
    }
    if (!number_parse(text, length, &value) || !isfinite(value))
        return false;
    if (percent)
        value /= 100;
    uint32_t m = meaning->metric;
    if (m == METRIC_mdd || m == METRIC_var || m == METRIC_cvar)
        value = fabs(value);
    *out = value;
    return true;
}
