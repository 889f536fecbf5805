/* device.c - see device.h */
#include "throttle/device.h"

#include <assert.h>
#include <sodium.h>

#include "core/clock.h"
#include "core/random.h"

#define DAY_S (INT64_C(24) * 60 * 60)

struct whole {
	struct device device; /* 8 bytes of time, 8 of randomness */
	struct digest_tag tag;
};

#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING
static_assert(sodium_base64_ENCODED_LEN(sizeof(struct whole), BASE64) == DEVICE_TEXT_BYTES,
    "the text of a cookie");

static struct digest_tag
tag_of(const struct digest_key *key, struct str user_id, const struct device *device)
{
	const struct str parts[] = { STR_LIT("throttle/device cookie"), user_id,
		str_mem(device->bytes, sizeof(device->bytes)) };

	return digest_tag(key, parts, 3);
}

int
device_make(const struct digest_key *key, struct str user_id, char ret_text[DEVICE_TEXT_BYTES])
{
	int64_t now_s = clock_wall_s();
	struct whole whole;
	int r = random_fill(whole.device.bytes + sizeof(now_s), sizeof(now_s));

	if (r != 0)
		return r;
	memcpy(whole.device.bytes, &now_s, sizeof(now_s));
	whole.tag = tag_of(key, user_id, &whole.device);
	(void)sodium_bin2base64(
	    ret_text, DEVICE_TEXT_BYTES, (const unsigned char *)&whole, sizeof(whole), BASE64);
	return 0;
}

bool
device_read(const struct digest_key *key, struct str user_id, struct str text,
    struct device *ret_device)
{
	struct digest_tag tag;
	struct whole whole;
	int64_t made_s, age_s;
	size_t n;

	if (text.n != DEVICE_TEXT_BYTES - 1 ||
	    sodium_base642bin((unsigned char *)&whole, sizeof(whole), text.p, text.n, NULL, &n,
		NULL, BASE64) != 0 ||
	    n != sizeof(whole))
		return false;
	tag = tag_of(key, user_id, &whole.device);
	memcpy(&made_s, whole.device.bytes, sizeof(made_s));
	if (sodium_memcmp(&tag, &whole.tag, sizeof(tag)) != 0)
		return false;
	/* A clock may have been set back a little. */
	age_s = clock_wall_s() - made_s;
	*ret_device = whole.device;
	return age_s <= DEVICE_LIFE_S && age_s >= -DAY_S;
}
