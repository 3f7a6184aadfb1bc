/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The line of a progress on terminals of the test's own in the place of stderr. */
#include "terminal.h"

#include <termios.h>

#include "base/progress.h"

enum { LONG = 100 * 1000 };

/* A progress of work that began 5 s ago, whose line may be shown. */
static struct progress working(void)
{
	struct progress progress;

	progress_begin(&progress);
	progress.began -= 5000;
	return progress;
}

#define SHOWN(text) "\r" text ", N s\033[K"

static void test_line(void **state)
{
	const struct terminal *t = *state;
	struct progress progress = working();

	progress_show(&progress, "%d of %d", 1, 2);
	shows(t, SHOWN("1 of 2"));
	progress.drawn = 0;
	progress_show(&progress, "%d of %d", 2, 2);
	shows(t, SHOWN("2 of 2"));
	progress_wipe(&progress);
	shows(t, "\r\033[K");
	progress_wipe(&progress);
	shows(t, "");
}

static void test_seconds(void **state)
{
	const struct terminal *t = *state;
	struct progress progress = working();
	unsigned long seconds = 0;
	char text[64] = "";

	progress.began -= LONG;
	progress_show(&progress, "text");
	must(read(t->ours, text, sizeof(text) - 1) > 0);
	assert_int_equal(sscanf(text, "\rtext, %lu s", &seconds), 1);
	assert_in_range(seconds, 105, 105 + 60);
}

static void test_not_yet(void **state)
{
	const struct terminal *t = *state;
	struct progress progress = working();

	progress.began += LONG;
	progress_show(&progress, "text");
	shows(t, "");
	progress.began -= LONG;
	progress.drawn = progress.began + LONG;
	progress_show(&progress, "text");
	progress_wipe(&progress);
	shows(t, "");
}

/* Half a second, a quarter of one: at least so long, however slow the machine is. */
static void test_how_soon(void **state)
{
	const struct terminal *t = *state;
	struct progress progress;
	uint64_t first;

	progress_begin(&progress);
	while (!progress.shown)
		progress_show(&progress, "text");
	first = progress.drawn;
	while (progress.drawn == first)
		progress_show(&progress, "text");
	assert_true(first - progress.began >= 500);
	assert_true(progress.drawn - first >= 250);
	shows(t, SHOWN("text") SHOWN("text"));
}

static void on_columns(
	const struct terminal *t, unsigned short columns, const char *text, const char *wanted)
{
	struct winsize size = {.ws_row = 25, .ws_col = columns};
	struct progress progress = working();

	must(ioctl(t->ours, TIOCSWINSZ, &size) == 0);
	progress_show(&progress, "%s", text);
	shows(t, wanted);
}

/* The last three columns are for ^C and the cursor. */
static void test_width(void **state)
{
	const char *text = "0123456789012345678901234567890123456789012345678901234567890123456789"
			   "0123456789";

	on_columns(*state, 0, text,
		SHOWN("0123456789012345678901234567890123456789012345678901234567890123456789"
		      "01"));
	on_columns(*state, 200, text,
		SHOWN("0123456789012345678901234567890123456789012345678901234567890123456789"
		      "01"));
	on_columns(*state, 40, text, SHOWN("01234567890123456789012345678901"));
	on_columns(*state, 9, text, SHOWN("0"));
	on_columns(*state, 8, text, SHOWN(""));
	on_columns(*state, 7, text, "");
	on_columns(*state, 1, text, "");
}

/* A character is shown whole, and those that may be twice as wide have the room. */
static void test_characters(void **state)
{
	on_columns(*state, 80, "a\033[31m\xff\nb", SHOWN("a\\x1b[31m\\xff\\x0ab"));
	on_columns(*state, 12, "\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc",
		SHOWN("\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc"));
	on_columns(*state, 13, "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5",
		SHOWN("\xe6\x97\xa5\xe6\x97\xa5"));
}

static void shows_nothing(const struct terminal *t)
{
	struct progress progress = working();

	assert_false(progress.on);
	progress_show(&progress, "text");
	progress_wipe(&progress);
	shows(t, "");
}

static void test_elsewhere(void **state)
{
	int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	setenv("TERM", "dumb", 1);
	shows_nothing(*state);
	setenv("TERM", "", 1);
	shows_nothing(*state);
	unsetenv("TERM");
	shows_nothing(*state);
	setenv("TERM", "xterm", 1);
	must(file >= 0 && dup2(file, STDERR_FILENO) >= 0);
	shows_nothing(*state);
	must(lseek(file, 0, SEEK_END) == 0);
	close(file);
}

/* In a session of its own, whose terminal it is: first in the foreground, then not. */
static void session(const struct terminal *t)
{
	struct progress progress = working();
	pid_t other;

	must(setsid() > 0 && ioctl(STDERR_FILENO, TIOCSCTTY, 0) == 0);
	progress_show(&progress, "foreground");
	shows(t, SHOWN("foreground"));
	other = fork();
	must(other >= 0);
	if (other == 0) {
		pause();
		_exit(0);
	}
	must(setpgid(other, other) == 0 && tcsetpgrp(STDERR_FILENO, other) == 0);
	progress.drawn = 0;
	progress_show(&progress, "background");
	progress_wipe(&progress);
	shows(t, "");
	must(kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
}

static void test_background(void **state)
{
	int status;
	pid_t pid = fork();

	must(pid >= 0);
	if (pid == 0) {
		session(*state);
		_exit(0);
	}
	must(waitpid(pid, &status, 0) == pid);
	assert_int_equal(status, 0);
}

/* As Ctrl-S does. */
static void test_stopped(void **state)
{
	const struct terminal *t = *state;
	struct progress progress = working();

	must(tcflow(STDERR_FILENO, TCOOFF) == 0);
	progress_show(&progress, "stopped");
	must(tcflow(STDERR_FILENO, TCOON) == 0);
	shows(t, "");
	progress_show(&progress, "goes on");
	shows(t, SHOWN("goes on"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_line, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_seconds, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_not_yet, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_how_soon, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_width, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_characters, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_elsewhere, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_background, terminal_open, terminal_close),
		cmocka_unit_test_setup_teardown(test_stopped, terminal_open, terminal_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
