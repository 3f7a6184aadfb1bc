/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Serves the tree over FD, an open /dev/fuse that is mounted. */
void fs_start(int fd);

/* One request, if there is one; -1 when the file system is gone. */
int fs_serve(void);
