/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gpu-handoff-boot: what the host needs at boot, in files of our own. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/program.h"
#include "boot/apply.h"
#include "boot/report.h"
#include "handoff/config-file.h"

static const char usage[] =
	"usage: gpu-handoff-boot [--root DIR] (plan | apply | remove | status)\n"
	"       gpu-handoff-boot [--root DIR] modules KERNEL\n"
	"Makes the host boot as /etc/gpu-handoff.conf wants it.\n"
	"  plan            show what apply would change and run, and change nothing\n"
	"  apply           write the files, make the initramfs anew, set kernel arguments\n"
	"  remove          take all of that back\n"
	"  status          say whether the host is as the configuration wants it\n"
	"  modules KERNEL  list the modules that KERNEL's initramfs needs\n"
	"  --root DIR      work on the installation below DIR\n"
	"See gpu-handoff-boot(8).\n";

static struct host host;
static struct work work;

static int plan(const char *kernel, struct msg *why)
{
	int err = host_load(&host, false, why);

	(void)kernel;
	if (err < 0)
		return err;
	err = work_make(&host, &work, why);
	if (err == 0) {
		err = report_plan(&host, &work, why);
		work_free(&work);
	}
	host_free(&host);
	return err < 0 ? err : EXIT_DONE;
}

static int status(const char *kernel, struct msg *why)
{
	int err = host_load(&host, false, why), result;

	(void)kernel;
	if (err < 0)
		return err;
	result = report_status(&host) ? EXIT_DONE : EXIT_REFUSED;
	host_free(&host);
	return result;
}

static void tell(const char *line)
{
	fflush(stdout);
	say(LOG_WARNING, "%s", line);
}

/* What a person has to do where no program of this installation, or not from here, does it. */
static bool tell_about_images(bool removing)
{
	char before[PATH_MAX + 16];

	if (!host.tree.running && host.state.pending) {
		snprintf(before, sizeof(before), "run in %s:", host.tree.root);
		work_print_commands(&work, before);
	} else if (removing && work.image_files && work.jobs.count == 0) {
		if (host.generator == GENERATOR_RPM_OSTREE)
			tell("run rpm-ostree initramfs --disable, or --enable again if you need it "
			     "otherwise, then restart");
		else if (host.generator == GENERATOR_BOOSTER)
			tell("run booster build --force for each kernel");
		return host.generator != GENERATOR_NONE;
	}
	return false;
}

/* What was interrupted is taken back; it is for the person to say when there is time for it. */
static int advise(bool removing, int err, struct msg *why)
{
	size_t at = strlen(why->text);

	if (err == -ECANCELED)
		snprintf(why->text + at, sizeof(why->text) - at,
			"; to do it after all run gpu-handoff boot %s",
			removing ? "remove" : "apply");
	return err;
}

/* Returns 1 if there was anything to do, 0, or -errno. */
static int change(bool removing, int lock, bool *left, struct msg *why)
{
	int err = work_make(&host, &work, why), did = 0;

	if (err < 0)
		return err;
	if (!work_none(&host, &work) || (removing && host.state.directories > 0)) {
		if (!removing)
			report_notes(&host);
		err = removing ? apply_remove(&host, &work, lock, why)
			       : apply(&host, &work, lock, why);
		did = 1;
	}
	if (err == 0 && tell_about_images(removing))
		*left = true;
	work_free(&work);
	return err < 0 ? advise(removing, err, why) : did;
}

/* What is left to do, as the host is now. */
static int finish(struct msg *why)
{
	const char *file;
	const struct image *stale;
	int err = host_load(&host, false, why), result = EXIT_DONE;

	if (err < 0)
		return err;
	if (host_left(&host, tell) > 0) {
		result = EXIT_REFUSED;
	} else if (host.tree.running && (stale = host_stale_image(&host, &file))) {
		say(LOG_WARNING, "%s is still older than %s: it was not made anew", stale->path,
			file);
		result = EXIT_REFUSED;
	}
	host_free(&host);
	return result;
}

static int change_locked(bool removing, bool *changed, struct msg *why)
{
	int lock, did;
	bool left = false;

	if (geteuid() != 0)
		return msg_fail(why, EPERM, "only root can do that; run it with sudo");
	umask(022);
	lock = state_lock(&host.tree, why);
	if (lock < 0)
		return lock;
	did = host_load(&host, removing, why);
	if (did == 0) {
		did = change(removing, lock, &left, why);
		host_free(&host);
	}
	close(lock);
	if (did == 0)
		puts("nothing to do");
	if (did < 0)
		return did;
	*changed = did;
	return left ? EXIT_REFUSED : EXIT_DONE;
}

/* Nothing else tells that the GPUs are still where they were. */
static int done(int result, bool changed)
{
	if (result == EXIT_DONE && changed && host.tree.running)
		puts("this holds from the next boot on");
	return result;
}

static int apply_verb(const char *kernel, struct msg *why)
{
	bool changed = false;
	int err = change_locked(false, &changed, why);

	(void)kernel;
	return err < 0 ? err : done(finish(why), changed);
}

static int remove_verb(const char *kernel, struct msg *why)
{
	bool changed = false;
	int err = change_locked(true, &changed, why);

	(void)kernel;
	return err < 0 ? err : done(err, changed);
}

static int modules(const char *kernel, struct msg *why)
{
	struct kernel_module list[KERNEL_MODULES_MAX];
	struct config *config;
	int count = config_load_below(host.tree.root, &config, why);

	if (count < 0)
		return count;
	count = kernels_modules(host.tree.root, kernel, config, list, why);
	config_free(config);
	for (int i = 0; i < count; i++)
		printf("%s %s\n", list[i].in_image ? "initramfs" : "modules-load", list[i].name);
	return count < 0 ? count : EXIT_DONE;
}

static const struct verb {
	const char *name;
	int (*run)(const char *kernel, struct msg *why);
	int arguments;
} verbs[] = {
	{"plan", plan, 0},
	{"apply", apply_verb, 0},
	{"remove", remove_verb, 0},
	{"status", status, 0},
	{"modules", modules, 1},
};

static const struct verb *find_verb(int count, char *const argument[])
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs) && count > 0; i++)
		if (strcmp(verbs[i].name, argument[0]) == 0)
			return verbs[i].arguments == count - 1 ? &verbs[i] : NULL;
	return NULL;
}

int main(int argc, char *argv[])
{
	static const struct option options[] = {{"root", required_argument, NULL, 'r'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *root = "/";
	const struct verb *verb;
	struct msg why;
	int option, result;

	program_start("gpu-handoff-boot");
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'r') {
			root = optarg;
		} else {
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_DONE : EXIT_USAGE;
		}
	}
	verb = find_verb(argc - optind, argv + optind);
	if (!verb) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	result = tree_open(root, &host.tree, &why);
	if (result == 0) {
		result = verb->run(argv[optind + 1], &why);
		tree_close(&host.tree);
	}
	if (result >= 0 && program_flush(&why) < 0)
		result = -EIO;
	if (result < 0)
		say(LOG_ERR, "%s", why.text);
	return result < 0 ? EXIT_REFUSED : result;
}
