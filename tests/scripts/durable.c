/*
 * Faults of a disk: a library that is loaded before libc (LD_PRELOAD), counts the calls that make something last, and lets one of
 * them fail. What it counts concerns regular files and folders below given folders only; everything else passes.
 *
 *   DURABLE_UNDER   folders, separated by colons, without symbolic links in them
 *   DURABLE_LOG     a file: one line for each counted call, "NUMBER CALL PATH"
 *   DURABLE_AT      the number of the call that fails; none does where it is missing
 *   DURABLE_FAULT   how it fails:
 *                     enospc, eio  with this error, and nothing is done
 *                     half         a write puts half of its bytes there and the next one gets ENOSPC; other calls as enospc
 *                     full         with ENOSPC, and so does every later call that needs room
 *                     broken       with EIO, and so does every later call
 *                     kill         SIGKILL before the call
 *
 * Programs that make system calls without libc are not seen: of nameplate, what goes through the crate rustix (syncfs and the rename of
 * a folder).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum fault { NONE, ENOSPC_ONCE, EIO_ONCE, HALF, FULL, BROKEN, KILL };

static const char *under;
static long fail_at;
static enum fault fault;
static int log_fd = -1;
/* Calls counted so far. Threads count together. */
static long counted;
/* Set once half of a write was done: what goes on with it fails. */
static int half_done;

static enum fault fault_named(const char *name)
{
    static const char *const names[] = {"", "enospc", "eio", "half", "full", "broken", "kill"};
    for (int at = ENOSPC_ONCE; at <= KILL; at++)
        if (name && strcmp(name, names[at]) == 0)
            return (enum fault)at;
    return NONE;
}

/* By the system call itself: the functions below are not to meet themselves. */
__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("DURABLE_AT");
    const char *path = getenv("DURABLE_LOG");
    under = getenv("DURABLE_UNDER");
    fault = fault_named(getenv("DURABLE_FAULT"));
    fail_at = at && fault != NONE ? atol(at) : 0;
    if (path)
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_below(const char *path)
{
    const char *folder = under;
    while (folder && *folder) {
        size_t length = strcspn(folder, ":");
        if (length && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0))
            return 1;
        folder += length + (folder[length] == ':');
    }
    return 0;
}

static int path_of_fd(int fd, char *path, size_t size)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    path[length > 0 ? length : 0] = 0;
    return length > 0;
}

/* A path as it was given, from the folder that it is relative to. */
static void path_at(int folder, const char *given, char *path, size_t size)
{
    char base[4096] = "";
    if (given[0] == '/') {
        snprintf(path, size, "%s", given);
        return;
    }
    if (folder != AT_FDCWD)
        path_of_fd(folder, base, sizeof base);
    else if (!getcwd(base, sizeof base))
        base[0] = 0;
    snprintf(path, size, "%s/%s", base, given);
}

/* What a call needs: a full disk does not hinder what needs no room. */
enum need { NO_ROOM, ROOM };

/* Counts a call. Gives the error that it is to fail with, or 0; -1 asks a write to do half. */
static int verdict(const char *call, const char *path, enum need need)
{
    long number = __atomic_add_fetch(&counted, 1, __ATOMIC_SEQ_CST);
    if (log_fd >= 0) {
        char line[4 * 4096];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
        if (syscall(SYS_write, log_fd, line, (size_t)length) != length)
            abort();
    }
    if (half_done && need == ROOM) {
        half_done = 0;
        return ENOSPC;
    }
    if (fail_at == 0 || number < fail_at)
        return 0;
    if (number > fail_at) {
        if (fault == BROKEN)
            return EIO;
        return fault == FULL && need == ROOM ? ENOSPC : 0;
    }
    switch (fault) {
    case KILL:
        syscall(SYS_kill, getpid(), SIGKILL);
        return EIO;
    case EIO_ONCE:
    case BROKEN:
        return EIO;
    case HALF:
        return -1;
    default:
        return ENOSPC;
    }
}

static int of_fd(const char *call, int fd, enum need need)
{
    char path[4096];
    struct stat file;
    int before = errno;
    int error = 0;
    if (under && fstat(fd, &file) == 0 && (S_ISREG(file.st_mode) || S_ISDIR(file.st_mode))
        && path_of_fd(fd, path, sizeof path) && is_below(path))
        error = verdict(call, path, need);
    errno = before;
    return error;
}

static int of_path(const char *call, int folder, const char *given, enum need need)
{
    char path[3 * 4096];
    if (!under || !given)
        return 0;
    path_at(folder, given, path, sizeof path);
    return is_below(path) ? verdict(call, path, need) : 0;
}

/* The function of libc. */
#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    return found;
}

#define FAIL(error)       \
    do {                  \
        errno = (error);  \
        return -1;        \
    } while (0)

/* A call that only succeeds or fails. */
#define PLAIN(asked, call)                 \
    do {                                   \
        int error = (asked);               \
        if (error)                         \
            FAIL(error < 0 ? ENOSPC : error); \
        return (call);                     \
    } while (0)

/* A call that writes `count` bytes. */
#define WRITING(name, fd, count, call)              \
    do {                                            \
        int error = of_fd(name, fd, ROOM);          \
        if (error > 0)                              \
            FAIL(error);                            \
        if (error < 0) {                            \
            if (count < 2)                          \
                FAIL(ENOSPC);                       \
            half_done = 1;                          \
            count /= 2;                             \
        }                                           \
        return (call);                              \
    } while (0)

ssize_t write(int fd, const void *bytes, size_t count)
{
    WRITING("write", fd, count, REAL(write)(fd, bytes, count));
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at)
{
    WRITING("pwrite", fd, count, REAL(pwrite)(fd, bytes, count, at));
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at)
{
    WRITING("pwrite64", fd, count, REAL(pwrite64)(fd, bytes, count, at));
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    int error = of_fd("writev", fd, ROOM);
    if (error > 0)
        FAIL(error);
    if (error < 0) {
        if (count == 0 || parts[0].iov_len < 2)
            FAIL(ENOSPC);
        half_done = 1;
        return REAL(write)(fd, parts[0].iov_base, parts[0].iov_len / 2);
    }
    return REAL(writev)(fd, parts, count);
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags)
{
    WRITING("copy_file_range", out, length, REAL(copy_file_range)(in, from, out, to, length, flags));
}

int fsync(int fd)
{
    PLAIN(of_fd("fsync", fd, NO_ROOM), REAL(fsync)(fd));
}

int fdatasync(int fd)
{
    PLAIN(of_fd("fdatasync", fd, NO_ROOM), REAL(fdatasync)(fd));
}

int ftruncate(int fd, off_t length)
{
    PLAIN(of_fd("ftruncate", fd, ROOM), REAL(ftruncate)(fd, length));
}

int ftruncate64(int fd, off64_t length)
{
    PLAIN(of_fd("ftruncate64", fd, ROOM), REAL(ftruncate64)(fd, length));
}

int fallocate(int fd, int mode, off_t from, off_t length)
{
    PLAIN(of_fd("fallocate", fd, ROOM), REAL(fallocate)(fd, mode, from, length));
}

int fallocate64(int fd, int mode, off64_t from, off64_t length)
{
    PLAIN(of_fd("fallocate64", fd, ROOM), REAL(fallocate64)(fd, mode, from, length));
}

int posix_fallocate(int fd, off_t from, off_t length)
{
    int error = of_fd("posix_fallocate", fd, ROOM);
    return error ? (error < 0 ? ENOSPC : error) : REAL(posix_fallocate)(fd, from, length);
}

/* Only what makes a file: where it is there already, opening it makes nothing. */
static int making(const char *call, int folder, const char *path, int flags)
{
    if (!(flags & O_CREAT) || syscall(SYS_faccessat, folder, path, F_OK) == 0)
        return 0;
    return of_path(call, folder, path, ROOM);
}

#define MODE(flags)                             \
    mode_t mode = 0;                            \
    if ((flags) & (O_CREAT | O_TMPFILE)) {      \
        va_list more;                           \
        va_start(more, flags);                  \
        mode = va_arg(more, mode_t);            \
        va_end(more);                           \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags);
    PLAIN(making("open", AT_FDCWD, path, flags), REAL(open)(path, flags, mode));
}

int open64(const char *path, int flags, ...)
{
    MODE(flags);
    PLAIN(making("open64", AT_FDCWD, path, flags), REAL(open64)(path, flags, mode));
}

int openat(int folder, const char *path, int flags, ...)
{
    MODE(flags);
    PLAIN(making("openat", folder, path, flags), REAL(openat)(folder, path, flags, mode));
}

int openat64(int folder, const char *path, int flags, ...)
{
    MODE(flags);
    PLAIN(making("openat64", folder, path, flags), REAL(openat64)(folder, path, flags, mode));
}

int rename(const char *from, const char *to)
{
    PLAIN(of_path("rename", AT_FDCWD, to, ROOM), REAL(rename)(from, to));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    PLAIN(of_path("renameat", to_folder, to, ROOM), REAL(renameat)(from_folder, from, to_folder, to));
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    PLAIN(of_path("renameat2", to_folder, to, ROOM),
          REAL(renameat2)(from_folder, from, to_folder, to, flags));
}

int link(const char *from, const char *to)
{
    PLAIN(of_path("link", AT_FDCWD, to, ROOM), REAL(link)(from, to));
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    PLAIN(of_path("linkat", to_folder, to, ROOM), REAL(linkat)(from_folder, from, to_folder, to, flags));
}

int unlink(const char *path)
{
    PLAIN(of_path("unlink", AT_FDCWD, path, NO_ROOM), REAL(unlink)(path));
}

int unlinkat(int folder, const char *path, int flags)
{
    PLAIN(of_path("unlinkat", folder, path, NO_ROOM), REAL(unlinkat)(folder, path, flags));
}

int mkdir(const char *path, mode_t mode)
{
    PLAIN(of_path("mkdir", AT_FDCWD, path, ROOM), REAL(mkdir)(path, mode));
}

int rmdir(const char *path)
{
    PLAIN(of_path("rmdir", AT_FDCWD, path, NO_ROOM), REAL(rmdir)(path));
}

int chmod(const char *path, mode_t mode)
{
    PLAIN(of_path("chmod", AT_FDCWD, path, NO_ROOM), REAL(chmod)(path, mode));
}

int fchmod(int fd, mode_t mode)
{
    PLAIN(of_fd("fchmod", fd, NO_ROOM), REAL(fchmod)(fd, mode));
}
