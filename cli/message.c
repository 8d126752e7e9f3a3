#include "cli/cli.h"
#include "cli/hint.h"
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_quiet;
volatile sig_atomic_t cli_stop;
static volatile sig_atomic_t signal_number;

static const char *usual_next_step(enum err err)
{
    switch (err) {
    case ERR_SPEC:
    case ERR_FORMAT:
    case ERR_RANGE:
    case ERR_OVERFLOW:
        return "correct it and run the same command again; nothing was started";
    case ERR_DATA:
        return "plateau data check SPEC shows what was rejected, and of which symbols";
    case ERR_BUSY:
        return hint_knows_run()
                   ? "wait for that process or stop it; plateau status RUN shows its progress"
                   : "wait for that process or stop it; plateau ls --dir RUNS shows what is under "
                     "way";
    case ERR_MISMATCH:
        return "plateau doctor and plateau version show what differs on this machine";
    case ERR_CORRUPT:
        return hint_knows_run()
                   ? "plateau fsck RUN shows what is damaged, and --repair mends what loses nothing"
                   : "remove the damaged file; what it held is computed again";
    case ERR_NOT_FOUND:
        return "check the name and the working directory; plateau VERB --help shows an example";
    case ERR_IO:
        return "check free space and permissions (plateau doctor), then run the same command again";
    case ERR_NOMEM:
        return "close other programs or use fewer --workers, then run the same command again";
    case ERR_INTERRUPTED:
        return "plateau resume RUN";
    default:
        return "plateau doctor checks this machine; plateau VERB --help shows an example";
    }
}

int cli_fail(enum err err, const struct err_note *note, const char *next)
{
    fflush(stdout);
    fprintf(stderr, "plateau: %s\n", note && note->text[0] ? note->text : err_text(err));
    char literal[HINT_TEXT_MAX];
    hint_fill(literal, sizeof literal, next ? next : usual_next_step(err));
    fprintf(stderr, "  next: %s\n", literal);
    if (err == ERR_INTERRUPTED && cli_signal_exit())
        return cli_signal_exit();
    return err_exit_code(err);
}

int cli_usage(const char *next, const char *format, ...)
{
    struct err_note note;
    va_list args;
    va_start(args, format);
    vsnprintf(note.text, sizeof note.text, format, args);
    va_end(args);
    cli_fail(ERR_SPEC, &note, next);
    return CLI_USAGE;
}

void cli_say(const char *format, ...)
{
    if (is_quiet)
        return;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

void cli_quiet(bool quiet)
{
    is_quiet = quiet;
}

static void on_signal(int number)
{
    signal_number = number;
    if (cli_stop < 2)
        cli_stop = cli_stop + 1;
}

void cli_catch_signals(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal; /* no SA_RESTART: a wait ends at once */
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN; /* a closed pipe is an error of write(), told like any other */
    sigaction(SIGPIPE, &action, NULL);
}

int cli_signal_exit(void)
{
    if (signal_number == 0)
        return 0;
    return signal_number == SIGTERM ? CLI_TERMINATED : CLI_INTERRUPTED;
}

int cli_terminal_columns(FILE *stream)
{
    struct winsize size;
    enum { USUAL_COLUMNS = 80 };
    if (!isatty(fileno(stream)))
        return 0;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return USUAL_COLUMNS;
    return size.ws_col;
}
