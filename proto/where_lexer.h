/* where_lexer - the tokens of a constraint, one at a time. */
#ifndef PROTO_WHERE_LEXER_H
#define PROTO_WHERE_LEXER_H
#include <stdbool.h>

#define LEXER_TEXT_MAX 255

enum token { T_END, T_NUMBER, T_NAME, T_TEXT, T_OPERATOR, T_BAD };
struct lexer { /* {.start = text, .at = text, .from = text}, then advance to the first token */
    const char *start, *at;
    enum token kind;
    const char *from;              /* of the current token */
    char text[LEXER_TEXT_MAX + 1]; /* of a T_TEXT without its quotes */
};
void lexer_advance(struct lexer *x);
bool lexer_is_operator(const struct lexer *x, const char *text);
bool lexer_is_word(const struct lexer *x, const char *text);
bool lexer_is_keyword(const struct lexer *x); /* and or not true false: no name of an axis */
#endif
