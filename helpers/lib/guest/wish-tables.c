/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "formats/ssdt.h"
#include "guest/fwcfg.h"
#include "guest/order.h"
#include "guest/tables.h"
#include "guest/wish.h"

int wish_tables(
	struct xml *xml, const struct wish *wish, const struct versions *versions, struct msg *why)
{
	xmlNode *node;
	int r;

	if (!wish->vbios && !wish->battery)
		return 0;
	r = order_child(xml, ".", "features", ORDER_BEFORE_FEATURES, &node, why);
	if (!r)
		r = order_child(xml, "features", "acpi", NULL, &node, why);
	if (!r && wish->vbios)
		r = fwcfg_set(xml, SSDT_FW_CFG, wish->vbios, versions, why);
	if (!r && wish->vbios)
		r = tables_add(xml, TABLES_VBIOS, versions, why);
	if (!r && wish->battery)
		r = tables_add(xml, TABLES_BATTERY, versions, why);
	return r;
}
