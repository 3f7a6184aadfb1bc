/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* From here on the calling process and its children ask the returned descriptor before they load
 * or unload a module. */
int supervisor_install(void);

/* Answers one such call, or later by supervisor_retry; PROC is a descriptor of a /proc of our own
 * PID namespace. */
void supervisor_serve(int listener, int proc);

/* Answers those that are no longer held up. */
void supervisor_retry(int listener, int proc);
