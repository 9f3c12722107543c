/* SPDX-License-Identifier: MIT */
/* Socket addresses: a byte that says how many bytes are a sockaddr, those, and
 * the text of a network. */
#include "fuzz.h"

#include "base/cleanup.h"
#include "policy/address.h"

#include <string.h>

/* A copy of exactly that size, so that a byte too far is found. */
static void *exact(const void *bytes, size_t size)
{
	void *copy = cb_alloc(size);

	if (size)
		memcpy(copy, bytes, size);
	return copy;
}

/* What events show of an address is, in a rule, a network with it inside. */
static void is_in_its_own_network(const struct cb_address *a)
{
	CB_AUTO_BUF struct cb_buf text = CB_BUF_INIT;
	struct cb_network n;

	cb_address_format(a, &text);
	if (a->kind != CB_ADDRESS_INET && a->kind != CB_ADDRESS_INET6)
		return;
	FZ_HOLDS(!cb_network_parse(&n, text.data, NULL));
	FZ_HOLDS(cb_network_contains(&n, a));
	FZ_HOLDS(n.port == a->port);
}

static void take_address(const struct cb_address *a, const char *network)
{
	struct cb_network n;

	FZ_HOLDS(a->name_len <= sizeof a->name);
	FZ_HOLDS(!(cb_address_is_loopback(a) && cb_address_is_any(a)));
	is_in_its_own_network(a);
	if (!cb_network_parse(&n, network, NULL)) {
		FZ_HOLDS(n.bits <= (n.kind == CB_ADDRESS_INET ? 32 : 128));
		FZ_HOLDS(n.port >= -1 && n.port <= 65535);
		if (cb_network_contains(&n, a))
			FZ_HOLDS(a->kind == n.kind && (n.port < 0 || n.port == a->port));
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fz_input in = { data, size };
	size_t len = fz_byte(&in) % 140u;
	CB_AUTO_FREE void *raw = NULL;
	CB_AUTO_FREE char *network = NULL;
	struct cb_address a;

	len = len < in.size ? len : in.size;
	raw = exact(in.data, len);
	in.data += len;
	in.size -= len;
	network = fz_text(&in);
	if (!cb_address_decode(&a, raw, len))
		take_address(&a, network);
	if (!cb_address_decode_unspec_inet(&a, raw, len))
		take_address(&a, network);
	return 0;
}
