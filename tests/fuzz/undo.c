/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An undo file: whatever it holds, it is refused or every line of it can be written again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "handoff/undo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct undo *undo)
{
	char text[STEP_TEXT_SIZE], state[UNDO_STATE_SIZE];
	struct step again;

	for (size_t i = 0; i < undo->lines; i++) {
		step_format(&undo->line[i].step, text);
		if (step_parse(text, &again) < 0 ||
			!step_same_object(&again, &undo->line[i].step) ||
			strlen(text) + 1 != undo->line[i].length)
			abort();
	}
	if (undo->end > 0 && undo_format_state(undo, state) != strlen(state))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct undo undo;
	struct msg why = {.text = ""};
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	undo = (struct undo){.uuid = "6f0e09e1-a7d4-4d33-b4f8-0dc69eaaed9b"};
	if (undo_parse(&undo, text, &why) == 0)
		check(&undo);
	else if (!*why.text)
		abort();
	free(undo.name);
	free(text);
	return 0;
}
