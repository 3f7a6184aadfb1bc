/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/edit.h"

/*
 * What a person can have done to a guest's definition. Results are on stdout; TELL gets what
 * hinders nothing, one line each, and is for stderr. All return an exit status, or a negative
 * errno with WHY set.
 */
struct request {
	struct edit_source source;
	struct edit_wish wish;
	bool force; /* undo: also if somebody edited the definition since */
	void (*tell)(const char *line);
};

int verb_plan(struct request *r, struct msg *why);
int verb_apply(struct request *r, struct msg *why);
int verb_migrate(struct request *r, struct msg *why);
int verb_undo(struct request *r, struct msg *why);
int verb_lint(struct request *r, struct msg *why);
