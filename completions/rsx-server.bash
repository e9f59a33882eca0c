# bash completion for rsx-server: written by `rsx-server --completions bash`
# shellcheck shell=bash disable=SC2034,SC2317

_rsx_server()
{
	local cur prev i j line
	local options='--listen --key --insecure --allow-cid --allow --max-sessions --chdir --log --quiet --verbose --status --query --json --private-fd --completions --help --version'
	local valued=' --listen -l --key -k --allow-cid --allow --max-sessions --chdir -C --log --status --query --private-fd --completions '

	COMPREPLY=()
	read -ra line <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && line+=('')
	cur=${line[-1]} prev=${line[-2]-}

	_rsx_words() { mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur"); }
	_rsx_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }
	_rsx_folders() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); }
	_rsx_processes() { _rsx_words "$(ps -eo pid= 2>/dev/null)"; }
	_rsx_variables() { mapfile -t COMPREPLY < <(compgen -v -- "$cur"); }
	_rsx_value()
	{
		case $1 in
		--listen|-l) _rsx_words tcp: vsock: unix: ;;
		--key|-k) _rsx_files ;;
		--allow-cid) : ;;
		--allow) : ;;
		--max-sessions) : ;;
		--chdir|-C) _rsx_folders ;;
		--log) _rsx_words error note info debug ;;
		--status) : ;;
		--query) : ;;
		--private-fd) : ;;
		--completions) _rsx_words bash zsh ;;
		*) return 1 ;;
		esac
	}

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

complete -F _rsx_server rsx-server
