/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/types.h>

#include "formats/lint.h"
#include "guest/connection.h"
#include "guest/migrate.h"

/*
 * What lint has to know of this host. CONNECTION may be NULL; with OTHER_HOST the domain is for
 * another one, of which nothing is known.
 */
void host_for_lint(struct connection *connection, const struct versions *versions, bool other_host,
	struct lint_host *out);

/* What migrate has to know of it. The firmware is one with variables of the size of the guest's, if
 * there is such a one here; NVRAM is that size, -1 if it is not known. */
void host_for_migrate(const struct versions *versions, off_t nvram, struct migrate_host *out);

/* Has the firmware's template of variables SIZE bytes? */
bool host_loader_fits(const struct migrate_loader *loader, off_t size);
