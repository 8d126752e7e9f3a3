/* report_page - the HTML around a report: head, content security policy, the words for readers
 * without scripts, and at the end the program that draws the rest. One file: it fetches nothing.
 *
 * Without a front-end (FRONTEND_SCRIPT is empty: built without Node) the page is those words and
 * pictures alone, and says what is missing. */
#ifndef CLI_REPORT_PAGE_H
#define CLI_REPORT_PAGE_H
#include "cli/reviewing.h"
#include <stdio.h>

enum err report_page_head(FILE *out, const struct reviewing *v, struct err_note *note);
enum err report_page_tail(FILE *out);
bool report_page_is_static(void);
#endif
