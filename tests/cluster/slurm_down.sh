#!/bin/bash
# Ends the daemons that slurm_up.sh FOLDER started, and no others.
folder=$(realpath -m "$1")
[ -s "$folder/pids" ] || exit 0
mapfile -t pids < <(tac "$folder/pids")
kill "${pids[@]}" 2>/dev/null
for _ in $(seq 50); do
    kill -0 "${pids[@]}" 2>/dev/null || exit 0
    sleep 0.1
done
kill -9 "${pids[@]}" 2>/dev/null
exit 0
