/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/deadline.h"

#include <time.h>

uint64_t deadline_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

struct deadline deadline_in(unsigned int seconds)
{
	return (struct deadline){.at = deadline_now() + (uint64_t)seconds * 1000};
}

int deadline_left(struct deadline deadline)
{
	const uint64_t day = 24ull * 3600 * 1000;
	uint64_t t = deadline_now();

	if (t >= deadline.at)
		return 0;
	return (int)(deadline.at - t < day ? deadline.at - t : day);
}
