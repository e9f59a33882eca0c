/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completions for bash and zsh, written from a table of options. The files in
 * completions/ are this output; tests/docs/check compares them.
 */
#include <stdio.h>
#include <string.h>

#include "rsx/optable.h"

/* "rsx-trace" -> "_rsx_trace": a shell's function. */
static void print_function(const char *program)
{
	putchar('_');
	for (; *program; program++)
		putchar(*program == '-' ? '_' : *program);
}

/* --- bash --- */

/* The option's names as a pattern of case: "--server|-s". */
static void print_pattern(const struct rsx_option *row)
{
	printf("--%s", row->name);
	if (row->letter)
		printf("|-%c", row->letter);
}

static const char *bash_words(const struct rsx_option *row)
{
	switch (row->value) {
	case RSX_VALUE_FILE:
	case RSX_VALUE_TWO_FILES:
		return "_rsx_files";
	case RSX_VALUE_DIR:
		return "_rsx_folders";
	case RSX_VALUE_CALLS:
		return "_rsx_calls";
	case RSX_VALUE_PID:
		return "_rsx_processes";
	case RSX_VALUE_VARIABLE:
		return "_rsx_variables";
	case RSX_VALUE_ADDRESS:
		return "_rsx_words tcp: vsock: unix:";
	case RSX_VALUE_TEXT:
		break;
	}
	return NULL;
}

static void bash_values(const struct rsx_optable *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct rsx_option *row = &t->row[i];
		const char *how = bash_words(row);

		if (!row->metavar)
			continue;
		printf("\t\t");
		print_pattern(row);
		printf(") ");
		if (row->kind == RSX_OPTION_WORD) {
			printf("_rsx_words");
			for (const char *p = row->metavar; *p; p += strcspn(p, "|"), p += *p == '|')
				printf(" %.*s", (int)strcspn(p, "|"), p);
		} else {
			printf("%s", how ? how : ":");
		}
		printf(" ;;\n");
	}
	printf("\t\t*) return 1 ;;\n");
}

static void bash_lists(const struct rsx_optable *t)
{
	printf("\tlocal options='");
	for (size_t i = 0; i < t->n; i++)
		printf("%s--%s", i ? " " : "", t->row[i].name);
	printf("'\n\tlocal valued=' ");
	for (size_t i = 0; i < t->n; i++) {
		if (!t->row[i].metavar)
			continue;
		printf("--%s ", t->row[i].name);
		if (t->row[i].letter)
			printf("-%c ", t->row[i].letter);
	}
	printf("'\n");
}

static void bash_calls(const struct rsx_optable *t, const char *program)
{
	printf("\t# after QUALIFIER= a list of names; the last one is completed\n"
	       "\t_rsx_calls()\n\t{\n"
	       "\t\tlocal head=${cur%%\"${cur##*[=,\\!]}\"}\n\n"
	       "\t\tif [ -z \"$head\" ]; then\n\t\t\t_rsx_words");
	for (const char *const *q = t->qualifiers; q && *q; q++)
		printf(" %s=", *q);
	printf("\n\t\t\treturn\n\t\tfi\n"
	       "\t\tmapfile -t COMPREPLY < <(compgen -P \"$head\" -W \"all none");
	for (size_t i = 0; t->set_word && t->set_word(i); i++)
		printf(" %%%s", t->set_word(i));
	printf("\n\t\t\t$(%s --list-syscalls 2>/dev/null | sed -n 's/^\\([a-z_][a-z0-9_]*\\) .*/\\1/p')\" \\\n"
	       "\t\t\t-- \"${cur##*[=,\\!]}\")\n\t}\n", program);
}

static void bash_program(void)
{
	printf("\t# the program and its arguments are completed as if typed alone\n"
	       "\tfor ((i = 1; i < ${#line[@]} - 1; i++)); do\n"
	       "\t\tcase ${line[i]} in\n"
	       "\t\t--) i=$((i + 1)); break ;;\n"
	       "\t\t-*) [[ $valued == *\" ${line[i]} \"* ]] && i=$((i + 1)) ;;\n"
	       "\t\t*) break ;;\n"
	       "\t\tesac\n\tdone\n"
	       "\tif ((i == ${#line[@]} - 1)) && [[ $cur != -* || ${line[i - 1]} == -- ]]; then\n"
	       "\t\t[[ $valued == *\" ${line[i - 1]} \"* ]] || {\n"
	       "\t\t\tmapfile -t COMPREPLY < <(compgen -c -- \"$cur\"; compgen -f -- \"$cur\")\n"
	       "\t\t\treturn\n\t\t}\n"
	       "\telif ((i < ${#line[@]} - 1)); then\n"
	       "\t\tfor ((j = 1; j < COMP_CWORD; j++)); do\n"
	       "\t\t\t[[ ${COMP_WORDS[j]} == \"${line[i]}\" && ${COMP_WORDS[j - 1]} != [=:] &&\n"
	       "\t\t\t\t$valued != *\" ${COMP_WORDS[j - 1]} \"* ]] && break\n"
	       "\t\tdone\n"
	       "\t\tif declare -F _command_offset >/dev/null; then\n"
	       "\t\t\t_command_offset \"$j\"\n"
	       "\t\telse\n"
	       "\t\t\t_rsx_files\n\t\tfi\n\t\treturn\n\tfi\n");
}

static void bash(const struct rsx_optable *t, const char *program)
{
	printf("# bash completion for %s: written by `%s --completions bash`\n"
	       "# shellcheck shell=bash disable=SC2034,SC2317\n\n", program, program);
	print_function(program);
	printf("()\n{\n\tlocal cur prev i j line\n");
	bash_lists(t);
	printf("\n\tCOMPREPLY=()\n"
	       "\tread -ra line <<<\"${COMP_LINE:0:COMP_POINT}\"\n"
	       "\t[[ ${COMP_LINE:0:COMP_POINT} == *[[:space:]] ]] && line+=('')\n"
	       "\tcur=${line[-1]} prev=${line[-2]-}\n\n"
	       "\t_rsx_words() { mapfile -t COMPREPLY < <(compgen -W \"$*\" -- \"$cur\"); }\n"
	       "\t_rsx_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); }\n"
	       "\t_rsx_folders() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); }\n"
	       "\t_rsx_processes() { _rsx_words \"$(ps -eo pid= 2>/dev/null)\"; }\n"
	       "\t_rsx_variables() { mapfile -t COMPREPLY < <(compgen -v -- \"$cur\"); }\n");
	if (t->qualifiers)
		bash_calls(t, program);
	printf("\t_rsx_value()\n\t{\n\t\tcase $1 in\n");
	bash_values(t);
	printf("\t\tesac\n\t}\n\n");
	if (t->program)
		bash_program();
	printf("\tif [[ $cur == --*=* ]]; then\n"
	       "\t\tprev=${cur%%%%=*} cur=${cur#*=}\n\tfi\n"
	       "\tif ! _rsx_value \"$prev\"; then\n\t\t_rsx_words \"$options\"\n\tfi\n"
	       "\t# what readline takes for words of their own is not to be repeated\n"
	       "\tcase $cur in\n"
	       "\t*[=:]*)\n"
	       "\t\tprev=${cur%%\"${cur##*[=:]}\"}\n"
	       "\t\tCOMPREPLY=(\"${COMPREPLY[@]#\"$prev\"}\")\n\t\t;;\n\tesac\n"
	       "\t[[ ${COMPREPLY[0]-} == *[=:] ]] && compopt -o nospace 2>/dev/null\n"
	       "\treturn 0\n}\n\ncomplete -F ");
	print_function(program);
	printf(" %s\n", program);
}

/* --- zsh --- */

/* Text inside '...' of an _arguments specification. */
static void zsh_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] == '\'')
			printf("'\\''");
		else if (strchr("[]:\\", text[i]))
			printf("\\%c", text[i]);
		else
			putchar(text[i]);
	}
}

static const char *zsh_action(const struct rsx_option *row)
{
	switch (row->value) {
	case RSX_VALUE_FILE:
	case RSX_VALUE_TWO_FILES:
		return "_files";
	case RSX_VALUE_DIR:
		return "_files -/";
	case RSX_VALUE_CALLS:
		return "_rsx_calls";
	case RSX_VALUE_PID:
		return "_pids";
	case RSX_VALUE_VARIABLE:
		return "_parameters -g \"*export*\"";
	case RSX_VALUE_ADDRESS:
		return "compadd -S \"\" tcp\\: vsock\\: unix\\:";
	case RSX_VALUE_TEXT:
		break;
	}
	return "";
}

static void zsh_row(const struct rsx_option *row)
{
	bool again = row->kind == RSX_OPTION_CALL && row->metavar && !row->once;
	size_t n = strcspn(row->help, "\n");

	printf("\t");
	if (row->letter && again)
		printf("'*'{-%c%s,--%s%s}'", row->letter, row->metavar ? "+" : "", row->name,
		       row->metavar ? "=" : "");
	else if (row->letter)
		printf("'(-%c --%s)'{-%c%s,--%s%s}'", row->letter, row->name, row->letter,
		       row->metavar ? "+" : "", row->name, row->metavar ? "=" : "");
	else
		printf("'%s--%s%s", again ? "*" : "", row->name, row->metavar ? "=" : "");
	putchar('[');
	while (n && strchr(",;:", row->help[n - 1])) /* it goes on in the next line */
		n--;
	zsh_text(row->help, n);
	putchar(']');
	if (row->metavar && row->kind == RSX_OPTION_WORD) {
		printf(":word:(");
		for (const char *p = row->metavar; *p; p++)
			putchar(*p == '|' ? ' ' : *p);
		putchar(')');
	} else if (row->metavar) {
		putchar(':');
		zsh_text(row->metavar, strlen(row->metavar));
		printf(":%s", zsh_action(row));
	}
	printf("' \\\n");
}

static void zsh_calls(const struct rsx_optable *t, const char *program)
{
	printf("_rsx_calls()\n{\n\tlocal -a names\n\n"
	       "\tif ! compset -P '*[=,!]'; then\n\t\tcompadd -S '='");
	for (const char *const *q = t->qualifiers; *q; q++)
		printf(" %s", *q);
	printf("\n\t\treturn\n\tfi\n\tnames=(all none");
	for (size_t i = 0; t->set_word && t->set_word(i); i++)
		printf(" %%%s", t->set_word(i));
	printf("\n\t\t${${(M)${(f)\"$(%s --list-syscalls 2>/dev/null)\"}:#[a-z_]*}%%%% *})\n"
	       "\tcompadd -q -S ',' -a names\n}\n\n", program);
}

static void zsh(const struct rsx_optable *t, const char *program)
{
	printf("#compdef %s\n# zsh completion for %s: written by `%s --completions zsh`\n\n", program,
	       program, program);
	if (t->qualifiers)
		zsh_calls(t, program);
	printf("_arguments -s -S \\\n");
	for (size_t i = 0; i < t->n; i++)
		zsh_row(&t->row[i]);
	if (t->program)
		printf("\t'(-)1:program: _command_names -e' \\\n\t'*:: :_normal'\n");
	else
		printf("\t&& return 0\n");
}

void rsx_optable_completions(const struct rsx_optable *t, const char *program,
			     enum rsx_shell shell)
{
	if (shell == RSX_SHELL_BASH)
		bash(t, program);
	else
		zsh(t, program);
}
