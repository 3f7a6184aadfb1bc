/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A stand-in for systemctl. /run/laptop-units has a line "NAME STATE" a unit: active, inactive,
 * failed; `fails` (active, but stop, start and reload fail) and `hangs` (active, and they never
 * return). A unit without a line does not exist; a STATE that begins with = makes NAME an alias of
 * the rest. stop ends the processes that /run/laptop-unit/NAME lists and waits for that; reload
 * sends them SIGHUP, and tells of it in /run/laptop-show/NAME if there is that directory; show
 * prints that as well. enable, disable, is-enabled and all that is asked with --root= are the real
 * systemctl's, in a root directory that has it as REAL. Each call's arguments become a line of
 * /run/laptop-systemctl.log.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define UNITS "/run/laptop-units"
#define REAL  "/usr/lib/laptop/systemctl"

/* A name without a suffix is a service. */
static void full_name(const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s%s", name, strchr(name, '.') ? "" : ".service");
}

/* Returns whether there is such a unit. */
static bool state_of(const char *unit, char state[static 256])
{
	char name[256], found[256];
	FILE *file = fopen(UNITS, "re");
	bool known = false;

	strcpy(state, "inactive");
	while (file && fscanf(file, "%255s %255s", name, found) == 2)
		if (!strcmp(name, unit)) {
			strcpy(state, found);
			known = true;
		}
	if (file)
		fclose(file);
	return known;
}

/* The unit's own name: what an alias stands for. */
static void resolve(char *unit, size_t size)
{
	char state[256];

	if (state_of(unit, state) && *state == '=')
		snprintf(unit, size, "%s", state + 1);
}

static void set_state(const char *unit, const char *state)
{
	char name[256], old[256];
	FILE *in = fopen(UNITS, "re"), *out = fopen(UNITS ".new", "we");
	bool found = false;

	if (!out)
		err(1, UNITS ".new");
	while (in && fscanf(in, "%255s %255s", name, old) == 2) {
		bool this = !strcmp(name, unit);

		found |= this;
		fprintf(out, "%s %s\n", name, this ? state : old);
	}
	if (!found)
		fprintf(out, "%s %s\n", unit, state);
	if (in)
		fclose(in);
	if (fclose(out) || rename(UNITS ".new", UNITS))
		err(1, UNITS);
}

static void end_processes(const char *unit)
{
	char path[512];
	FILE *file;
	int pid;

	snprintf(path, sizeof(path), "/run/laptop-unit/%s", unit);
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1) {
		struct pollfd end = {pidfd_open(pid, 0), POLLIN, 0};

		if (end.fd < 0)
			continue;
		kill(pid, SIGTERM);
		poll(&end, 1, -1);
		close(end.fd);
	}
	if (file)
		fclose(file);
	unlink(path);
}

/* As systemd tells of a reload: the unit's last change is later than its start. */
static void tell_reload(const char *unit)
{
	char path[512], new[520], line[512], stamp[64];
	struct timespec now;
	struct tm tm;
	FILE *in, *out;

	snprintf(path, sizeof(path), "/run/laptop-show/%s", unit);
	snprintf(new, sizeof(new), "%s.new", path);
	out = fopen(new, "we");
	if (!out && errno == ENOENT)
		return;
	if (!out)
		err(1, "%s", new);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in))
		if (strncmp(line, "ReloadResult=", 13) &&
			strncmp(line, "StateChangeTimestamp=", 21))
			fputs(line, out);
	if (in)
		fclose(in);
	clock_gettime(CLOCK_REALTIME, &now);
	strftime(stamp, sizeof(stamp), "%a %F %T", gmtime_r(&now.tv_sec, &tm));
	fprintf(out, "ReloadResult=success\nStateChangeTimestamp=%s.%06ld UTC\n", stamp,
		now.tv_nsec / 1000);
	if (fclose(out) || rename(new, path))
		err(1, "%s", path);
}

static int reload(const char *unit, const char *state)
{
	char path[512];
	FILE *file;
	int pid;

	if (strcmp(state, "active") && strcmp(state, "hangs")) {
		fprintf(stderr, "Job for %s failed.\n", unit);
		return 1;
	}
	snprintf(path, sizeof(path), "/run/laptop-unit/%s", unit);
	file = fopen(path, "re");
	while (file && fscanf(file, "%d", &pid) == 1)
		kill(pid, SIGHUP);
	if (file)
		fclose(file);
	tell_reload(unit);
	return 0;
}

/* What needs no systemd that runs. */
static int ask_real(const char *verb, const char *unit)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		err(1, "fork");
	if (!child) {
		execl(REAL, "systemctl", "--root=/", verb, "--", unit, NULL);
		err(1, REAL);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* stop or start; 0 or an exit status */
static int change(const char *unit, bool start)
{
	char state[256];

	state_of(unit, state);
	if (!strcmp(state, "hangs"))
		for (;;)
			pause();
	if (!strcmp(state, "fails")) {
		fprintf(stderr, "Job for %s failed.\n", unit);
		return 1;
	}
	if (!start)
		end_processes(unit);
	set_state(unit, start ? "active" : "inactive");
	return 0;
}

static bool is_active(const char *state)
{
	return !strcmp(state, "active") || !strcmp(state, "fails") || !strcmp(state, "hangs");
}

static void show_more(const char *unit)
{
	char line[512];
	FILE *file;

	snprintf(line, sizeof(line), "/run/laptop-show/%s", unit);
	file = fopen(line, "re");
	while (file && fgets(line, sizeof(line), file))
		fputs(line, stdout);
	if (file)
		fclose(file);
}

static int run(const char *verb, const char *unit, bool quiet)
{
	char state[256];
	bool known = state_of(unit, state);

	if (!strcmp(verb, "is-active")) {
		if (!quiet)
			puts(is_active(state) ? "active" : state);
		return is_active(state) ? 0 : 3;
	}
	if (!strcmp(verb, "show")) {
		printf("Id=%s\nLoadState=%s\nActiveState=%s\nSubState=%s\n", unit,
			known ? "loaded" : "not-found", is_active(state) ? "active" : state,
			is_active(state) ? "running" : "dead");
		show_more(unit);
		return 0;
	}
	if (!strcmp(verb, "reset-failed")) {
		if (!strcmp(state, "failed"))
			set_state(unit, "inactive");
		return 0;
	}
	if (!strcmp(verb, "stop") || !strcmp(verb, "start"))
		return change(unit, !strcmp(verb, "start"));
	if (!strcmp(verb, "reload"))
		return reload(unit, state);
	if (!strcmp(verb, "enable") || !strcmp(verb, "disable") || !strcmp(verb, "is-enabled"))
		return ask_real(verb, unit);
	errx(1, "Unknown command verb %s.", verb);
}

static void record(int argc, char **argv)
{
	int fd = open("/run/laptop-systemctl.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	for (int i = 1; fd >= 0 && i < argc; i++)
		dprintf(fd, "%s%s", argv[i], i + 1 < argc ? " " : "\n");
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	const char *verb = NULL;
	bool quiet = false, now = false;
	int status = 0;

	record(argc, argv);
	for (int i = 1; i < argc; i++) {
		char unit[256];
		int rc;

		if (!strncmp(argv[i], "--root=", strlen("--root="))) {
			execv(REAL, argv);
			err(1, REAL);
		}
		if (!strcmp(argv[i], "--quiet") || !strcmp(argv[i], "-q"))
			quiet = true;
		else if (!strcmp(argv[i], "--now"))
			now = true;
		if (*argv[i] == '-')
			continue;
		if (!verb) {
			verb = argv[i];
			continue;
		}
		full_name(argv[i], unit, sizeof(unit));
		resolve(unit, sizeof(unit));
		rc = run(verb, unit, quiet);
		if (!rc && now)
			rc = change(unit, !strcmp(verb, "enable"));
		if (rc)
			status = rc;
	}
	if (!verb)
		errx(1, "a verb is expected");
	return status;
}
