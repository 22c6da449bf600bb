/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Addresses and networks of texts. In: lists of the configuration, addresses that mails name; out: is
 * this one in that list. Control plane and writer only: lists are short and searched one by one.
 */
#include "event_nets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

struct event_net {
	struct event_addr addr;
	unsigned bits;
};

int
event_addr_parse(struct span text, struct event_addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char word[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(word))
		return -EINVAL;
	memcpy(word, text.ptr, text.len);
	word[text.len] = '\0';
	if (inet_pton(AF_INET, word, a->b + 12) == 1) {
		memcpy(a->b, mapped, sizeof(mapped));
		return 0;
	}
	return inet_pton(AF_INET6, word, a->b) == 1 ? 0 : -EINVAL;
}

bool
event_addr_is(struct span text)
{
	struct event_addr a;

	return event_addr_parse(text, &a) == 0;
}

static int
net_parse(struct span text, struct event_net *net)
{
	ptrdiff_t slash = span_chr(text, '/');
	struct span host = slash < 0 ? text : span_take(text, (size_t)slash);
	bool v4 = span_chr(host, ':') < 0;
	uint64_t bits = v4 ? 32 : 128;

	if (event_addr_parse(host, &net->addr) != 0 ||
	    (slash >= 0 && span_to_u64(span_skip(text, (size_t)slash + 1), bits, &bits) != 0))
		return -EINVAL;
	net->bits = (unsigned)bits + (v4 ? 96 : 0);
	return 0;
}

static bool
holds(const struct event_net *net, const struct event_addr *a)
{
	unsigned whole = net->bits / 8, rest = net->bits % 8;

	if (memcmp(net->addr.b, a->b, whole) != 0)
		return false;
	return rest == 0 || ((net->addr.b[whole] ^ a->b[whole]) >> (8 - rest)) == 0;
}

int
event_nets_open(struct event_nets *nets, const char *key, const char *const *text, size_t count,
		struct err *err)
{
	*nets = (struct event_nets){ .net = calloc(count > 0 ? count : 1, sizeof(*nets->net)) };
	if (nets->net == NULL)
		return err_set(err, -ENOMEM, "no memory for %s", key);
	for (size_t i = 0; i < count; i++) {
		if (net_parse(span_str(text[i]), &nets->net[i]) != 0) {
			err_set(err, -EINVAL, "%s: \"%s\" is no network", key, text[i]);
			err_hint(err, "write an address and a prefix length, as 192.0.2.0/24");
			event_nets_close(nets);
			return -EINVAL;
		}
	}
	nets->count = count;
	return 0;
}

void
event_nets_close(struct event_nets *nets)
{
	free(nets->net);
	*nets = (struct event_nets){ .net = NULL };
}

int
event_nets_find(const struct event_nets *nets, const struct event_addr *a)
{
	for (size_t i = 0; i < nets->count; i++)
		if (holds(&nets->net[i], a))
			return (int)i;
	return -1;
}

bool
event_addr_is_private(const struct event_addr *a)
{
#define V4(a, b, c, d, n)                                                                          \
	{                                                                                          \
		{                                                                                  \
			{                                                                          \
				[10] = 0xff, [11] = 0xff, [12] = a, [13] = b, [14] = c, [15] = d  \
			}                                                                          \
		},                                                                                 \
			96 + (n)                                                                   \
	}
	/* RFC 1918, 6598, 1122, 3927, 6890, 5737, 2544, 4193, 4291, 3849 */
	static const struct event_net net[] = {
		V4(10, 0, 0, 0, 8), V4(172, 16, 0, 0, 12), V4(192, 168, 0, 0, 16),
		V4(100, 64, 0, 0, 10), V4(127, 0, 0, 0, 8), V4(169, 254, 0, 0, 16),
		V4(0, 0, 0, 0, 8), V4(192, 0, 0, 0, 24), V4(192, 0, 2, 0, 24),
		V4(198, 51, 100, 0, 24), V4(203, 0, 113, 0, 24), V4(198, 18, 0, 0, 15),
		V4(224, 0, 0, 0, 24), V4(239, 0, 0, 0, 8), V4(240, 0, 0, 0, 4),
		{ { { [15] = 0 } }, 127 }, { { { 0xfc } }, 7 }, { { { 0xfe, 0x80 } }, 9 },
		{ { { 0x20, 0x01, 0x0d, 0xb8 } }, 32 },
	};
#undef V4

	for (size_t i = 0; i < sizeof(net) / sizeof(net[0]); i++)
		if (holds(&net[i], a))
			return true;
	return false;
}
