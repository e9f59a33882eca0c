# SPDX-License-Identifier: GPL-2.0-or-later
#
# complete.zsh COMPLETIONS LINE: types LINE and a tab into a zsh in a terminal
# of its own, and prints what the line is then.

zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1= PS2= PROMPT_EOL_MARK= ; unsetopt zle_bracketed_paste 2>/dev/null; stty -echo"
zpty -w z "fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D"
# ^X shows the line as it is, between marks
zpty -w z "unsetopt always_last_prompt list_beep; setopt no_list_ambiguous"
zpty -w z "shown() { print -r -- \"<<<\$BUFFER>>>\"; BUFFER=; zle -I; exit }; zle -N shown; bindkey '^X' shown"
zpty -w z "print READY\$((1 + 1))"
zpty -r -m z line '*READY2*'
zpty -w -n z "$2"$'\t'$'\x18'
zpty -r -m z line '*<<<*>>>*'
line=${line##*<<<}
print -r -- "${line%%>>>*}"
zpty -d z
