/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RSX_TRACER_DOCTOR_H
#define RSX_TRACER_DOCTOR_H

struct tracer;

/*
 * --doctor: try all that a run needs, print a line for each, and for each that
 * fails what to do. Runs no program. 0, or the exit code of the first failure.
 */
int doctor_run(struct tracer *tr);

#endif
