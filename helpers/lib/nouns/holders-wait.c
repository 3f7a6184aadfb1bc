/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "nouns/holders.h"

enum { AGAIN_MS = 200 };

/*
 * Waits for a sign that one of the holders has let go, at most MS. No sign is sure to come (an
 * O_PATH descriptor is closed in silence, a node in a container has a path that is none here), so
 * failures to watch are ignored: the next scan decides.
 */
static void wait_for_change(const struct holders *holders,
	bool (*wanted)(const struct holder *, void *), void *argument, int inotify, int ms)
{
	struct pollfd p[HOLDERS_MAX + 1] = {{.fd = inotify, .events = POLLIN}};
	char events[4096];
	nfds_t n = 1;

	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->holder[i];

		if (!wanted(holder, argument))
			continue;
		if (strncmp(holder->path, "/dev/", 5) == 0)
			inotify_add_watch(inotify, holder->path, IN_CLOSE);
		p[n].fd = (int)syscall(SYS_pidfd_open, holder->pid, 0);
		p[n].events = POLLIN;
		if (p[n].fd < 0 && errno == ESRCH)
			ms = 0;
		n++;
	}
	if (poll(p, n, ms) > 0 && p[0].revents)
		while (read(inotify, events, sizeof(events)) > 0)
			;
	for (nfds_t i = 1; i < n; i++)
		if (p[i].fd >= 0)
			close(p[i].fd);
}

static bool any_wanted(const struct holders *holders, bool (*wanted)(const struct holder *, void *),
	void *argument)
{
	for (size_t i = 0; i < holders->count; i++)
		if (wanted(&holders->holder[i], argument))
			return true;
	return holders->omitted > 0;
}

int holders_wait(const struct nodes *nodes, bool (*wanted)(const struct holder *, void *),
	void *argument, struct deadline deadline, struct holders *out)
{
	int inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), err;

	for (;;) {
		int left = deadline_left(deadline);

		/* the time is taken before the scan: one scan at least follows the deadline */
		err = holders_scan(nodes, out);
		if (err || !any_wanted(out, wanted, argument))
			break;
		if (left == 0) {
			err = -ETIMEDOUT;
			break;
		}
		wait_for_change(out, wanted, argument, inotify, left < AGAIN_MS ? left : AGAIN_MS);
	}
	if (inotify >= 0)
		close(inotify);
	return err;
}
