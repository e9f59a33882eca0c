# bash completion for rsx-trace: written by `rsx-trace --completions bash`
# shellcheck shell=bash disable=SC2034,SC2317

_rsx_trace()
{
	local cur prev i j line
	local options='--server --key --chdir --local --remote --deny --map --attach --detach-after --detach --all --env --setenv --expr --config --no-config --explain --output --verbose --format --trace --trace-path --absolute-timestamps --relative-timestamps --time --decode-fds --string-limit --strings-in-hex --columns --instruction-pointer --syscall-number --successful-only --failed-only --follow-forks --output-append-mode --stack-trace --summary-only --summary --summary-sort-by --summary-wall-clock --flame --dry-run --on-disconnect --mmap-shared --quiet --doctor --list-syscalls --completions --help --version'
	local valued=' --server --key --chdir --local --remote --deny --map --attach -p --detach-after --detach --env --setenv -E --expr -e --config --explain --output -o --format --trace --trace-path -P --string-limit -s --columns -a --summary-sort-by -S --flame --on-disconnect --mmap-shared --completions '

	COMPREPLY=()
	read -ra line <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && line+=('')
	cur=${line[-1]} prev=${line[-2]-}

	_rsx_words() { mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur"); }
	_rsx_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }
	_rsx_folders() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); }
	_rsx_processes() { _rsx_words "$(ps -eo pid= 2>/dev/null)"; }
	_rsx_variables() { mapfile -t COMPREPLY < <(compgen -v -- "$cur"); }
	# after QUALIFIER= a list of names; the last one is completed
	_rsx_calls()
	{
		local head=${cur%"${cur##*[=,\!]}"}

		if [ -z "$head" ]; then
			_rsx_words remote= local= deny= allow=
			return
		fi
		mapfile -t COMPREPLY < <(compgen -P "$head" -W "all none %file %desc %net %network %process %memory %ipc %signal %creds %clock %pure %stat %lstat %fstat %%stat %statfs %fstatfs %%statfs %system
			$(rsx-trace --list-syscalls 2>/dev/null | sed -n 's/^\([a-z_][a-z0-9_]*\) .*/\1/p')" \
			-- "${cur##*[=,\!]}")
	}
	_rsx_value()
	{
		case $1 in
		--server) _rsx_words tcp: vsock: unix: ;;
		--key) _rsx_files ;;
		--chdir) : ;;
		--local) _rsx_files ;;
		--remote) _rsx_files ;;
		--deny) _rsx_files ;;
		--map) _rsx_files ;;
		--attach|-p) _rsx_processes ;;
		--detach-after) : ;;
		--detach) _rsx_words eio kill ;;
		--env) _rsx_words local remote merge ;;
		--setenv|-E) _rsx_variables ;;
		--expr|-e) _rsx_calls ;;
		--config) _rsx_files ;;
		--explain) _rsx_files ;;
		--output|-o) _rsx_files ;;
		--format) : ;;
		--trace) : ;;
		--trace-path|-P) _rsx_files ;;
		--string-limit|-s) : ;;
		--columns|-a) : ;;
		--summary-sort-by|-S) _rsx_words time calls errors name nothing ;;
		--flame) _rsx_files ;;
		--on-disconnect) _rsx_words kill eio ;;
		--mmap-shared) _rsx_words writeback deny ;;
		--completions) _rsx_words bash zsh ;;
		*) return 1 ;;
		esac
	}

	# the program and its arguments are completed as if typed alone
	for ((i = 1; i < ${#line[@]} - 1; i++)); do
		case ${line[i]} in
		--) i=$((i + 1)); break ;;
		-*) [[ $valued == *" ${line[i]} "* ]] && i=$((i + 1)) ;;
		*) break ;;
		esac
	done
	if ((i == ${#line[@]} - 1)) && [[ $cur != -* || ${line[i - 1]} == -- ]]; then
		[[ $valued == *" ${line[i - 1]} "* ]] || {
			mapfile -t COMPREPLY < <(compgen -c -- "$cur"; compgen -f -- "$cur")
			return
		}
	elif ((i < ${#line[@]} - 1)); then
		for ((j = 1; j < COMP_CWORD; j++)); do
			[[ ${COMP_WORDS[j]} == "${line[i]}" && ${COMP_WORDS[j - 1]} != [=:] &&
				$valued != *" ${COMP_WORDS[j - 1]} "* ]] && break
		done
		if declare -F _command_offset >/dev/null; then
			_command_offset "$j"
		else
			_rsx_files
		fi
		return
	fi
	if [[ $cur == --*=* ]]; then
		prev=${cur%%=*} cur=${cur#*=}
	fi
	if ! _rsx_value "$prev"; then
		_rsx_words "$options"
	fi
	# what readline takes for words of their own is not to be repeated
	case $cur in
	*[=:]*)
		prev=${cur%"${cur##*[=:]}"}
		COMPREPLY=("${COMPREPLY[@]#"$prev"}")
		;;
	esac
	[[ ${COMPREPLY[0]-} == *[=:] ]] && compopt -o nospace 2>/dev/null
	return 0
}

complete -F _rsx_trace rsx-trace
