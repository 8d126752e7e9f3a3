#include "coordinator/filter.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES_MAX = 512, DEPTH_MAX = 64, WORD_MAX = 256 };

enum kind {
    NUMBER,
    COLUMN,
    TEXT, /* only while parsing: becomes a number beside the column it is compared with */
    NEGATE,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    LESS,
    LESS_EQUAL,
    GREATER,
    GREATER_EQUAL,
    EQUAL,
    NOT_EQUAL,
    NOT,
    AND,
    OR
};

struct node {
    enum kind kind;
    uint32_t a, b; /* operands; a: the column of COLUMN; a, b: place and length of TEXT */
    double number;
};

struct filter {
    uint32_t n, root;
    struct node node[NODES_MAX];
};

struct parser {
    const char *text, *at;
    struct filter *filter;
    const struct filter_names *names;
    struct err_note *note;
    enum err err;
    int depth;
};

static uint32_t parse_or(struct parser *p);

static uint32_t fail(struct parser *p, const char *expected)
{
    if (!p->err)
        p->err = err_set(p->note, ERR_FORMAT, "condition \"%s\": at character %d: expected %s",
                         p->text, (int)(p->at - p->text) + 1, expected);
    return 0;
}

static uint32_t add_node(struct parser *p, struct node node)
{
    if (p->filter->n == NODES_MAX)
        return fail(p, "a shorter condition");
    p->filter->node[p->filter->n] = node;
    return p->filter->n++;
}

static uint32_t add_pair(struct parser *p, enum kind kind, uint32_t a, uint32_t b)
{
    return add_node(p, (struct node){.kind = kind, .a = a, .b = b});
}

static void skip_space(struct parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static bool take_word(struct parser *p, const char *word)
{
    size_t n = strlen(word);
    skip_space(p);
    if (strncmp(p->at, word, n) != 0 || (isalpha((unsigned char)*word) && is_name(p->at[n])))
        return false;
    p->at += n;
    return true;
}

static uint32_t parse_quoted(struct parser *p)
{
    char quote = *p->at++;
    const char *end = strchr(p->at, quote);
    if (!end)
        return fail(p, "the end of the quoted text");
    uint32_t node = add_pair(p, TEXT, (uint32_t)(p->at - p->text), (uint32_t)(end - p->at));
    p->at = end + 1;
    return node;
}

static uint32_t parse_name(struct parser *p)
{
    char name[WORD_MAX];
    size_t n = 0;
    while (is_name(p->at[n]))
        n++;
    if (n == 0 || n >= sizeof name)
        return fail(p, "a name, a number or (");
    snprintf(name, sizeof name, "%.*s", (int)n, p->at);
    uint32_t column = 0;
    enum err err = p->names->column(p->names->ctx, name, &column, p->note);
    if (err) {
        if (!p->err)
            p->err = err;
        return 0;
    }
    p->at += n;
    return add_node(p, (struct node){.kind = COLUMN, .a = column});
}

static uint32_t parse_factor(struct parser *p)
{
    skip_space(p);
    if (p->err || ++p->depth > DEPTH_MAX)
        return fail(p, "fewer nested parentheses");
    uint32_t node;
    if (take_word(p, "-")) {
        node = add_pair(p, NEGATE, parse_factor(p), 0);
    } else if (take_word(p, "(")) {
        node = parse_or(p);
        if (!p->err && !take_word(p, ")"))
            fail(p, ")");
    } else if (*p->at == '\'' || *p->at == '"') {
        node = parse_quoted(p);
    } else if (isdigit((unsigned char)*p->at) ||
               (*p->at == '.' && isdigit((unsigned char)p->at[1]))) {
        char *end;
        node = add_node(p, (struct node){.kind = NUMBER, .number = strtod(p->at, &end)});
        p->at = end;
    } else {
        node = parse_name(p);
    }
    p->depth--;
    return node;
}

static uint32_t parse_product(struct parser *p)
{
    uint32_t node = parse_factor(p);
    while (!p->err) {
        if (take_word(p, "*"))
            node = add_pair(p, MULTIPLY, node, parse_factor(p));
        else if (take_word(p, "/"))
            node = add_pair(p, DIVIDE, node, parse_factor(p));
        else
            break;
    }
    return node;
}

static uint32_t parse_sum(struct parser *p)
{
    uint32_t node = parse_product(p);
    while (!p->err) {
        if (take_word(p, "+"))
            node = add_pair(p, ADD, node, parse_product(p));
        else if (take_word(p, "-"))
            node = add_pair(p, SUBTRACT, node, parse_product(p));
        else
            break;
    }
    return node;
}

/* A text beside a column becomes the number that column gives it. */
static void settle_text(struct parser *p, uint32_t text, uint32_t other)
{
    struct node *node = &p->filter->node[text];
    if (p->err || node->kind != TEXT)
        return;
    if (p->filter->node[other].kind != COLUMN) {
        fail(p, "a name beside the quoted text");
        return;
    }
    char word[WORD_MAX];
    snprintf(word, sizeof word, "%.*s", (int)node->b, p->text + node->a);
    double value = 0;
    enum err err = p->names->text(p->names->ctx, p->filter->node[other].a, word, &value, p->note);
    if (err)
        p->err = err;
    *node = (struct node){.kind = NUMBER, .number = value};
}

static bool take_comparison(struct parser *p, enum kind *kind)
{
    static const struct {
        const char *word;
        enum kind kind;
    } words[] = {{"<=", LESS_EQUAL}, {"<", LESS},  {">=", GREATER_EQUAL}, {">", GREATER},
                 {"==", EQUAL},      {"=", EQUAL}, {"!=", NOT_EQUAL}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (take_word(p, words[i].word)) {
            *kind = words[i].kind;
            return true;
        }
    return false;
}

static uint32_t parse_chain(struct parser *p)
{
    uint32_t left = parse_sum(p), all = 0;
    bool any = false;
    enum kind kind;
    while (!p->err && take_comparison(p, &kind)) {
        uint32_t right = parse_sum(p);
        if (p->err)
            return 0;
        settle_text(p, left, right);
        settle_text(p, right, left);
        uint32_t one = add_pair(p, kind, left, right);
        all = any ? add_pair(p, AND, all, one) : one;
        any = true;
        left = right;
    }
    if (!p->err && !any && p->filter->node[left].kind == TEXT)
        return fail(p, "a comparison");
    return any ? all : left;
}

static uint32_t parse_not(struct parser *p)
{
    if (!take_word(p, "not"))
        return parse_chain(p);
    if (++p->depth > DEPTH_MAX)
        return fail(p, "fewer nots");
    uint32_t node = add_pair(p, NOT, parse_not(p), 0);
    p->depth--;
    return node;
}

static uint32_t parse_and(struct parser *p)
{
    uint32_t node = parse_not(p);
    while (!p->err && take_word(p, "and"))
        node = add_pair(p, AND, node, parse_not(p));
    return node;
}

static uint32_t parse_or(struct parser *p)
{
    uint32_t node = parse_and(p);
    while (!p->err && take_word(p, "or"))
        node = add_pair(p, OR, node, parse_and(p));
    return node;
}

enum err filter_new(struct filter **out, const char *text, const struct filter_names *names,
                    struct err_note *note)
{
    struct filter *filter = calloc(1, sizeof *filter);
    if (!filter)
        return err_set(note, ERR_NOMEM, "out of memory");
    struct parser p = {.text = text, .at = text, .filter = filter, .names = names, .note = note};
    filter->root = parse_or(&p);
    skip_space(&p);
    if (!p.err && *p.at)
        fail(&p, "the end, and, or, or a comparison");
    if (p.err) {
        filter_free(&filter);
        return p.err;
    }
    *out = filter;
    return OK;
}

void filter_free(struct filter **filter_p)
{
    free(*filter_p);
    *filter_p = NULL;
}

struct values {
    double (*of)(void *ctx, uint32_t column);
    void *ctx;
};

static double evaluate(const struct filter *filter, uint32_t i, const struct values *values)
{
    const struct node *node = &filter->node[i];
    if (node->kind == NUMBER)
        return node->number;
    if (node->kind == COLUMN)
        return values->of(values->ctx, node->a);
    double a = evaluate(filter, node->a, values);
    if (node->kind == NEGATE)
        return -a;
    if (node->kind == NOT)
        return !(a != 0 && !isnan(a));
    double b = evaluate(filter, node->b, values);
    switch (node->kind) {
    case ADD:
        return a + b;
    case SUBTRACT:
        return a - b;
    case MULTIPLY:
        return a * b;
    case DIVIDE:
        return a / b;
    case LESS:
        return a < b;
    case LESS_EQUAL:
        return a <= b;
    case GREATER:
        return a > b;
    case GREATER_EQUAL:
        return a >= b;
    case EQUAL:
        return a == b;
    case NOT_EQUAL:
        return a < b || a > b;
    case AND:
        return a != 0 && b != 0 && !isnan(a) && !isnan(b);
    default: /* OR */
        return (a != 0 && !isnan(a)) || (b != 0 && !isnan(b));
    }
}

bool filter_holds(const struct filter *filter, double (*value)(void *ctx, uint32_t column),
                  void *ctx)
{
    double result = evaluate(filter, filter->root, &(struct values){value, ctx});
    return result != 0 && !isnan(result);
}
