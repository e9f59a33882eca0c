# SPDX-License-Identifier: GPL-2.0-or-later
# Pipelines, statuses, subshells and background jobs of bash.
cat /srv/data/words.txt | sort | uniq -c | sort -rn | head -n 3
seq 1000 | while read -r n; do [ "$n" -lt 4 ] && echo "n $n"; done
false | true; echo "$? ${PIPESTATUS[*]}"; set -o pipefail; false | true; echo $?
yes | head -n 2; cat /srv/data/long.txt | head -n 1
(exit 3); echo $?; { exit 4; } & wait $!; echo $?
for i in 1 2 3; do (echo "job $i" >job$i; exit "$i") & pids+=("$!"); done
for p in "${pids[@]}"; do wait "$p"; echo $?; done; cat job?
x=$(cat /srv/WORLD); echo "${#x}"; echo "$(<hello)" 2>&1 | head -n 1
seq 3 | tee copy | wc -l; cat copy; seq 5 | xargs -n2 -P2 echo | sort
trap 'echo trapped' USR1; kill -USR1 $$; trap 'echo at exit' EXIT
coproc cat; echo ping >&"${COPROC[1]}"; read -r -u "${COPROC[0]}" r; echo "$r"
