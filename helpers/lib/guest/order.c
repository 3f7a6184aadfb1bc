/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "guest/order.h"

#include <errno.h>
#include <stdio.h>

int order_insert(struct xml *xml, xmlNode *parent, const char *leading, const char *fragment,
	struct msg *why)
{
	size_t count = xml_count(xml, parent, leading);

	if (count == 0)
		return xml_append(xml, parent, fragment, why);
	return xml_insert_after(xml, xml_at(xml, parent, leading, count - 1), fragment, why);
}

int order_first(struct xml *xml, xmlNode *parent, const char *fragment, struct msg *why)
{
	xmlNode *child = xml_next(parent, NULL, NULL);

	return child ? xml_insert_before(xml, child, fragment, why)
		     : xml_append(xml, parent, fragment, why);
}

int order_child(struct xml *xml, const char *parent, const char *name, const char *leading,
	xmlNode **out, struct msg *why)
{
	xmlNode *within = xml_find(xml, NULL, "%s", parent), *child;
	char fragment[64];
	int r;

	if (!within)
		return msg_fail(why, EINVAL, "the domain has no <%s>", parent);
	child = xml_next(within, NULL, name);
	if (!child) {
		snprintf(fragment, sizeof(fragment), "<%s/>", name);
		r = leading ? order_insert(xml, within, leading, fragment, why)
			    : order_first(xml, within, fragment, why);
		if (r)
			return r;
		child = xml_find(xml, NULL, "%s/%s", parent, name);
	}
	*out = child;
	return 0;
}
