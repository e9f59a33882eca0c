# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the scripts here share: sourced, from any working directory.

top=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")

# One line of progress, out of the way of what the user asked for.
say()
{
	echo "rsx: $*" >&2
}

die()
{
	say "$*"
	exit 1
}

# as_root COMMAND...: as it is for root, else through sudo.
as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "needs root or sudo for: $*"
	fi
}

# quietly LOG COMMAND...: shows what the command printed only if it fails.
quietly()
{
	local log=$1

	shift
	"$@" >"$log" 2>&1 </dev/null && return
	tail -n 60 "$log" >&2
	say "failed: $* (all of it in $log)"
	return 1
}

# The folder that a cmake preset builds in.
build_dir()
{
	if [ "$1" = default ]; then
		echo "$top/build"
	else
		echo "$top/build-$1"
	fi
}

has_preset()
{
	grep -q "\"name\": \"$1\"" "$top/CMakePresets.json"
}

# build_preset NAME: configures once and builds what has changed; says so only
# when there is something to do. Parallel callers wait for each other.
build_preset()
{
	local dir

	dir=$(build_dir "$1")
	mkdir -p "$dir"
	(
		flock 9
		if [ ! -f "$dir/build.ninja" ]; then
			say "configuring ($1)"
			(cd "$top" && quietly "$dir/configure.log" \
				cmake --preset "$1" -G Ninja) || exit
		fi
		ninja -C "$dir" -n | grep -q 'no work to do' && exit
		say "building ($1)"
		quietly "$dir/build.log" ninja -C "$dir"
	) 9>"$dir/.lock"
}
