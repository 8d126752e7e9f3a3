/* completion - a script that completes verbs, options, values, runs and metrics for a shell. It
 * asks this program for the options of a verb when they are needed, so that it is never behind. */
#include "cli/cli.h"
#include "engine/metrics.h"
#include <string.h>

static void metric_names(FILE *out)
{
    for (int m = 0; m < N_METRICS; m++)
        fprintf(out, "%s%s", m ? " " : "", METRIC_INFO[m].name);
}

static const char BASH[] =
    "_plateau_runs() { for run in last runs/*/; do run=${run%/}; echo \"${run##*/}\"; done; }\n"
    "_plateau() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words option\n"
    "    COMPREPLY=()\n"
    "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
    "        COMPREPLY=($(compgen -W \"$(plateau --help=words) --help --version\" -- \"$cur\"))\n"
    "        return\n"
    "    fi\n"
    "    words=$(plateau \"${COMP_WORDS[1]}\" --help=words 2>/dev/null)\n"
    "    while read -r option values; do\n"
    "        if [ \"$option\" = \"$prev=\" ]; then\n"
    "            if [ -n \"$values\" ]; then\n"
    "                COMPREPLY=($(compgen -W \"$values\" -- \"$cur\"))\n"
    "            else\n"
    "                COMPREPLY=($(compgen -f -- \"$cur\"))\n"
    "            fi\n"
    "            return\n"
    "        fi\n"
    "    done <<<\"$words\"\n"
    "    if [[ $cur == -* ]]; then\n"
    "        COMPREPLY=($(compgen -W \"$(sed -n 's/^\\(--[a-z-]*\\).*/\\1/p' <<<\"$words\")\" -- "
    "\"$cur\"))\n"
    "        return\n"
    "    fi\n"
    "    case ${words##*@} in\n"
    "    METRIC*) if [ \"$COMP_CWORD\" -eq 2 ]; then\n"
    "        COMPREPLY=($(compgen -W \"$_plateau_metrics\" -- \"$cur\")); return; fi ;;\n"
    "    esac\n"
    "    case ${words##*@} in\n"
    "    *RUN*) COMPREPLY=($(compgen -W \"$(_plateau_runs)\" -- \"$cur\")) ;;\n"
    "    esac\n"
    "    COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
    "}\n"
    "complete -o filenames -F _plateau plateau\n";

static const char ZSH[] =
    "_plateau() {\n"
    "    local -a words choices\n"
    "    local option values line\n"
    "    if (( CURRENT == 2 )); then\n"
    "        compadd -- $(plateau --help=words) --help --version\n"
    "        return\n"
    "    fi\n"
    "    words_of_verb=(\"${(@f)$(plateau $words[2] --help=words 2>/dev/null)}\")\n"
    "    for line in $words_of_verb; do\n"
    "        option=${line%% *}; values=${line#* }\n"
    "        if [[ $option == \"$words[CURRENT-1]=\" ]]; then\n"
    "            [[ $values != $line ]] && compadd -- ${=values} || _files\n"
    "            return\n"
    "        fi\n"
    "    done\n"
    "    if [[ $words[CURRENT] == -* ]]; then\n"
    "        for line in $words_of_verb; do\n"
    "            [[ $line == --* ]] && choices+=(${${line%% *}%=})\n"
    "        done\n"
    "        compadd -- $choices\n"
    "        return\n"
    "    fi\n"
    "    case $words_of_verb[-1] in\n"
    "    @METRIC*) (( CURRENT == 3 )) && { compadd -- ${=_plateau_metrics}; return } ;;\n"
    "    esac\n"
    "    [[ $words_of_verb[-1] == *RUN* ]] && compadd -- last runs/*(N/:t)\n"
    "    _files\n"
    "}\n"
    "compdef _plateau plateau\n";

static const char FISH[] =
    "function __plateau_options\n"
    "    set -l verb (commandline -opc)[2]\n"
    "    plateau $verb --help=words 2>/dev/null | string match -r '^--[a-z-]+'\n"
    "end\n"
    "function __plateau_values\n"
    "    set -l typed (commandline -opc)\n"
    "    plateau $typed[2] --help=words 2>/dev/null | string replace -f -r "
    "\"^$typed[-1]= \" '' | string split ' '\n"
    "end\n"
    "function __plateau_takes\n"
    "    set -l verb (commandline -opc)[2]\n"
    "    plateau $verb --help=words 2>/dev/null | string match -q -r \"^@.*$argv[1]\"\n"
    "end\n"
    "complete -c plateau -n __fish_use_subcommand -f -a '(plateau --help=words)'\n"
    "complete -c plateau -n 'not __fish_use_subcommand' -a '(__plateau_options) "
    "(__plateau_values)'\n"
    "complete -c plateau -n '__plateau_takes METRIC' -f -a \"$_plateau_metrics\"\n"
    "complete -c plateau -n '__plateau_takes RUN' -a '(echo last; basename -a runs/*/ "
    "2>/dev/null)'\n";

static const struct shell {
    const char *name, *before, *after, *script;
} shells[] = {{"bash", "_plateau_metrics=\"", "\"\n", BASH},
              {"zsh", "#compdef plateau\n_plateau_metrics=\"", "\"\n", ZSH},
              {"fish", "set -g _plateau_metrics \"", "\"\n", FISH}};
enum { N_SHELLS = sizeof shells / sizeof shells[0] };

int cli_completion(int argc, char **argv)
{
    struct cli_args args;
    const char *names[N_SHELLS];
    const struct cli_option options[] = {CLI_OPTION_END};
    int code = cli_parse(argc, argv, options, 1, 1, &args);
    if (code >= 0)
        return code;
    for (int i = 0; i < N_SHELLS; i++) {
        names[i] = shells[i].name;
        if (strcmp(shells[i].name, args.at[0]) != 0)
            continue;
        fputs(shells[i].before, stdout);
        metric_names(stdout);
        fputs(shells[i].after, stdout);
        fputs(shells[i].script, stdout);
        return CLI_OK;
    }
    const char *near = err_nearest(args.at[0], names, N_SHELLS);
    return cli_usage("plateau completion --help",
                     "unknown shell \"%s\", expected bash, zsh or fish%s%s%s", args.at[0],
                     near ? " (did you mean " : "", near ? near : "", near ? "?)" : "");
}
