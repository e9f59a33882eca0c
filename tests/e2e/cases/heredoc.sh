# SPDX-License-Identifier: GPL-2.0-or-later
# Here-documents, here-strings and process substitution.
cat <<END
expanded $(cat /srv/WORLD) $((6 * 7))
END
cat <<'END' >script
echo "not expanded: $0" "$@"
END
bash script 1 2 | sed 's/^/> /'
cat <<<"a string" - <<-END
	tabs go
	END
diff <(sort /srv/data/words.txt) <(sort -u /srv/data/words.txt); echo $?
exec 7> >(wc -l >count); counter=$!; cat <(echo one) <(cat /srv/WORLD) >&7
exec 7>&-; wait "$counter"; cat count
while read -r l; do echo "[$l]"; done < <(head -n 2 /srv/data/words.txt)
big=$(cat /srv/data/long.txt); wc -c <<<"$big"
