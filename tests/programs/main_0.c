/* main_0.c - a user is made; what Basic authentication sends for them */
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "program.h"

int
main(void)
{
	const char *user_email = "bob@hbtn.io", *user_clear_pwd = "H0lbertonSchool98!";
	struct program program;
	struct user *user;
	char basic_clear[128], basic_base64[256];

	program_open(&program);
	user = program_make_user(&program, user_email, user_clear_pwd);
	(void)printf("New user: %s\n", user->base.id);

	(void)snprintf(basic_clear, sizeof(basic_clear), "%s:%s", user_email, user_clear_pwd);
	(void)printf(
	    "Basic Base64: %s\n", sodium_bin2base64(basic_base64, sizeof(basic_base64),
				      (const unsigned char *)basic_clear, strlen(basic_clear),
				      sodium_base64_VARIANT_ORIGINAL));

	user_unref(user);
	program_close(&program);
	return 0;
}
