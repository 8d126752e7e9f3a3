#include "proto/where_lexer.h"
#include <ctype.h>
#include <string.h>

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.';
}

static const char *number_end(const char *at)
{
    while (isdigit((unsigned char)*at) || *at == '.')
        at++;
    if (*at == 'e' || *at == 'E') {
        const char *e = at + 1 + (at[1] == '+' || at[1] == '-');
        if (isdigit((unsigned char)*e)) {
            while (isdigit((unsigned char)*e))
                e++;
            at = e;
        }
    }
    return at;
}

void lexer_advance(struct lexer *x)
{
    static const char *const operators[] = {"<=", ">=", "==", "!=", "<", ">",
                                            "+",  "-",  "*",  "/",  "(", ")"};
    while (isspace((unsigned char)*x->at))
        x->at++;
    const char *at = x->at, *end = at, *text = at;
    size_t length;
    x->from = at;
    if (!*at) {
        x->kind = T_END;
        length = 0;
    } else if (isdigit((unsigned char)*at) || (*at == '.' && isdigit((unsigned char)at[1]))) {
        x->kind = T_NUMBER;
        end = number_end(at);
        length = (size_t)(end - at);
    } else if (isalpha((unsigned char)*at) || *at == '_') {
        x->kind = T_NAME;
        while (is_name_char(*end))
            end++;
        length = (size_t)(end - at);
    } else if (*at == '\'' || *at == '"') {
        const char *close = strchr(at + 1, *at);
        x->kind = close ? T_TEXT : T_BAD;
        text = at + 1;
        length = close ? (size_t)(close - text) : 1;
        end = close ? close + 1 : at + 1;
    } else {
        x->kind = T_BAD;
        length = 1;
        for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
            if (!strncmp(at, operators[i], strlen(operators[i]))) {
                x->kind = T_OPERATOR;
                length = strlen(operators[i]);
                break;
            }
        end = at + length;
    }
    if (length > LEXER_TEXT_MAX) {
        x->kind = T_BAD;
        length = LEXER_TEXT_MAX;
    }
    memcpy(x->text, text, length);
    x->text[length] = 0;
    x->at = end;
}

bool lexer_is_operator(const struct lexer *x, const char *text)
{
    return x->kind == T_OPERATOR && !strcmp(x->text, text);
}

bool lexer_is_word(const struct lexer *x, const char *text)
{
    return x->kind == T_NAME && !strcmp(x->text, text);
}

bool lexer_is_keyword(const struct lexer *x)
{
    return lexer_is_word(x, "and") || lexer_is_word(x, "or") || lexer_is_word(x, "not") ||
           lexer_is_word(x, "true") || lexer_is_word(x, "false");
}
