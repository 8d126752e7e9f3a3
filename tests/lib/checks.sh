# shellcheck shell=bash
# Sourced after script.sh by scripts that look at many small things and go on after one that fails; `checked` is their end.
set +e
failed=0
checks=0
bad() { # WHAT
    failed=$((failed + 1))
    echo "FAILED: $*"
}
expect() { # CODE WHAT COMMAND...: the exit code; stdout is in $work/out, stderr in $work/err
    local code=$1 what=$2 status=0
    shift 2
    "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    checks=$((checks + 1))
    if [ "$status" != "$code" ]; then
        bad "$what: exit $status, expected $code: $*"
        sed 's/^/  out: /' "$work/out" | tail -5
        sed 's/^/  err: /' "$work/err" | tail -5
    fi
}
holds() { # WHAT FILE REGEX: a line of FILE matches
    checks=$((checks + 1))
    grep -qE -- "$3" "$2" || {
        bad "$1: no line of $(basename "$2") matches: $3"
        sed 's/^/  /' "$2" | tail -8
    }
}
empty() { # WHAT FILE
    checks=$((checks + 1))
    [ ! -s "$2" ] || bad "$1: $(basename "$2") is not empty: $(head -1 "$2")"
}
json() { # WHAT EXPRESSION: true of j, the JSON in $work/out
    checks=$((checks + 1))
    /usr/bin/python3 -c "import json, sys; j = json.load(open(sys.argv[1])); sys.exit(0 if $2 else str(j))" "$work/out" ||
        bad "$1: not so: $2"
}
same() { # WHAT FILE FILE
    checks=$((checks + 1))
    cmp "$2" "$3" || bad "$1"
}
checked() {
    echo "$checks checks, $failed failed"
    [ "$failed" = 0 ]
}
