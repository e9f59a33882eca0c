/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libunwind, loaded when a stack is asked for and not before: with the
 * libraries that it needs it would make every start of rsx-trace slower.
 */
#ifndef RSX_REPORT_UNWIND_API_H
#define RSX_REPORT_UNWIND_API_H

#include <libunwind-ptrace.h>
#include <stdbool.h>

/* Exported by libunwind for unwinders with tables of their own; not in its headers. */
#define dwarf_search_unwind_table UNW_OBJ(dwarf_search_unwind_table)
int dwarf_search_unwind_table(unw_addr_space_t as, unw_word_t ip, unw_dyn_info_t *di,
			      unw_proc_info_t *pi, int need_unwind_info, void *arg);

/* Member, function. The functions' names are macros with the architecture in them. */
#define UNWIND_API(F)                                \
	F(create_addr_space, unw_create_addr_space)   \
	F(destroy_addr_space, unw_destroy_addr_space) \
	F(set_caching_policy, unw_set_caching_policy) \
	F(flush_cache, unw_flush_cache)               \
	F(init_remote, unw_init_remote)               \
	F(get_reg, unw_get_reg)                       \
	F(step, unw_step)                             \
	F(search_table, dwarf_search_unwind_table)    \
	F(upt_create, _UPT_create)                    \
	F(upt_destroy, _UPT_destroy)                  \
	F(upt_access_reg, _UPT_access_reg)            \
	F(upt_access_fpreg, _UPT_access_fpreg)        \
	F(upt_find_proc_info, _UPT_find_proc_info)

struct unwind_api {
#define MEMBER(member, function) __typeof__(&function) member;
	UNWIND_API(MEMBER)
#undef MEMBER
};

extern struct unwind_api unwind_api;

/* Once. False after one line on stderr. */
bool unwind_api_load(void);

#endif
