/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "guest/migrate.h"

/* The parts of migrate, in the order in which they are called; errors as its own. */
int migrate_namespace(struct xml *xml, struct msg *why);
int migrate_sets(struct xml *xml, const struct versions *versions, struct msg *why);
int migrate_numbers(struct xml *xml, struct msg *why);
int migrate_loader(struct xml *xml, const struct migrate_loader *loader, struct msg *why);
int migrate_tables(struct xml *xml, const struct migrate_host *host, struct msg *why);
int migrate_environment(struct xml *xml, struct msg *why);
