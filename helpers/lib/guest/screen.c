/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/screen.h"

#include <errno.h>
#include <string.h>

#include "guest/order.h"

#define SPICE "devices/graphics[@type='spice']"
#define VIDEO "devices/video"

/* What libvirt writes before <graphics>, then before <video>, within <devices>. */
#define BEFORE_GRAPHICS                                                                            \
	"emulator|disk|controller|lease|filesystem|interface|smartcard|serial|parallel|console|"   \
	"channel|input|tpm"
#define BEFORE_VIDEO BEFORE_GRAPHICS "|graphics|sound|audio"

static const char spice[] = "<graphics type='spice'>\n"
			    "  <listen type='none'/>\n"
			    "  <image compression='off'/>\n"
			    "  <gl enable='yes'/>\n"
			    "</graphics>";

static int remove_all(struct xml *xml, const char *path, struct msg *why)
{
	xmlNode *node;
	int r = 0;

	while (!r && (node = xml_find(xml, NULL, "%s", path)))
		r = xml_remove(xml, node, why);
	return r;
}

/* One <listen>: the first, which is none. A socket is as local, and stays. */
static int listen_locally(struct xml *xml, struct msg *why)
{
	static const char *const ports[] = {"port", "tlsPort", "autoport", "listen"};
	xmlNode *node;
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(ports) / sizeof(*ports); i++)
		r = xml_set(xml, xml_find(xml, NULL, SPICE), ports[i], NULL, why);
	if (!r && !xml_find(xml, NULL, SPICE "/listen[@type='none' or @type='socket']")) {
		node = xml_find(xml, NULL, SPICE "/listen");
		r = node ? xml_replace(xml, node, "<listen type='none'/>", why)
			 : order_first(
				   xml, xml_find(xml, NULL, SPICE), "<listen type='none'/>", why);
	}
	return r ? r
		 : remove_all(xml, SPICE "/listen[@type!='none' and @type!='socket' or not(@type)]",
			   why);
}

static int accelerate_spice(struct xml *xml, struct msg *why)
{
	xmlNode *node;
	int r = listen_locally(xml, why);

	if (!r && !xml_find(xml, NULL, SPICE "/image"))
		r = order_insert(xml, xml_find(xml, NULL, SPICE), "listen|channel",
			"<image compression='off'/>", why);
	if (r)
		return r;
	node = xml_find(xml, NULL, SPICE "/gl");
	if (!node)
		return xml_append(xml, xml_find(xml, NULL, SPICE), "<gl enable='yes'/>", why);
	return xml_is(node, "enable", "yes") ? 0 : xml_set(xml, node, "enable", "yes", why);
}

int screen_accelerate(struct xml *xml, struct msg *why)
{
	xmlNode *devices = xml_find(xml, NULL, "devices");

	if (!devices)
		return msg_fail(why, EINVAL, "the domain has no <devices>");
	if (xml_find(xml, NULL, SPICE))
		return accelerate_spice(xml, why);
	if (!xml_find(xml, NULL, "devices/graphics"))
		return order_insert(xml, devices, BEFORE_GRAPHICS, spice, why);
	if (xml_find(xml, NULL, "devices/graphics[@type='egl-headless' or gl/@enable='yes']"))
		return 0;
	return order_insert(xml, devices, "graphics", "<graphics type='egl-headless'/>", why);
}

/* The first <video> becomes one of MODEL: nothing of the other model's stays, comments do. */
static int change_model(struct xml *xml, const char *model, struct msg *why)
{
	xmlNode *video = xml_find(xml, NULL, VIDEO), *is = xml_next(video, NULL, "model");
	int r = is ? xml_replace(xml, is, model, why) : xml_append(xml, video, model, why);

	return r ? r : remove_all(xml, VIDEO "[1]/*[not(self::model)]", why);
}

int screen_without_video(struct xml *xml, struct msg *why)
{
	xmlNode *video = xml_find(xml, NULL, VIDEO);
	int r;

	if (!video)
		return order_insert(xml, xml_find(xml, NULL, "devices"), BEFORE_VIDEO,
			"<video>\n  <model type='none'/>\n</video>", why);
	r = remove_all(xml, VIDEO "[position()>1]", why);
	if (r || xml_find(xml, NULL, VIDEO "/model[@type='none']"))
		return r;
	return change_model(xml, "<model type='none'/>", why);
}

int screen_with_video(struct xml *xml, struct msg *why)
{
	if (!xml_find(xml, NULL, VIDEO "[1]/model[@type='none']"))
		return 0;
	return change_model(xml, "<model type='vga'/>", why);
}
