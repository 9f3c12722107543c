/* SPDX-License-Identifier: MIT */
/* Chooses the base directory, and makes and removes what is below it. A run's
 * directory is locked while in use: an unlocked one is what an earlier run kept. */
#include "place.h"

#include "base/cleanup.h"
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/* mkdir -p; existing directories are fine. */
static bool make_dirs(const char *path)
{
	CB_AUTO_FREE char *copy = cb_strdup(path);

	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			return false;
		*p = '/';
	}
	return !mkdir(copy, 0755) || errno == EEXIST;
}

static bool below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (path[len] == '/' || !path[len]);
}

/* Would the default policy let a build write there? */
static bool is_writable_area(const char *path)
{
	static const char *const areas[] = { "/tmp", "/var/tmp", "/dev/shm" };

	for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
		CB_AUTO_FREE char *area = realpath(areas[i], NULL);

		if (below(path, area ? area : areas[i]))
			return true;
	}
	return false;
}

/* dir/name as a canonical path of a directory that can be written, or NULL. */
static char *try_base(const char *dir, const char *name, bool anywhere)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	CB_AUTO_FREE char *real = NULL;
	struct stat st;

	if (!dir || *dir != '/')
		return NULL;
	real = realpath(dir, NULL);
	if (!real && anywhere && make_dirs(dir))
		real = realpath(dir, NULL);
	if (!real || (!anywhere && is_writable_area(real)))
		return NULL;
	cb_buf_addf(&path, "%s%s%s", strcmp(real, "/") ? real : "", *name ? "/" : "", name);
	if (!make_dirs(path.data) || access(path.data, W_OK | X_OK))
		return NULL;
	/* below a directory that all may write, it could be somebody's trap */
	if (*name && (lstat(path.data, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid()))
		return NULL;
	return cb_buf_steal(&path);
}

/* An absolute form of what may be relative to the cwd, in a buffer. */
static const char *absolute(struct cb_buf *buf, const char *path)
{
	char cwd[PATH_MAX];

	if (!path || *path == '/' || !getcwd(cwd, sizeof cwd))
		return path;
	cb_buf_addf(buf, "%s/%s", cwd, path);
	return buf->data;
}

static char *choose_base(void)
{
	CB_AUTO_BUF struct cb_buf build = CB_BUF_INIT, own = CB_BUF_INIT, cache = CB_BUF_INIT;
	const char *home = getenv("HOME"), *xdg = getenv("XDG_CACHE_HOME");
	const char *tmp = getenv("TMPDIR"), *chosen = getenv("CATBOX_HARNESS_DIR");
	char *base = NULL;

	if (chosen && *chosen)
		return try_base(absolute(&own, chosen), "", true);
	cb_buf_addf(&cache, "%s/.cache", home && *home ? home : "/nonexistent");
	if (home && !access(home, W_OK) && (!xdg || !*xdg))
		make_dirs(cache.data);
	base = try_base(absolute(&build, "build"), "cases", false);
	if (!base)
		base = try_base(xdg && *xdg ? xdg : cache.data, "catbox-harness", false);
	if (!base)
		base = try_base(getenv("XDG_RUNTIME_DIR"), "catbox-harness", false);
	if (!base)
		base = try_base("/var/lib", "catbox-harness", false);
	if (!base)
		base = try_base(tmp && *tmp ? tmp : "/tmp", "catbox-harness", true);
	return base;
}

/* Removes run directories that nobody holds. Under the base's lock, so that a
 * directory between its making and its locking is never seen. */
static void sweep(const char *base)
{
	DIR *dir = opendir(base);
	struct dirent *d;

	while (dir && (d = readdir(dir))) {
		CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
		CB_AUTO_FD int fd = -1;
		struct stat st;

		if (strncmp(d->d_name, "run.", 4))
			continue;
		cb_buf_addf(&path, "%s/%s", base, d->d_name);
		fd = open(path.data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && !fstat(fd, &st) && st.st_uid == geteuid() &&
		    !flock(fd, LOCK_EX | LOCK_NB))
			hn_tree_remove(path.data, NULL);
	}
	if (dir)
		closedir(dir);
}

int hn_place_init(struct hn_place *place, struct cb_error *err)
{
	CB_AUTO_FREE char *base = choose_base();
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;
	CB_AUTO_FD int lock = -1;

	*place = (struct hn_place){ NULL, -1 };
	if (!base)
		return cb_error(err, EACCES, "no directory for the cases can be written "
				"(CATBOX_HARNESS_DIR may name one)");
	lock = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX))
		return cb_error_sys(err, "cannot lock '%s'", base);
	sweep(base);
	cb_buf_addf(&path, "%s/run.XXXXXX", base);
	if (!mkdtemp(path.data) || chmod(path.data, 0755))
		return cb_error_sys(err, "cannot make a directory in '%s'", base);
	place->lock = open(path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (place->lock < 0 || flock(place->lock, LOCK_EX))
		return cb_error_sys(err, "cannot lock '%s'", path.data);
	place->dir = cb_buf_steal(&path);
	return 0;
}

void hn_place_destroy(struct hn_place *place, int keep)
{
	if (place->dir && !keep)
		hn_tree_remove(place->dir, NULL);
	else if (place->dir)
		rmdir(place->dir); /* stays if something was kept in it */
	if (place->lock >= 0)
		close(place->lock);
	free(place->dir);
	*place = (struct hn_place){ NULL, -1 };
}

static char *make_dir(const char *top, const char *name, struct cb_error *err, int *rc)
{
	CB_AUTO_BUF struct cb_buf path = CB_BUF_INIT;

	cb_buf_addf(&path, "%s%s%s", top, *name ? "/" : "", name);
	if (!*rc && (mkdir(path.data, 0700) || chmod(path.data, 0755)))
		*rc = cb_error_sys(err, "cannot make '%s'", path.data);
	return cb_buf_steal(&path);
}

int hn_case_dirs_init(struct hn_case_dirs *dirs, const struct hn_place *place, unsigned int number,
		      struct cb_error *err)
{
	CB_AUTO_BUF struct cb_buf top = CB_BUF_INIT;
	int rc = 0;

	cb_buf_addf(&top, "%s/%04u", place->dir, number);
	dirs->top = make_dir(top.data, "", err, &rc);
	dirs->work = make_dir(dirs->top, "work", err, &rc);
	dirs->home = make_dir(dirs->top, "home", err, &rc);
	dirs->tmp = make_dir(dirs->top, "tmp", err, &rc);
	dirs->private = make_dir(dirs->top, "private", err, &rc);
	return rc;
}

int hn_case_dirs_destroy(struct hn_case_dirs *dirs, int remove, struct cb_error *err)
{
	int rc = remove && dirs->top ? hn_tree_remove(dirs->top, err) : 0;

	free(dirs->top);
	free(dirs->work);
	free(dirs->home);
	free(dirs->tmp);
	free(dirs->private);
	*dirs = (struct hn_case_dirs){ NULL, NULL, NULL, NULL, NULL };
	return rc;
}
