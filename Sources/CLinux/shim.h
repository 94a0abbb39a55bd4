#include <malloc.h>
#include <sys/prctl.h>

// prctl(2) is variadic, and out of Swift's reach.

/// Keeps this process's memory and environment from core files, from debuggers of the same user, and from /proc.
static inline int monitor_make_undumpable(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
