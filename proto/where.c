#include "proto/where.h"
#include "proto/decimal.h"
#include "proto/exact.h"
#include "proto/where_lexer.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 256, DEPTH_MAX = 24 };
#define EXACT_INTEGER_MAX 9007199254740992.0 /* 2^53 */
#define UNDERFLOW_BOUND 0x1p-1000
#define HALF_ULP 0x1p-52 /* generous: rounding is at most 2^-53 of a result */

/* ---- the tree, as an array of nodes: children come before their parent ---- */

enum op {
    OP_CONST,
    OP_AXIS,
    OP_TEXT,
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_NEG,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_EQ,
    OP_NE,
    OP_AND,
    OP_OR,
    OP_NOT,
    OP_TRUE,
    OP_FALSE
};
enum type { NUMBER, TRUTH, CATEGORY };

struct node {
    enum op op;
    enum type type;
    uint16_t a, b;          /* operands */
    uint32_t axis;          /* OP_AXIS */
    char *text;             /* OP_CONST: the decimal; OP_TEXT */
    double value, error;    /* OP_CONST */
    struct exact_size size; /* of a NUMBER */
};

struct where {
    const struct sweep_axis *axes;
    uint32_t n_axes, n_nodes;
    uint16_t root;
    uint64_t named;
    struct node nodes[NODES_MAX];
    bool *whole[SWEEP_AXES_MAX]; /* per level of a numeric axis: its value is exactly its double */
};

void where_free(struct where **where_p)
{
    struct where *self = *where_p;
    if (!self)
        return;
    for (uint32_t i = 0; i < self->n_nodes; i++)
        free(self->nodes[i].text);
    for (uint32_t a = 0; a < SWEEP_AXES_MAX; a++)
        free(self->whole[a]);
    free(self);
    *where_p = NULL;
}

uint64_t where_axes(const struct where *where)
{
    return where->named;
}

/* ---- names ---- */

static bool ends_with_component(const char *path, const char *name)
{
    size_t n = strlen(path), m = strlen(name);
    return m < n && path[n - m - 1] == '.' && !strcmp(path + n - m, name);
}

enum err where_find_axis(const struct sweep_axis *axes, uint32_t n_axes, const char *name,
                         uint32_t *axis, struct err_note *note)
{
    const char *known[2 * SWEEP_AXES_MAX];
    uint32_t n_found = 0, found[2] = {0};
    unsigned n_known = 0;
    for (uint32_t a = 0; a < n_axes; a++) {
        if (!strcmp(axes[a].path, name) || !strcmp(axes[a].label, name)) {
            *axis = a;
            return OK;
        }
        if (ends_with_component(axes[a].path, name) && n_found++ < 2)
            found[n_found - 1] = a;
        const char *dot = strrchr(axes[a].path, '.');
        known[n_known++] = dot && !strchr(name, '.') ? dot + 1 : axes[a].path;
        known[n_known++] = axes[a].label;
    }
    if (n_found == 1) {
        *axis = found[0];
        return OK;
    }
    if (n_found > 1)
        return err_set(note, ERR_EXISTS, "%s may be %s or %s: write the full path", name,
                       axes[found[0]].path, axes[found[1]].path);
    const char *near = err_nearest(name, known, n_known);
    return err_set(note, ERR_NOT_FOUND, "%s is not an axis%s%s%s", name,
                   near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}

/* ---- parsing ---- */

struct parser {
    struct where *w;
    struct lexer x;
    unsigned depth;
    struct err_note *note;
    enum err err;
};

/* Returns 0 as a node index, so that a failure is one statement. */
static uint16_t fail(struct parser *p, const char *found, const char *expected)
{
    if (!p->err)
        p->err = err_set(p->note, ERR_SPEC, "where \"%.200s\", column %d: found %s, expected %s",
                         p->x.start, (int)(p->x.from - p->x.start) + 1, found, expected);
    return 0;
}

static uint16_t fail_token(struct parser *p, const char *expected)
{
    char found[LEXER_TEXT_MAX + 3];
    const char *quote = p->x.kind == T_END ? "" : "'";
    strcpy(found, quote);
    strcat(found, p->x.kind == T_END ? "the end" : p->x.text);
    strcat(found, quote);
    return fail(p, found, expected);
}

static uint16_t add_node(struct parser *p, struct node node)
{
    if (p->err || p->w->n_nodes >= NODES_MAX) {
        free(node.text);
        return p->err ? 0 : fail(p, "a long expression", "at most 256 operands and operators");
    }
    p->w->nodes[p->w->n_nodes] = node;
    return (uint16_t)p->w->n_nodes++;
}

static unsigned larger(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

static struct exact_size size_of(enum op op, struct exact_size x, struct exact_size y)
{
    switch (op) {
    case OP_ADD:
    case OP_SUB:
        return (struct exact_size){larger(x.num + y.den, y.num + x.den) + 1, x.den + y.den};
    case OP_MUL:
        return (struct exact_size){x.num + y.num, x.den + y.den};
    default: /* a quotient, and the two products of a comparison */
        return (struct exact_size){x.num + y.den, x.den + y.num};
    }
}

static bool is_comparison(enum op op)
{
    return op >= OP_LT && op <= OP_NE;
}

/* The name must be one that the axis has: anything else is a misspelling that would exclude or keep
 * everything. */
static void check_category(struct parser *p, const struct node *axis, const struct node *text)
{
    const struct sweep_axis *a = &p->w->axes[axis->axis];
    char expected[400];
    for (uint32_t l = 0; l < a->n_levels; l++)
        if (!strcmp(a->texts[l], text->text))
            return;
    size_t n = 0;
    n += (size_t)snprintf(expected, sizeof expected, "a level of %.150s:", a->path);
    for (uint32_t l = 0; l < a->n_levels && n < sizeof expected - 80; l++)
        n += (size_t)snprintf(expected + n, sizeof expected - n, " '%s'", a->texts[l]);
    fail(p, text->text, expected);
}

static uint16_t compare_node(struct parser *p, enum op op, uint16_t a, uint16_t b)
{
    const struct node *x = &p->w->nodes[a], *y = &p->w->nodes[b];
    if (p->err)
        return 0;
    if (x->type != y->type || x->type == TRUTH)
        return fail(p, "a comparison of different kinds",
                    "two numbers, or a category and its name");
    if (x->type == CATEGORY) {
        if (op != OP_EQ && op != OP_NE)
            return fail(p, "an ordering of categories", "== or !=");
        if (x->op == OP_AXIS && y->op == OP_TEXT)
            check_category(p, x, y);
        if (y->op == OP_AXIS && x->op == OP_TEXT)
            check_category(p, y, x);
    } else {
        struct exact_size size = size_of(op, x->size, y->size);
        if (size.num > EXACT_BITS_MAX || size.den > EXACT_BITS_MAX)
            return fail(p, "numbers of too many digits", "a shorter expression");
    }
    return add_node(p, (struct node){.op = op, .type = TRUTH, .a = a, .b = b});
}

static uint16_t binary(struct parser *p, enum op op, uint16_t a, uint16_t b)
{
    const struct node *x = &p->w->nodes[a], *y = &p->w->nodes[b];
    if (p->err)
        return 0;
    if (is_comparison(op))
        return compare_node(p, op, a, b);
    enum type type = op == OP_AND || op == OP_OR ? TRUTH : NUMBER;
    if (x->type != type || y->type != type)
        return fail(p, "an operand of another kind",
                    type == TRUTH ? "comparisons around and, or, not" : "numbers around + - * /");
    struct exact_size size = size_of(op, x->size, y->size);
    if (type == NUMBER && (size.num > EXACT_BITS_MAX || size.den > EXACT_BITS_MAX))
        return fail(p, "numbers of too many digits", "a shorter expression");
    return add_node(p, (struct node){.op = op, .type = type, .a = a, .b = b, .size = size});
}

/* Fifteen digits and whole: the decimal and its double are one number. */
static bool is_whole(const char *text, double value)
{
    unsigned n_digits = 0;
    for (; *text && *text != 'e' && *text != 'E'; text++)
        n_digits += isdigit((unsigned char)*text) != 0;
    return n_digits <= 15 && value < EXACT_INTEGER_MAX && value > -EXACT_INTEGER_MAX &&
           value == (double)(int64_t)value;
}

static uint16_t number(struct parser *p)
{
    struct exact exact;
    struct node node = {.op = OP_CONST, .type = NUMBER};
    if (exact_parse(p->x.text, &exact))
        return fail_token(p, "a decimal number of at most 60 digits");
    node.size = exact_bits(&exact);
    node.value = decimal_value(p->x.text, NULL);
    node.error = is_whole(p->x.text, node.value) ? 0 : node.value * HALF_ULP;
    if (!(node.text = strdup(p->x.text))) {
        p->err = ERR_NOMEM;
        return 0;
    }
    lexer_advance(&p->x);
    return add_node(p, node);
}

static enum err measure_axis(struct where *w, uint32_t a, struct exact_size *size)
{
    const struct sweep_axis *axis = &w->axes[a];
    struct exact exact;
    *size = (struct exact_size){0, 0};
    if (!w->whole[a] && !(w->whole[a] = calloc(axis->n_levels, sizeof(bool))))
        return ERR_NOMEM;
    for (uint32_t l = 0; l < axis->n_levels; l++) {
        if (exact_parse(axis->texts[l], &exact))
            return ERR_RANGE;
        struct exact_size s = exact_bits(&exact);
        size->num = larger(size->num, s.num);
        size->den = larger(size->den, s.den);
        w->whole[a][l] = is_whole(axis->texts[l], axis->values[l]);
    }
    return OK;
}

static uint16_t name(struct parser *p)
{
    struct node node = {.op = OP_AXIS, .type = NUMBER};
    struct err_note why = {""};
    if (where_find_axis(p->w->axes, p->w->n_axes, p->x.text, &node.axis, &why)) {
        if (!p->err)
            p->err = err_set(p->note, ERR_SPEC, "where \"%.200s\", column %d: %.500s", p->x.start,
                             (int)(p->x.from - p->x.start) + 1, why.text);
        return 0;
    }
    p->w->named |= UINT64_C(1) << node.axis;
    if (p->w->axes[node.axis].spacing == SWEEP_CATEGORICAL) {
        node.type = CATEGORY;
    } else {
        enum err err = measure_axis(p->w, node.axis, &node.size);
        if (err == ERR_NOMEM)
            p->err = err;
        if (err)
            return fail_token(p, "an axis whose values have at most 60 digits");
    }
    lexer_advance(&p->x);
    return add_node(p, node);
}

static uint16_t either(struct parser *p);

static uint16_t factor(struct parser *p)
{
    if (p->err || ++p->depth > DEPTH_MAX)
        return fail(p, "deep nesting", "at most 24 levels");
    uint16_t node = 0;
    if (lexer_is_operator(&p->x, "-")) {
        lexer_advance(&p->x);
        uint16_t a = factor(p);
        if (!p->err && p->w->nodes[a].type != NUMBER)
            fail(p, "a minus before something else", "a number");
        node = add_node(
            p, (struct node){.op = OP_NEG, .type = NUMBER, .a = a, .size = p->w->nodes[a].size});
    } else if (lexer_is_operator(&p->x, "(")) {
        lexer_advance(&p->x);
        node = either(p);
        if (!p->err && !lexer_is_operator(&p->x, ")"))
            fail_token(p, "')'");
        lexer_advance(&p->x);
    } else if (p->x.kind == T_NUMBER) {
        node = number(p);
    } else if (p->x.kind == T_TEXT || lexer_is_word(&p->x, "true") ||
               lexer_is_word(&p->x, "false")) {
        char *text = strdup(p->x.text);
        if (!text)
            p->err = ERR_NOMEM;
        lexer_advance(&p->x);
        node = add_node(p, (struct node){.op = OP_TEXT, .type = CATEGORY, .text = text});
    } else if (p->x.kind == T_NAME && !lexer_is_keyword(&p->x)) {
        node = name(p);
    } else {
        node = fail_token(p, "a number, an axis or '('");
    }
    p->depth--;
    return node;
}

static uint16_t product(struct parser *p)
{
    uint16_t node = factor(p);
    while (!p->err && (lexer_is_operator(&p->x, "*") || lexer_is_operator(&p->x, "/"))) {
        enum op op = p->x.text[0] == '*' ? OP_MUL : OP_DIV;
        lexer_advance(&p->x);
        node = binary(p, op, node, factor(p));
    }
    return node;
}

static uint16_t sum(struct parser *p)
{
    uint16_t node = product(p);
    while (!p->err && (lexer_is_operator(&p->x, "+") || lexer_is_operator(&p->x, "-"))) {
        enum op op = p->x.text[0] == '+' ? OP_ADD : OP_SUB;
        lexer_advance(&p->x);
        node = binary(p, op, node, product(p));
    }
    return node;
}

static bool comparison(const struct lexer *x, enum op *op)
{
    static const struct {
        const char *text;
        enum op op;
    } table[] = {{"<", OP_LT},  {"<=", OP_LE}, {">", OP_GT},
                 {">=", OP_GE}, {"==", OP_EQ}, {"!=", OP_NE}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (lexer_is_operator(x, table[i].text)) {
            *op = table[i].op;
            return true;
        }
    return false;
}

static uint16_t chain(struct parser *p)
{
    uint16_t left = sum(p), all = left;
    enum op op;
    bool first = true;
    while (!p->err && comparison(&p->x, &op)) {
        lexer_advance(&p->x);
        uint16_t right = sum(p), one = binary(p, op, left, right);
        all = first ? one : binary(p, OP_AND, all, one);
        left = right;
        first = false;
    }
    return all;
}

static uint16_t negation(struct parser *p)
{
    if (!lexer_is_word(&p->x, "not"))
        return chain(p);
    if (++p->depth > DEPTH_MAX)
        return fail(p, "deep nesting", "at most 24 levels");
    lexer_advance(&p->x);
    uint16_t a = negation(p);
    p->depth--;
    if (!p->err && p->w->nodes[a].type != TRUTH)
        return fail(p, "not before something else", "a comparison");
    return add_node(p, (struct node){.op = OP_NOT, .type = TRUTH, .a = a});
}

static uint16_t both(struct parser *p)
{
    uint16_t node = negation(p);
    while (!p->err && lexer_is_word(&p->x, "and")) {
        lexer_advance(&p->x);
        node = binary(p, OP_AND, node, negation(p));
    }
    return node;
}

static uint16_t either(struct parser *p)
{
    uint16_t node = both(p);
    while (!p->err && lexer_is_word(&p->x, "or")) {
        lexer_advance(&p->x);
        node = binary(p, OP_OR, node, both(p));
    }
    return node;
}

enum err where_new(struct where **out, const char *text, const struct sweep_axis *axes,
                   uint32_t n_axes, struct err_note *note)
{
    struct parser p = {.note = note, .x = {.start = text, .at = text, .from = text}};
    if (strlen(text) > SWEEP_WHERE_TEXT_MAX)
        return err_set(note, ERR_SPEC, "where: a constraint of %zu characters, expected at most %d",
                       strlen(text), SWEEP_WHERE_TEXT_MAX);
    if (!(p.w = calloc(1, sizeof *p.w)))
        return ERR_NOMEM;
    p.w->axes = axes;
    p.w->n_axes = n_axes;
    lexer_advance(&p.x);
    p.w->root = either(&p);
    if (!p.err && p.x.kind != T_END)
        fail_token(&p, "the end, and, or, or an operator (comparisons: < <= > >= == !=)");
    if (!p.err && p.w->nodes[p.w->root].type != TRUTH)
        fail(&p, "a value", "a comparison, such as a < b");
    if (p.err) {
        where_free(&p.w);
        return p.err;
    }
    *out = p.w;
    return OK;
}

/* ---- deciding ----
 * First with doubles that carry a bound on their own error; only where two values are nearer than
 * their bounds does exact arithmetic decide. Both give the same answer by construction, so machines
 * cannot differ; the second is a hundred times slower. */

struct bounded {
    double v, e; /* |true value - v| <= e; v NaN: e 0 means undefined for certain, else unknown */
};

/* `whole`: computed from whole numbers without error, so exact while it stays one. */
static struct bounded rounded(double v, double e, bool whole)
{
    double abs = v < 0 ? -v : v;
    if (whole && abs < EXACT_INTEGER_MAX && v == (double)(int64_t)v)
        return (struct bounded){v, 0};
    return (struct bounded){v, (e + abs * HALF_ULP) * (1 + 0x1p-40) + UNDERFLOW_BOUND};
}

static double magnitude(struct bounded x)
{
    return x.v < 0 ? -x.v : x.v;
}

static struct bounded quotient(struct bounded x, struct bounded y)
{
    const struct bounded unknown = {__builtin_nan(""), 1}, undefined = {__builtin_nan(""), 0};
    if (y.v == 0 && y.e == 0)
        return undefined;
    if (!(magnitude(y) > 2 * y.e))
        return unknown;
    double v = x.v / y.v, abs = v < 0 ? -v : v;
    double e = (x.e + abs * y.e) / (magnitude(y) - y.e);
    /* A quotient of whole numbers that does not divide is never so near a whole one as to round to
     * it. */
    return rounded(v, e, x.e == 0 && y.e == 0);
}

static struct bounded estimate(const struct where *w, uint16_t at, const uint32_t *levels)
{
    const struct node *n = &w->nodes[at];
    if (n->op == OP_CONST)
        return (struct bounded){n->value, n->error};
    if (n->op == OP_AXIS) {
        double v = w->axes[n->axis].values[levels[n->axis]];
        double abs = v < 0 ? -v : v;
        return (struct bounded){v, w->whole[n->axis][levels[n->axis]] ? 0 : abs * HALF_ULP};
    }
    struct bounded x = estimate(w, n->a, levels);
    if (n->op == OP_NEG)
        return (struct bounded){-x.v, x.e};
    struct bounded y = estimate(w, n->b, levels);
    if (x.v != x.v || y.v != y.v) /* something undefined in it makes the whole undefined */
        return (x.v != x.v && x.e == 0) || (y.v != y.v && y.e == 0)
                   ? (struct bounded){__builtin_nan(""), 0}
                   : (struct bounded){__builtin_nan(""), 1};
    bool whole = x.e == 0 && y.e == 0;
    switch (n->op) {
    case OP_ADD:
        return rounded(x.v + y.v, x.e + y.e, whole);
    case OP_SUB:
        return rounded(x.v - y.v, x.e + y.e, whole);
    case OP_MUL:
        return rounded(x.v * y.v, magnitude(x) * y.e + magnitude(y) * x.e + x.e * y.e, whole);
    default:
        return quotient(x, y);
    }
}

static void evaluate(const struct where *w, uint16_t at, const uint32_t *levels, struct exact *out)
{
    const struct node *n = &w->nodes[at];
    if (n->op == OP_CONST || n->op == OP_AXIS) {
        exact_parse(n->op == OP_CONST ? n->text : w->axes[n->axis].texts[levels[n->axis]], out);
        return;
    }
    evaluate(w, n->a, levels, out);
    if (n->op == OP_NEG) {
        exact_negate(out);
        return;
    }
    struct exact y;
    evaluate(w, n->b, levels, &y);
    if (n->op == OP_ADD)
        exact_add(out, &y);
    else if (n->op == OP_SUB)
        exact_subtract(out, &y);
    else if (n->op == OP_MUL)
        exact_multiply(out, &y);
    else
        exact_divide(out, &y);
}

static bool ordered(enum op op, int sign)
{
    switch (op) {
    case OP_LT:
        return sign < 0;
    case OP_LE:
        return sign <= 0;
    case OP_GT:
        return sign > 0;
    case OP_GE:
        return sign >= 0;
    case OP_EQ:
        return sign == 0;
    default:
        return sign != 0;
    }
}

static const char *category(const struct where *w, const struct node *n, const uint32_t *levels)
{
    return n->op == OP_TEXT ? n->text : w->axes[n->axis].texts[levels[n->axis]];
}

static bool compare_holds(const struct where *w, const struct node *n, const uint32_t *levels)
{
    if (w->nodes[n->a].type == CATEGORY)
        return ordered(n->op, strcmp(category(w, &w->nodes[n->a], levels),
                                     category(w, &w->nodes[n->b], levels)) != 0);
    struct bounded x = estimate(w, n->a, levels), y = estimate(w, n->b, levels);
    if ((x.v != x.v && x.e == 0) || (y.v != y.v && y.e == 0))
        return false;
    double apart = x.v - y.v, bound = (x.e + y.e) * (1 + 0x1p-40);
    if (bound == 0)
        return ordered(n->op, (apart > 0) - (apart < 0));
    if (apart - bound > 0 || apart + bound < 0)
        return ordered(n->op, apart > 0 ? 1 : -1);
    struct exact a, b;
    evaluate(w, n->a, levels, &a);
    evaluate(w, n->b, levels, &b);
    return !a.undefined && !b.undefined && ordered(n->op, exact_compare(&a, &b));
}

static bool truth(const struct where *w, uint16_t at, const uint32_t *levels)
{
    const struct node *n = &w->nodes[at];
    switch (n->op) {
    case OP_AND:
        return truth(w, n->a, levels) && truth(w, n->b, levels);
    case OP_OR:
        return truth(w, n->a, levels) || truth(w, n->b, levels);
    case OP_NOT:
        return !truth(w, n->a, levels);
    default:
        return compare_holds(w, n, levels);
    }
}

bool where_holds(const struct where *where, const uint32_t *levels)
{
    return truth(where, where->root, levels);
}

/* ---- rewriting ---- */

char *where_rewrite(const char *text, char *(*resolve)(void *ctx, const char *name), void *ctx)
{
    struct lexer x = {.start = text, .at = text};
    char *out = NULL;
    size_t length;
    FILE *f = open_memstream(&out, &length);
    bool first = true, bad = false;
    if (!f)
        return NULL;
    for (lexer_advance(&x); x.kind != T_END && !bad; lexer_advance(&x)) {
        char *replaced = x.kind == T_NAME && !lexer_is_keyword(&x) ? resolve(ctx, x.text) : NULL;
        const char *quote = x.kind != T_TEXT ? "" : strchr(x.text, '\'') ? "\"" : "'";
        fprintf(f, "%s%s%s%s", first ? "" : " ", quote, replaced ? replaced : x.text, quote);
        bad = x.kind == T_BAD;
        first = false;
        free(replaced);
    }
    if (fclose(f) || bad) {
        free(out);
        return NULL;
    }
    return out;
}
