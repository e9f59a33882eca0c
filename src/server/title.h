/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What ps(1) shows as this process's command line.
 */
#ifndef RSX_SERVER_TITLE_H
#define RSX_SERVER_TITLE_H

/* Where main()'s arguments and the environment lie: before anything moves them. */
void rsx_title_init(int argc, char **argv, char **envp);

/*
 * In a process of its own, as the room is taken from its arguments and its
 * environment, which is empty from now on. As much of `text` as fits.
 */
void rsx_title_set(const char *text);

#endif
