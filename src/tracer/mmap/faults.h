/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Large mappings of remote files get their pages when they are touched. The
 * image's memfd has no pages there, the kernel tells by userfaultfd(2) of a
 * thread that misses one, and that thread sleeps until the tracer has written
 * the page to the memfd. So protections, and the signals that they cause, are
 * the program's own and the kernel's business.
 *
 * Only the program's own accesses are told of (UFFD_USER_MODE_ONLY: no privilege
 * is needed, and the tracer can never wait for itself). A system call finds no
 * page and fails: so what calls made here point at is filled before they are
 * made (faults_prefault()), and what the tracer reads, when it finds nothing.
 *
 * The kernel forgets a registration at fork(2) and mremap(2): it is made again
 * before the program goes on. Where there is no userfaultfd(2), mappings are
 * filled when they are made; and in processes that were attached to, which may
 * outlive the tracer: they would find zeroes.
 */
#ifndef RSX_TRACER_FAULTS_H
#define RSX_TRACER_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

struct mm;
struct tracee;
struct tracer;

/* In an op: be told of t's address space. 0 or -errno: it cannot be done here. */
int64_t faults_need(struct tracee *t);

/* [start, start + len), which maps an image, is filled by need from now on. 0 or -errno. */
int faults_watch(struct mm *mm, uint64_t start, uint64_t len);

/* tr->faults can be read. */
void faults_serve(struct tracer *tr);

/* Have the pages of [start, start + len) that are filled by need. True if there are such. */
bool faults_fill(struct mm *mm, uint64_t start, uint64_t len);

/*
 * The current call runs here: have the pages that its arguments point at. False:
 * it is much, and faults_prefault() is to do it.
 */
bool faults_ready(struct tracee *t);

/* The op for that. */
int64_t faults_prefault(struct tracee *t);

/* In an op: the same for a range, of t's memory or another's. 0, or -ESRCH. */
int64_t faults_fill_much(struct tracee *t, struct mm *mm, uint64_t start, uint64_t len);

/* t, at its first stop, has a copy of an address space with such mappings. */
void faults_adopt(struct tracee *t);

/* At a SIGBUS that is about to be delivered: is it of faults_serve()? Then say where. */
void faults_signal(struct tracee *t);

/* The address space is gone. */
void faults_mm_free(struct mm *mm);

#endif
