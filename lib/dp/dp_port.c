/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One port: found by name or number, looked at (what driver, over which kernel interface, is it a
 * file?), configured with its queues, started and stopped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_devargs.h>

#include "dp_internal.h"

#define DP_ROOM_LEAST 2048
#define DP_LINK_OVERHEAD 26 /* Ethernet, two tags, frame check */

/* "name (0), name (1)" of all ports. */
static void
dp_port_names(struct str *s)
{
	char name[RTE_ETH_NAME_MAX_LEN];
	uint16_t id;

	RTE_ETH_FOREACH_DEV(id)
	{
		if (rte_eth_dev_get_name_by_port(id, name) == 0)
			str_printf(s, "%s%s (%u)", s->len > 0 ? ", " : "", name, id);
	}
}

int
dp_port_find(const char *name, uint16_t *id, struct err *err)
{
	char text[200];
	struct str s;
	uint64_t n;

	if (rte_eth_dev_get_port_by_name(name, id) == 0)
		return 0;
	if (span_to_u64(span_str(name), RTE_MAX_ETHPORTS - 1, &n) == 0 &&
	    rte_eth_dev_is_valid_port((uint16_t)n)) {
		*id = (uint16_t)n;
		return 0;
	}
	str_open(&s, text, sizeof(text));
	dp_port_names(&s);
	err_set(err, -ENODEV, "there is no port '%s'", name);
	err_hint(err, "DPDK gave: %s", s.len > 0 ? text : "none; see eal.vdev and eal.allow");
	return -ENODEV;
}

/* The value of key= in a device's arguments. */
static bool
dp_devarg(const char *args, const char *key, char *value, size_t size)
{
	size_t len = strlen(key), n;
	const char *p = args;

	while (p != NULL && *p != '\0') {
		if (strncmp(p, key, len) == 0 && p[len] == '=') {
			n = strcspn(p + len + 1, ",");
			n = n < size ? n : size - 1;
			memcpy(value, p + len + 1, n);
			value[n] = '\0';
			return true;
		}
		p = strchr(p, ',');
		p = p != NULL ? p + 1 : NULL;
	}
	return false;
}

/* What the port is; nothing is changed. */
int
dp_port_look(struct dp_port *p, struct err *err)
{
	const struct rte_devargs *devargs;
	struct rte_eth_dev_info info;
	char value[DP_NAME];
	const char *args;

	if (rte_eth_dev_info_get(p->id, &info) != 0 ||
	    rte_eth_dev_get_name_by_port(p->id, p->name) != 0)
		return err_set(err, -EIO, "port %u does not say what it is", p->id);
	devargs = info.device != NULL ? rte_dev_devargs(info.device) : NULL;
	args = devargs != NULL && devargs->args != NULL ? devargs->args : "";
	p->link = NET_LINK_ETHER;
	p->rss = dp_rss_can(&info);
	p->file = strcmp(info.driver_name, "net_pcap") == 0 &&
		  dp_devarg(args, "rx_pcap", value, sizeof(value)) &&
		  !dp_devarg(args, "infinite_rx", value, sizeof(value));
	if (!dp_devarg(args, "iface", p->iface, sizeof(p->iface)))
		p->iface[0] = '\0';
	if (strcmp(info.driver_name, "net_af_packet") == 0)
		p->frame_room = dp_devarg(args, "framesz", value, sizeof(value))
					? (unsigned)strtoul(value, NULL, 10)
					: 2048;
	else if (strcmp(info.driver_name, "net_af_xdp") == 0)
		p->frame_room = 2048;
	return 0;
}

/* Bytes of a buffer that any frame of this port fits in. */
unsigned
dp_port_room(const struct dp_port *p, unsigned mtu)
{
	unsigned room = RTE_MAX(mtu + DP_LINK_OVERHEAD, (unsigned)DP_ROOM_LEAST);

	return RTE_ALIGN_CEIL(RTE_MAX(room, p->frame_room), 64u);
}

static int
dp_port_fail(const struct dp_port *p, int r, const char *what, struct err *err)
{
	err_set(err, r, "port %s: %s: %s", p->name, what, strerror(-r));
	return r;
}

static int
dp_port_queues(struct dp *dp, struct dp_port *p, const struct rte_eth_dev_info *info,
	       struct err *err)
{
	uint16_t rxd = dp->set.rxd > 0 ? (uint16_t)dp->set.rxd : 1024;
	uint16_t txd = dp->set.txd > 0 ? (uint16_t)dp->set.txd : 1024;
	int socket = rte_eth_dev_socket_id(p->id), r;
	uint16_t q;

	r = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &rxd, &txd);
	if (r != 0)
		return dp_port_fail(p, r, "queue sizes", err);
	for (q = 0; q < p->rx_queues; q++) {
		r = rte_eth_rx_queue_setup(p->id, q, rxd, socket, &info->default_rxconf, dp->pool);
		if (r != 0)
			return dp_port_fail(p, r, "receive queue", err);
	}
	for (q = 0; q < p->tx_queues; q++) {
		r = rte_eth_tx_queue_setup(p->id, q, txd, socket, &info->default_txconf);
		if (r != 0)
			return dp_port_fail(p, r, "transmit queue", err);
	}
	return 0;
}

static int
dp_port_mtu(const struct dp *dp, const struct dp_port *p, struct err *err)
{
	unsigned mtu = dp->set.mtu;
	int r;

	if (mtu == 0 || p->file)
		return 0;
	r = rte_eth_dev_set_mtu(p->id, (uint16_t)mtu);
	if (r == 0 || r == -ENOTSUP)
		return 0;
	/* net_af_packet says 1518 whatever its slots hold; with slots that are large enough, the
	 * interface's own MTU counts */
	if (p->frame_room > 0 && p->frame_room >= mtu + DP_SLOT_OVERHEAD)
		return 0;
	dp_port_fail(p, r, "MTU", err);
	if (p->frame_room > 0)
		err_hint(err, "for cores.mtu %u, raise framesz= of the device to %u or more", mtu,
			 RTE_ALIGN_CEIL(mtu + DP_SLOT_OVERHEAD, 2048u));
	return r;
}

int
dp_port_up(struct dp *dp, struct dp_port *p, struct err *err)
{
	struct rte_eth_conf conf = { .rxmode.mq_mode = RTE_ETH_MQ_RX_NONE };
	struct rte_eth_dev_info info;
	int r = rte_eth_dev_info_get(p->id, &info);

	if (r != 0)
		return dp_port_fail(p, r, "information", err);
	if (p->rx_queues > 1 && dp_rss_conf(&info, &conf) != 0)
		return dp_port_fail(p, -ENOTSUP, "receive-side scaling", err);
	conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	r = rte_eth_dev_configure(p->id, p->rx_queues, p->tx_queues, &conf);
	if (r != 0)
		return dp_port_fail(p, r, "configuration", err);
	r = dp_port_mtu(dp, p, err);
	if (r != 0)
		return r;
	r = dp_port_queues(dp, p, &info, err);
	if (r != 0)
		return r;
	r = rte_eth_dev_start(p->id);
	if (r != 0)
		return dp_port_fail(p, r, "start", err);
	/* frames for others pass here: that is what a wire is */
	r = rte_eth_promiscuous_enable(p->id);
	return r == 0 || r == -ENOTSUP ? 0 : dp_port_fail(p, r, "promiscuous mode", err);
}

void
dp_port_down(struct dp_port *p)
{
	rte_eth_dev_stop(p->id);
}
