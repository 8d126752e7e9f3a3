/* help - what the program says of itself and of a verb, from one table: for a human (--help), as a
 * man page (--help=man) and as words for a shell's completion (--help=words). */
#ifndef CLI_HELP_H
#define CLI_HELP_H
#include "cli/cli.h"

enum help_form { HELP_TEXT, HELP_MAN, HELP_WORDS };
/* Whether an argument asks for help, and in which form. */
bool help_asked(const char *argument, enum help_form *form);

/* Words: one verb a line. */
void help_program(enum help_form form, FILE *out);
/* Words: a line per option, "--name" or "--name=" (a value follows) and then the values of a
 * choice, separated by spaces; the last line is "@" and the verb's arguments. */
void help_verb(const char *verb, const struct cli_option *options, enum help_form form, FILE *out);
/* The arguments of a verb, for a message; "" if there is no such verb. */
const char *help_arguments(const char *verb);
#endif
