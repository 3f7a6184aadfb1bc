/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "formats/lint-parts.h"

static lint_trap *const traps[] = {
	lint_set_hostdev,
	lint_set_other,
	lint_namespace,
	lint_override_dropped,
	lint_override_value,
	lint_override_empty,
	lint_override_nobody,
	lint_i965,
	lint_address,
	lint_split,
	lint_multifunction,
	lint_managed,
	lint_machine,
	lint_bios,
	lint_rom_shown,
	lint_no_rom,
	lint_hidden,
	lint_vendor_id,
	lint_video,
	lint_gl,
	lint_ramfb_missing,
	lint_ramfb_alone,
	lint_resolution,
	lint_loader,
	lint_slic,
	lint_confined,
	lint_separators,
	lint_vbios,
	lint_battery,
};

const char *lint_severity_name(enum lint_severity severity)
{
	static const char *const names[] = {
		[LINT_NOTE] = "note",
		[LINT_WARNING] = "warning",
		[LINT_ERROR] = "error",
	};

	return names[severity];
}

void lint_add(const struct look *look, enum lint_severity severity, xmlNode *node,
	const char *place, const char *remedy, const char *format, ...)
{
	struct lint *out = look->out;
	struct lint_finding *finding = &out->finding[out->findings];
	char text[sizeof(finding->text)];
	va_list ap;

	if (out->findings == LINT_FINDINGS_MAX) {
		out->cut = true;
		return;
	}
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	out->findings++;
	finding->severity = severity;
	finding->line = xml_line(look->xml, node);
	text_printable(place, finding->place, sizeof(finding->place));
	text_printable(text, finding->text, sizeof(finding->text));
	text_printable(remedy, finding->remedy, sizeof(finding->remedy));
}

/* By line; those of one line stay in the order of the traps. */
static void sort(struct lint *out)
{
	for (size_t i = 1; i < out->findings; i++)
		for (size_t j = i; j > 0 && out->finding[j - 1].line > out->finding[j].line; j--) {
			struct lint_finding finding = out->finding[j];

			out->finding[j] = out->finding[j - 1];
			out->finding[j - 1] = finding;
		}
}

void lint_domain(const struct xml *xml, const struct lint_host *host, struct lint *out)
{
	struct look look = {xml, host, out};

	out->findings = 0;
	out->cut = false;
	for (size_t i = 0; i < sizeof(traps) / sizeof(*traps); i++)
		traps[i](&look);
	sort(out);
}
