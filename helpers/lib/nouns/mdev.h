/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "nouns/nodes.h"
#include "nouns/noun.h"

/* The kernel's parents and types (Documentation/driver-api/vfio-mediated-device.rst) */
enum { MDEV_NAME_SIZE = 96, MDEV_PARENTS_MAX = 256, MDEV_TYPES_MAX = 256 };

/* Could TEXT be the name of a parent or type? It becomes part of a path. */
bool mdev_name(const char *text);

/* Free instances of a type now; advisory, types share one pool. Returns it or -errno. */
long mdev_available(const char *parent, const char *type);

/* Is the type's device_api vfio-pci? */
bool mdev_is_pci(const char *parent, const char *type);

/* "PARENT/TYPE" of an existing mdev, or "absent": what noun_mdev reads. */
int mdev_state(const char *uuid, char state[static STATE_SIZE]);

/* Adds the nodes by which a guest has an existing mdev open: /dev/vfio/GROUP and, with iommufd,
 * /dev/vfio/devices/vfioN. Returns 0 or -errno. */
int mdev_nodes(const char *uuid, struct nodes *nodes);

/* Does the parent offer the type at all? */
bool mdev_offers(const char *parent, const char *type);

/* Does mdevctl keep a definition of it (/etc/mdevctl.d/PARENT/UUID)? */
bool mdev_is_defined(const char *parent, const char *uuid);
