#include <malloc.h>
#include <stddef.h>
#include <sys/prctl.h>

// prctl(2) is variadic, and out of Swift's reach.

/// Keeps this process's memory and environment from core files, from debuggers of the same user, and from /proc.
static inline int monitor_make_undumpable(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

// A function of GNU's, which the headers show to programs that ask for those alone.
extern void *memmem(const void *bytes, size_t count, const void *text, size_t length);

/// Whether a text is somewhere in these bytes; in linear time, whatever is in either.
static inline int monitor_holds(const void *bytes, size_t count, const void *text, size_t length) {
    return memmem(bytes, count, text, length) != NULL;
}
