/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What tells of changes: udev's events of PCI functions, vGPUs and displays, and /run/gpu-handoff.
 */
struct watch;

/* Returns 0 or -ENOMEM. A source that there is not, or that we may not have, is done without. */
int watch_start(struct watch **out);

/*
 * Waits until something may have changed and some moments have passed without another change, and
 * in any case no longer than two seconds: who has a device open makes no event.
 */
void watch_wait(struct watch *watch);

void watch_end(struct watch *watch);
