#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Claims reserved GPUs before udev hands every device to its driver.

[ ! -e /usr/lib/gpu-handoff/early ] || /bin/sh /usr/lib/gpu-handoff/early
