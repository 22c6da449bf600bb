/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Settings of the kernel interface beneath a port (net_af_packet, net_af_xdp) that would break the
 * wire without a word: frames merged by the kernel, or longer than the PMD's slots, are lost
 * silently. Asked once at start over ioctl; what is found is a line for a person with the command
 * that mends it.
 */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dp_internal.h"

static bool
dp_ethtool(int fd, const char *iface, uint32_t cmd, uint32_t *value)
{
	struct ethtool_value v = { .cmd = cmd };
	struct ifreq r = { .ifr_data = (char *)&v };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", iface);
	if (ioctl(fd, SIOCETHTOOL, &r) != 0)
		return false;
	*value = v.data;
	return true;
}

static bool
dp_link_up(int fd, const char *iface)
{
	struct ifreq r = { 0 };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", iface);
	return ioctl(fd, SIOCGIFFLAGS, &r) != 0 || (r.ifr_flags & IFF_UP) != 0;
}

static unsigned
dp_link_mtu(int fd, const char *iface)
{
	struct ifreq r = { 0 };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", iface);
	return ioctl(fd, SIOCGIFMTU, &r) == 0 ? (unsigned)r.ifr_mtu : 0;
}

/* Finding number k of this port, if it holds. */
static bool
dp_offload_look(const struct dp_port *p, unsigned k, int fd, char *buf, size_t size)
{
	uint32_t v = 0;
	unsigned mtu;

	switch (k) {
	case 0:
		if (!dp_ethtool(fd, p->iface, ETHTOOL_GGRO, &v) || v == 0)
			return false;
		snprintf(buf, size, "%s merges received frames (GRO): run: ethtool -K %s gro off",
			 p->iface, p->iface);
		return true;
	case 1:
		if (!dp_ethtool(fd, p->iface, ETHTOOL_GFLAGS, &v) || (v & ETH_FLAG_LRO) == 0)
			return false;
		snprintf(buf, size, "%s merges received frames (LRO): run: ethtool -K %s lro off",
			 p->iface, p->iface);
		return true;
	case 2:
		if (dp_link_up(fd, p->iface))
			return false;
		snprintf(buf, size, "%s is down, nothing passes: run: ip link set %s up", p->iface, p->iface);
		return true;
	default:
		mtu = dp_link_mtu(fd, p->iface);
		if (p->frame_room == 0 || mtu + DP_SLOT_OVERHEAD <= p->frame_room)
			return false;
		snprintf(buf, size,
			 "%s has MTU %u, but frames above %u bytes do not fit into the port's "
			 "slots and are lost: run: ip link set %s mtu %u, or raise framesz= of the "
			 "device",
			 p->iface, mtu, p->frame_room - DP_SLOT_OVERHEAD, p->iface,
			 p->frame_room - DP_SLOT_OVERHEAD);
		return true;
	}
}

#define DP_LOOKS 4

bool
dp_offload_finding(const struct dp *dp, unsigned *pos, char *buf, size_t size)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool found = false;
	unsigned port;

	while (fd >= 0 && !found && *pos < dp->ports * DP_LOOKS) {
		port = *pos / DP_LOOKS;
		if (dp->port[port].iface[0] != '\0')
			found = dp_offload_look(&dp->port[port], *pos % DP_LOOKS, fd, buf, size);
		(*pos)++;
	}
	if (fd >= 0)
		close(fd);
	return found;
}
