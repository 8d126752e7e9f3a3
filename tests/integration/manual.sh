#!/bin/bash
# The man pages and completions say what --help says: every verb, every option; the pages are clean roff, the scripts
# complete in real shells.
. "$(dirname "$0")/../lib/script.sh"
need groff zsh fish
export PATH=$bin:$PATH
manual=$PLATEAU_BUILD/cli/manual
same() { # WHAT GOT WANTED
    [ "$2" = "$3" ] || fail "$1: found '$2', expected '$3'"
}

# ---- pages
page() { # FILE
    groff -man -ww -Tascii "$1" 2>"$work/warnings" | sed 's/.\x08//g' >"$work/page"
    [ ! -s "$work/warnings" ] || fail "$1: $(head -3 "$work/warnings")"
    grep -q '^NAME' "$work/page" || fail "$1 has no NAME"
}
page "$manual/plateau.1"
cp "$work/page" "$work/plateau"
for verb in $(plateau --help=words); do
    grep -qE "^ +$verb( |$)" "$work/plateau" || fail "plateau.1 does not list $verb"
    [ "$verb" = worker ] && continue
    page "$manual/plateau-$verb.1"
    for option in $(plateau "$verb" --help | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
        grep -qE -- "$option( |$)" "$work/page" || fail "plateau-$verb.1 lacks $option"
        plateau "$verb" --help=words | grep -qE -- "^$option(=| |$)" || fail "words of $verb lack $option"
    done
done
page "$manual/plateau-worker.1"
for option in $(plateau-worker --help | grep -oE -- '--[a-z-]+' | sort -u); do
    grep -q -- "$option" "$work/page" || fail "plateau-worker.1 lacks $option"
done

# ---- completion
mkdir -p "$work/there/runs/base-1a2b3c4d"
cd "$work/there"
bash_words() { # LINE...: what bash offers for its last word
    bash -c "source '$manual/plateau.bash'; COMP_WORDS=($(printf '%q ' "$@" | sed "s/''\$/''/")); COMP_CWORD=$(($# - 1)); _plateau; echo \${COMPREPLY[*]}"
}
same "bash verb" "$(bash_words plateau heat)" heatmap
same "bash metric" "$(bash_words plateau heatmap sharp)" sharpe
same "bash option" "$(bash_words plateau heatmap sharpe --fac)" --facet
same "bash value" "$(bash_words plateau heatmap sharpe --agg me)" "median mean"
same "bash run" "$(bash_words plateau status base)" base-1a2b3c4d
fish_words() { # LINE
    fish -c "source '$manual/plateau.fish'; complete -C '$1'" | cut -f1 | sort | tr '\n' ' ' | sed 's/ $//'
}
same "fish verb" "$(fish_words 'plateau heat')" heatmap
same "fish option" "$(fish_words 'plateau heatmap --fac')" --facet
same "fish value" "$(fish_words 'plateau heatmap sharpe --agg me')" "mean median"
zsh -n "$manual/plateau.zsh" || fail "zsh does not read its script"

echo "manual: pages and completions agree with --help"
