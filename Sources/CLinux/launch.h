#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

// Starting a program with all that a process hands on to it. Between fork(2) and execve(2) only what a signal handler may do is allowed, which Swift
// can't promise; and posix_spawn(3) knows neither umask nor limits nor capabilities.

struct monitor_limit {
    int resource;
    uint64_t soft, hard;
};

struct monitor_launch {
    const char *path;
    char *const *arguments;
    char *const *environment;
    const char *directory;
    int changes_user;
    uid_t uid;
    gid_t gid;
    const gid_t *groups;
    size_t group_count;
    // What follows counts only where this is set.
    int has_attributes;
    mode_t umask;
    int nice, policy, priority, io_priority, out_of_memory_adjustment, no_new_privileges;
    // A bit for each CPU that it may run on, in whole longs; NULL for all.
    const unsigned char *cpus;
    size_t cpu_bytes;
    uint64_t capability_bounds;
    const struct monitor_limit *limits;
    size_t limit_count;
    // Files that the program's output is appended to; NULL, and what can't be opened, is null_descriptor.
    const char *output, *error_output;
    int null_descriptor;
};

// What could not be done, in the order in which it is.
enum monitor_launch_step {
    monitor_launch_fork = 1, monitor_launch_session, monitor_launch_limits, monitor_launch_priority, monitor_launch_cpus, monitor_launch_memory,
    monitor_launch_capabilities, monitor_launch_user, monitor_launch_directory, monitor_launch_execution, monitor_launch_time,
};

static inline int monitor_launch_attributes(const struct monitor_launch *launch) {
    for (size_t index = 0; index < launch->limit_count; index++) {
        const struct monitor_limit *limit = &launch->limits[index];
        struct rlimit now, wanted = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
        if (getrlimit(limit->resource, &now) != 0) return monitor_launch_limits;
        if (now.rlim_cur == wanted.rlim_cur && now.rlim_max == wanted.rlim_max) continue;
        if (setrlimit(limit->resource, &wanted) != 0) return monitor_launch_limits;
    }
    if (sched_getscheduler(0) != launch->policy) {
        struct sched_param parameter = {.sched_priority = launch->priority};
        if (sched_setscheduler(0, launch->policy, &parameter) != 0) return monitor_launch_priority;
    }
    if (getpriority(PRIO_PROCESS, 0) != launch->nice && setpriority(PRIO_PROCESS, 0, launch->nice) != 0) return monitor_launch_priority;
    // ioprio_set(2) and sched_setaffinity(2), as the kernel takes them.
    if (launch->io_priority != 0 && syscall(SYS_ioprio_set, 1, 0, launch->io_priority) != 0) return monitor_launch_priority;
    if (launch->cpus && syscall(SYS_sched_setaffinity, 0, launch->cpu_bytes, launch->cpus) != 0) return monitor_launch_cpus;
    char text[16];
    int length = 0, value = launch->out_of_memory_adjustment, rest = value < 0 ? -value : value;
    char digits[12];
    int count = 0;
    do { digits[count++] = (char)('0' + rest % 10); } while ((rest /= 10) > 0);
    if (value < 0) text[length++] = '-';
    while (count > 0) text[length++] = digits[--count];
    int file = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
    if (file >= 0) {
        char now[16] = {0};
        ssize_t read_count = read(file, now, sizeof now - 1);
        int differs = read_count < length || strncmp(now, text, (size_t)length) != 0 || (now[length] != '\n' && now[length] != 0);
        if (differs && pwrite(file, text, (size_t)length, 0) < 0) return monitor_launch_memory;
        close(file);
    } else if (value != 0) {
        return monitor_launch_memory;
    }
    for (int capability = 0; capability < 64; capability++) {
        if (launch->capability_bounds >> capability & 1) continue;
        if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1) continue;
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return monitor_launch_capabilities;
    }
    umask(launch->umask);
    return 0;
}

static inline void monitor_launch_append(const char *path, int descriptor) {
    if (!path) return;
    int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0666);
    if (file < 0) return;
    struct stat status;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode)) dup2(file, descriptor);
}

// The new process; does not return.
static inline void monitor_launch_child(const struct monitor_launch *launch, int report) {
    int step = 0;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number <= 64; number++) sigaction(number, &action, NULL);
    if (setsid() < 0) { step = monitor_launch_session; goto failed; }
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        if (dup2(launch->null_descriptor, descriptor) < 0) { step = monitor_launch_session; goto failed; }
    }
    // close_range(2), CLOSE_RANGE_CLOEXEC; older kernels don't have it.
    if (syscall(436, 3u, ~0u, 4u) != 0) {
        struct rlimit limit;
        long end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (long)limit.rlim_cur : 65536;
        for (int descriptor = 3; descriptor < end; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
    if (launch->has_attributes && (step = monitor_launch_attributes(launch)) != 0) goto failed;
    if (launch->changes_user) {
        // By system call: the C library's functions wait for threads that this process doesn't have.
        if (syscall(SYS_setgroups, launch->group_count, launch->groups) != 0 || syscall(SYS_setresgid, launch->gid, launch->gid, launch->gid) != 0
            || syscall(SYS_setresuid, launch->uid, launch->uid, launch->uid) != 0) {
            step = monitor_launch_user;
            goto failed;
        }
    }
    // As the user, who may not write to every file that the daemon may.
    monitor_launch_append(launch->output, 1);
    monitor_launch_append(launch->error_output, 2);
    if (launch->has_attributes && launch->no_new_privileges) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (chdir(launch->directory) != 0) { step = monitor_launch_directory; goto failed; }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(launch->path, launch->arguments, launch->environment);
    step = monitor_launch_execution;
failed:;
    int words[2] = {step, errno};
    ssize_t ignored = write(report, words, sizeof words);
    (void)ignored;
    _exit(127);
}

// Starts the program in a session of its own.
//
// Returns its pid, or -1 with the step that failed and its errno. Blocks until the program was executed, at most for so many milliseconds.
static inline pid_t monitor_launch(const struct monitor_launch *launch, int milliseconds, int *step, int *code) {
    int ends[2];
    *step = monitor_launch_fork;
    *code = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) { *code = errno; return -1; }
    // The standard three are the program's.
    int report = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
    close(ends[1]);
    if (report < 0) { *code = errno; close(ends[0]); return -1; }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) monitor_launch_child(launch, report);
    *code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report);
    if (pid < 0) { close(ends[0]); return -1; }
    struct pollfd query = {.fd = ends[0], .events = POLLIN};
    int ready;
    do { ready = poll(&query, 1, milliseconds); } while (ready < 0 && errno == EINTR);
    int words[2] = {0, 0};
    ssize_t count = ready > 0 ? read(ends[0], words, sizeof words) : 0;
    close(ends[0]);
    if (ready > 0 && count == 0) { *step = 0; *code = 0; return pid; }
    *step = ready > 0 ? words[0] : monitor_launch_time;
    *code = words[1];
    kill(pid, SIGKILL);
    if (ready > 0) waitpid(pid, NULL, 0);
    return -1;
}

// The nice value of another process; the C library's first parameter differs between versions.
static inline int monitor_get_nice(pid_t pid) { return getpriority(PRIO_PROCESS, (id_t)pid); }

// The I/O class and priority of another process (ioprio_get(2)), or -1.
static inline int monitor_get_io_priority(pid_t pid) { return (int)syscall(SYS_ioprio_get, 1, pid); }

// Whether a program's file gives it capabilities of its own.
static inline int monitor_has_file_capabilities(const char *path) { return getxattr(path, "security.capability", NULL, 0) >= 0; }

// Whether an open file lies on a tmpfs, which no boot outlives.
static inline int monitor_is_on_tmpfs(int descriptor) {
    struct statfs system;
    return fstatfs(descriptor, &system) == 0 && (unsigned long)system.f_type == 0x01021994ul;
}
