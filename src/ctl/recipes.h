/*
 * recipes.h - the configurations of web servers that we ship for the gate
 *
 * Purpose    Built in, so that they are the ones of this very release.  The build makes recipes.c of the
 *            files (embed-recipes).
 */
#ifndef CTL_RECIPES_H
#define CTL_RECIPES_H

struct recipe_file {
	const char *server; /* "nginx" */
	const char *place;  /* where it belongs */
	const char *text;
};

/* Ends with a row without a server. */
extern const struct recipe_file recipe_files[];

#endif
