/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "formats/xml.h"

/*
 * What shows a guest on the host: <graphics> and <video>. All return 0 or errors of xml_set and the
 * like, and change nothing that is as it shall be.
 */

/*
 * A vGPU's display needs OpenGL: SPICE without a port (QEMU has OpenGL only locally), for a guest
 * with VNC alone egl-headless beside it. A guest without <graphics> gets SPICE.
 */
int screen_accelerate(struct xml *xml, struct msg *why);

/* No emulated card: one <video> that is none, which keeps libvirt from adding one. */
int screen_without_video(struct xml *xml, struct msg *why);

/* A <video> that is none becomes a VGA card. */
int screen_with_video(struct xml *xml, struct msg *why);
