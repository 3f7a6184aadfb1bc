/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/findings.h"

#include "base/text.h"
#include "guest/host.h"

static void print(const char *name, const struct lint_finding *f, FILE *out)
{
	struct msg line;
	char printable[sizeof(line.text)];

	snprintf(line.text, sizeof(line.text), "%s:%d: %s: %s: %s; %s", name, f->line,
		lint_severity_name(f->severity), f->place, f->text, f->remedy);
	text_printable(line.text, printable, sizeof(printable));
	fprintf(out, "%s\n", printable);
}

int findings_print(struct edit *edit, enum lint_severity least, FILE *out)
{
	static struct lint lint;
	struct lint_host host;
	int errors = 0;

	host_for_lint(edit->connection, &edit->versions, edit->other_host, &host);
	lint_domain(edit->xml, &host, &lint);
	for (size_t i = 0; i < lint.findings; i++) {
		errors += lint.finding[i].severity == LINT_ERROR;
		if (lint.finding[i].severity >= least)
			print(edit->name, &lint.finding[i], out);
	}
	if (lint.cut)
		fprintf(out, "%s: there is more; mend these first\n", edit->name);
	return errors;
}
