#include "cli/launch.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { MS_PER_S = 1000, SHELL_NOT_FOUND = 127 };

/* ---- text ---- */

enum err launch_text_open(struct launch_text *text)
{
    *text = (struct launch_text){0};
    text->stream = open_memstream(&text->bytes, &text->length);
    return text->stream ? OK : ERR_NOMEM;
}

enum err launch_text_close(struct launch_text *text)
{
    enum err err = fclose(text->stream) == 0 ? OK : ERR_NOMEM;
    text->stream = NULL;
    return err;
}

void launch_quote(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:=@%+,";
    if (*word && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    putc('\'', out);
    for (; *word; word++) {
        if (*word == '\'')
            fputs("'\\''", out);
        else
            putc(*word, out);
    }
    putc('\'', out);
}

void launch_worker_options(FILE *out, const struct launch *launch, const char *slots)
{
    if (slots)
        fprintf(out, " --slots %s", slots);
    else if (launch->slots)
        fprintf(out, " --slots %llu", (unsigned long long)launch->slots);
    if (launch->time_limit_ms)
        fprintf(out, " --time-limit %llds", (long long)(launch->time_limit_ms / MS_PER_S));
    if (launch->idle_timeout_ms)
        fprintf(out, " --idle-timeout %llds", (long long)(launch->idle_timeout_ms / MS_PER_S));
}

/* ---- a program ---- */

static enum err command_line(struct launch_text *line, const char *const *argv, const char *input)
{
    enum err err = launch_text_open(line);
    if (err)
        return err;
    for (; *argv; argv++) {
        launch_quote(line->stream, *argv);
        putc(' ', line->stream);
    }
    fputs("2>&1 <", line->stream);
    launch_quote(line->stream, input);
    return launch_text_close(line);
}

/* What does not fit is read and dropped: the program never waits for us. */
static void read_all(FILE *from, char *output, size_t size)
{
    char spill[512];
    size_t got = fread(output, 1, size - 1, from);
    output[got] = '\0';
    while (fread(spill, 1, sizeof spill, from) > 0)
        ;
}

enum err launch_call(const char *const *argv, const char *input, char *output, size_t size,
                     struct err_note *note)
{
    struct launch_text line = {0};
    enum err err = command_line(&line, argv, input);
    /* NOLINTNEXTLINE(cert-env33-c): every word is quoted */
    FILE *program = err ? NULL : popen(line.bytes, "re");
    free(line.bytes);
    if (!program)
        return err_set(note, err ? err : ERR_IO, "cannot start %s: %s", argv[0], strerror(errno));
    read_all(program, output, size);
    int status = pclose(program);
    if (status == 0)
        return OK;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code == SHELL_NOT_FOUND)
        return err_set(note, ERR_NOT_FOUND, "%s is not installed here", argv[0]);
    return err_set(note, ERR_NET, "%s ended with code %d%s%.600s", argv[0], code,
                   *output ? ": " : "", output);
}
