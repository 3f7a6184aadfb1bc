/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "model.h"

struct hold {
	int pidfd;
	dev_t rdev;
	struct hold *next;
};

static struct hold *holds;

void holds_add(pid_t pid, dev_t rdev)
{
	struct hold *hold = zalloc(sizeof(*hold));

	hold->pidfd = pidfd_open(pid, 0);
	hold->rdev = rdev;
	hold->next = holds;
	holds = hold;
}

unsigned int holds_count(dev_t rdev)
{
	unsigned int count = 0;

	for (const struct hold *hold = holds; hold; hold = hold->next)
		count += hold->rdev == rdev;
	return count;
}

bool holds_any(dev_t rdev)
{
	return holds_count(rdev);
}

size_t holds_pidfds(int *fds, size_t max)
{
	size_t count = 0;

	for (const struct hold *hold = holds; hold && count < max; hold = hold->next)
		fds[count++] = hold->pidfd;
	return count;
}

void holds_ended(int pidfd)
{
	for (struct hold **at = &holds; *at; at = &(*at)->next)
		if ((*at)->pidfd == pidfd) {
			struct hold *hold = *at;

			*at = hold->next;
			close(hold->pidfd);
			free(hold);
			return;
		}
}
