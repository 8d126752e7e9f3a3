#include "review/report_json.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *report_json_text(const char *text)
{
    json_t *out = json_string(text);
    if (out)
        return out;
    size_t n = strlen(text);
    char *plain = malloc(n + 1);
    if (!plain)
        return NULL;
    for (size_t i = 0; i < n; i++)
        plain[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    plain[n] = '\0';
    out = json_string(plain);
    free(plain);
    return out;
}

json_t *report_json_number(double value)
{
    if (isnan(value))
        return json_null();
    return isinf(value) ? json_string(value > 0.0 ? "inf" : "-inf") : json_real(value);
}

enum err report_json_write(FILE *out, const char *id, const json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    if (!text)
        return ERR_NOMEM;
    fprintf(out, "<script type=\"application/json\" id=\"%s\">", id);
    for (const char *c = text; *c; c++)
        if (*c == '<' || *c == '>' || *c == '&')
            fprintf(out, "\\u%04x", (unsigned)*c);
        else
            fputc(*c, out);
    fputs("</script>\n", out);
    free(text);
    return ferror(out) ? ERR_IO : OK;
}

void report_html_text(FILE *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c == '<')
            fputs("&lt;", out);
        else if (*c == '>')
            fputs("&gt;", out);
        else if (*c == '&')
            fputs("&amp;", out);
        else if (*c == '"')
            fputs("&quot;", out);
        else if (*c == '\'')
            fputs("&#39;", out);
        else
            fputc(*c, out);
    }
}
