/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Receive-side scaling in hardware: the same symmetric key on both ports of a wire, so that both
 * directions of a connection reach the queue of one number, whichever port they come in by. The key
 * repeats 16 bits, which makes the Toeplitz hash blind to the exchange of source and destination.
 */
#include <errno.h>

#include "dp_internal.h"

#define DP_RSS_KEY_MAX 64
#define DP_RSS_KEY_USUAL 40

bool
dp_rss_can(const struct rte_eth_dev_info *info)
{
	return (info->flow_type_rss_offloads & (RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_IPV4)) !=
		       0 &&
	       info->hash_key_size <= DP_RSS_KEY_MAX;
}

int
dp_rss_conf(const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	static uint8_t key[DP_RSS_KEY_MAX];
	size_t i;

	for (i = 0; i < sizeof(key); i += 2) {
		key[i] = 0x6d;
		key[i + 1] = 0x5a;
	}
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf.rss_key = key;
	conf->rx_adv_conf.rss_conf.rss_key_len =
		info->hash_key_size > 0 ? info->hash_key_size : DP_RSS_KEY_USUAL;
	conf->rx_adv_conf.rss_conf.rss_hf =
		(RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP) & info->flow_type_rss_offloads;
	return conf->rx_adv_conf.rss_conf.rss_hf != 0 ? 0 : -ENOTSUP;
}
