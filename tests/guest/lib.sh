# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the suites in here share, on both sides of a guest: results and their
# count, and programs whose output is compared.

passed=0
failed=0
skipped=0

# result 0|skip|N NAME: a line, and the count.
result()
{
	case $1 in
	0)
		echo "ok $2"
		passed=$((passed + 1))
		;;
	skip)
		echo "skip $2"
		skipped=$((skipped + 1))
		;;
	*)
		echo "FAIL $2"
		failed=$((failed + 1))
		;;
	esac
}

# One Nth of what tests do thousands of times: a guest is emulated.
fraction()
{
	if [ -n "${RSX_GUEST_LONG-}" ]; then
		echo 10
	else
		echo 25
	fi
}

# The last line of a suite, and its status.
count()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

# add_compared FILE WORDS: the counts of a comparison of tests/conformance/run.
add_compared()
{
	local p f

	sed -n "s/^\\(ok\\|FAIL\\) .*/& ($2)/p; /^ /p" "$1"
	read -r p _ f _ < <(tail -n 1 "$1")
	passed=$((passed + ${p:-0}))
	failed=$((failed + ${f:-1}))
}

# in_new_dir OUT COMMAND...: runs it in an empty directory; OUT gets what it
# printed, its status and the files it left.
in_new_dir()
{
	local out=$1 dir

	shift
	dir=$(mktemp -d /tmp/programs.XXXXXX)
	(
		cd "$dir" || exit
		timeout 300 "$@" </dev/null
		echo "status $?"
		find . -type f | LC_ALL=C sort | xargs -r sha256sum
	) >"$out" 2>&1
	rm -rf "$dir"
}

# results FILE DIR [TRACER...]: every line `NAME: COMMAND` of FILE, under TRACER if
# one is given; DIR/NAME gets what came of it.
results()
{
	local line

	mkdir -p "$2"
	while IFS= read -r line; do
		case $line in '' | '#'*) continue ;; esac
		in_new_dir "$2/${line%%:*}" "${@:3}" bash -c "${line#*: }"
	done <"$1"
}

# compare_results WANT GOT WORDS: two such folders; what fails natively is no proof.
compare_results()
{
	local file

	for file in "$1"/*; do
		if ! grep -aq 'status 0$' "$file"; then
			sed 's/^/    /' "$file"
			result 1 "$(basename "$file") natively"
			continue
		fi
		diff -a "$file" "$2/$(basename "$file")" | head -n 40 | cat -v | sed 's/^/    /'
		result "${PIPESTATUS[0]}" "$(basename "$file") ($3)"
	done
}

# not_executed WHAT COMMAND...: under "${trace[@]}" it is status 126 and a line that says why.
not_executed()
{
	local what=$1 said

	shift
	# shellcheck disable=SC2154
	said=$("${trace[@]}" -- "$@" 2>&1)
	[ $? = 126 ] && [[ $said = *"for another architecture"* ]]
	result $? "$what"
}
