/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The joint state of both ends as a table: state and event in, the step to take out. tcp_input
 * asks; the steps (tcp_input.c) move the state. Names and the small questions about a connection
 * are here too. Nothing here looks at a frame.
 */
#include "tcp_internal.h"

#define REFUSE(r)                                                                                  \
	{                                                                                          \
		TCP_STEP_REFUSE, TCP_##r                                                           \
	}

static const struct tcp_cell table[TCP_STATES][TCP_EVENTS] = {
	[TCP_NONE] = {
		[TCP_EV_SYN_CLIENT] = { TCP_STEP_OPEN, 0 },
		[TCP_EV_SYN_SERVER] = REFUSE(BAD_STATE),
		[TCP_EV_ANSWER_CLIENT] = REFUSE(BAD_STATE),
		[TCP_EV_ANSWER_SERVER] = { TCP_STEP_PICK_UP, 0 },
		[TCP_EV_RST_CLIENT] = REFUSE(BAD_RST),
		[TCP_EV_RST_SERVER] = REFUSE(BAD_RST),
		[TCP_EV_SEGMENT_CLIENT] = { TCP_STEP_PICK_UP, 0 },
		[TCP_EV_SEGMENT_SERVER] = { TCP_STEP_PICK_UP, 0 },
	},
	[TCP_SYN_SENT] = {
		/* Another ISN replaces the first: the server's ACK must fit the last one sent. */
		[TCP_EV_SYN_CLIENT] = { TCP_STEP_OPEN, 0 },
		/* Simultaneous open, split handshake: roles are fixed by the first SYN. */
		[TCP_EV_SYN_SERVER] = REFUSE(BAD_STATE),
		[TCP_EV_ANSWER_CLIENT] = REFUSE(BAD_STATE),
		[TCP_EV_ANSWER_SERVER] = { TCP_STEP_ANSWER, 0 },
		[TCP_EV_RST_CLIENT] = { TCP_STEP_REFUSED, 0 },
		[TCP_EV_RST_SERVER] = { TCP_STEP_REFUSED, 0 },
		/* Never without an answer; a record may lack it. */
		[TCP_EV_SEGMENT_CLIENT] = { TCP_STEP_UNANSWERED, 0 },
		/* A server that still has an old connection answers a SYN with an ACK (RFC 5961
		 * section 4): it may pass, and the client's RST behind it. */
		[TCP_EV_SEGMENT_SERVER] = { TCP_STEP_UNANSWERED, 0 },
	},
	[TCP_SYN_RECEIVED] = {
		[TCP_EV_SYN_CLIENT] = { TCP_STEP_AGAIN, 0 },
		[TCP_EV_SYN_SERVER] = REFUSE(BAD_STATE),
		[TCP_EV_ANSWER_CLIENT] = REFUSE(BAD_STATE),
		[TCP_EV_ANSWER_SERVER] = { TCP_STEP_AGAIN, 0 },
		[TCP_EV_RST_CLIENT] = { TCP_STEP_RESET, 0 },
		[TCP_EV_RST_SERVER] = { TCP_STEP_RESET, 0 },
		[TCP_EV_SEGMENT_CLIENT] = { TCP_STEP_CONFIRM, 0 },
		/* Only when the third part was lost to a capture. */
		[TCP_EV_SEGMENT_SERVER] = { TCP_STEP_CONFIRM, 0 },
	},
#define LIVE                                                                                       \
	{                                                                                          \
		[TCP_EV_SYN_CLIENT] = { TCP_STEP_KNOCK, 0 },                                       \
		[TCP_EV_SYN_SERVER] = REFUSE(BAD_STATE),                                           \
		[TCP_EV_ANSWER_CLIENT] = REFUSE(BAD_STATE),                                        \
		[TCP_EV_ANSWER_SERVER] = { TCP_STEP_AGAIN, 0 },                                    \
		[TCP_EV_RST_CLIENT] = { TCP_STEP_RESET, 0 },                                       \
		[TCP_EV_RST_SERVER] = { TCP_STEP_RESET, 0 },                                       \
		[TCP_EV_SEGMENT_CLIENT] = { TCP_STEP_SEGMENT, 0 },                                 \
		[TCP_EV_SEGMENT_SERVER] = { TCP_STEP_SEGMENT, 0 },                                 \
	}
	[TCP_ESTABLISHED] = LIVE,
	[TCP_CLOSING] = LIVE,
	[TCP_CLOSED] = {
		[TCP_EV_SYN_CLIENT] = { TCP_STEP_REUSE, 0 },
		[TCP_EV_SYN_SERVER] = { TCP_STEP_REUSE, 0 },
		[TCP_EV_ANSWER_CLIENT] = REFUSE(BAD_STATE),
		[TCP_EV_ANSWER_SERVER] = REFUSE(BAD_STATE),
		[TCP_EV_RST_CLIENT] = { TCP_STEP_RESET, 0 },
		[TCP_EV_RST_SERVER] = { TCP_STEP_RESET, 0 },
		/* A repeated FIN and the ACK that answers it (TIME-WAIT, RFC 9293 section 3.6). */
		[TCP_EV_SEGMENT_CLIENT] = { TCP_STEP_SEGMENT, 0 },
		[TCP_EV_SEGMENT_SERVER] = { TCP_STEP_SEGMENT, 0 },
	},
	[TCP_RESET] = {
		[TCP_EV_SYN_CLIENT] = { TCP_STEP_REUSE, 0 },
		[TCP_EV_SYN_SERVER] = { TCP_STEP_REUSE, 0 },
		[TCP_EV_ANSWER_CLIENT] = REFUSE(BAD_STATE),
		[TCP_EV_ANSWER_SERVER] = REFUSE(BAD_STATE),
		/* A challenge ACK and the exact RST that it provokes (RFC 5961 section 3). */
		[TCP_EV_RST_CLIENT] = { TCP_STEP_RESET, 0 },
		[TCP_EV_RST_SERVER] = { TCP_STEP_RESET, 0 },
		[TCP_EV_SEGMENT_CLIENT] = { TCP_STEP_LATE, 0 },
		[TCP_EV_SEGMENT_SERVER] = { TCP_STEP_LATE, 0 },
	},
};

struct tcp_cell
tcp_state_cell(enum tcp_state s, enum tcp_event e)
{
	return table[s][e];
}

static bool
fin_acked(const struct tcp_half *h)
{
	return (h->flags & TCP_FIN_OUT) != 0 && h->acked > h->fwd;
}

void
tcp_state_update(struct tcp_conn *c)
{
	if (c->state != TCP_ESTABLISHED && c->state != TCP_CLOSING)
		return;
	if (fin_acked(&c->half[0]) && fin_acked(&c->half[1]))
		c->state = TCP_CLOSED;
	else if (((c->half[0].flags | c->half[1].flags) & TCP_FIN_IN) != 0)
		c->state = TCP_CLOSING;
}

enum tcp_state
tcp_state(const struct tcp_conn *c)
{
	return (c->flags & TCP_WAS_ENDED) != 0 ? TCP_RESET : c->state;
}

bool
tcp_picked_up(const struct tcp_conn *c)
{
	return (c->flags & TCP_LOOSE) != 0;
}

uint8_t
tcp_flags_seen(const struct tcp_conn *c, unsigned dir)
{
	return c->half[dir].seen;
}

void
tcp_offsets(const struct tcp_conn *c, unsigned dir, struct tcp_offsets *o)
{
	const struct tcp_half *h = &c->half[dir];

	*o = (struct tcp_offsets){ .una = tcp_una(h),
				   .fwd = h->fwd,
				   .mark = h->mark,
				   .taken = h->taken,
				   .next = h->next };
}

size_t
tcp_conn_size(void)
{
	return sizeof(struct tcp_conn);
}

size_t
tcp_segment_size(void)
{
	return sizeof(struct tcp_segment);
}

const char *
tcp_state_name(enum tcp_state s)
{
	static const char *const names[TCP_STATES] = {
		"none", "syn_sent", "syn_received", "established", "closing", "closed", "reset",
	};

	return (unsigned)s < TCP_STATES ? names[s] : "?";
}
