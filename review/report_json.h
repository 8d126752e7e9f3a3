/* report_json - JSON inside an HTML page: what anybody named anything stays text. */
#ifndef REVIEW_REPORT_JSON_H
#define REVIEW_REPORT_JSON_H
#include "proto/err.h"
#include <jansson.h>
#include <stdio.h>

/* A string; bytes that are not UTF-8 become '?'. */
json_t *report_json_text(const char *text);
/* JSON knows neither NaN (null) nor infinity ("inf", "-inf"). */
json_t *report_json_number(double value);
/* Writes <script type="application/json" id="ID">..</script>; inside it '<', '>' and '&' are
 * escapes, so that no text can end the element or begin another. ERR_NOMEM, ERR_IO. */
enum err report_json_write(FILE *out, const char *id, const json_t *json);
/* Text of an element or a quoted attribute: the five characters that mean something are escaped. */
void report_html_text(FILE *out, const char *text);
#endif
