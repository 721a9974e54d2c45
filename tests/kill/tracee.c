/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "tracee.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "require.h"

static uint64_t deaths;

uint64_t tracee_deaths(void)
{
    return deaths;
}

void tracee_kill(struct tracee *tracee)
{
    int status = 0;
    REQUIRE(kill(tracee->pid, SIGKILL) == 0);
    REQUIRE(waitpid(tracee->pid, &status, __WALL) == tracee->pid);
    REQUIRE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    tracee->pid = 0;
    deaths++;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

#if !defined(__x86_64__)

const char *tracee_impossible(void)
{
    return "stepping is written for x86-64 alone";
}

void tracee_start(struct tracee *tracee, void (*body)(void *argument), void *argument)
{
    (void)tracee, (void)body, (void)argument;
    abort();
}

void tracee_step(struct tracee *tracee)
{
    (void)tracee;
    abort();
}

void tracee_kill_and_replace(struct tracee *tracee)
{
    (void)tracee;
    abort();
}

#else

#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>

#define NOT_PERMITTED 77

/* A system call instruction to send the child to. It never gets past it: its registers are set anew before it runs on. */
__asm__(".pushsection .text\n"
        "kill_tracee_gate:\n"
        "    syscall\n"
        "    ud2\n"
        ".popsection\n");
extern const char gate[] __asm__("kill_tracee_gate");

#define SYSCALL_INSTRUCTION_BYTES 2
#define FORK_PUT_OFF 513 /* ERESTARTNOINTR, which only a tracer gets to see */

static void get_registers(pid_t pid, struct user_regs_struct *registers)
{
    REQUIRE(ptrace(PTRACE_GETREGS, pid, NULL, registers) == 0);
}

static void set_registers(pid_t pid, struct user_regs_struct *registers)
{
    REQUIRE(ptrace(PTRACE_SETREGS, pid, NULL, registers) == 0);
}

/* Someone else may stop and continue all that runs here, for a measurement of his own. To a tracee that is a signal like any
 * other; it is swallowed, and what was asked of the tracee is asked again. */
static int is_job_control(int number)
{
    return number == SIGSTOP || number == SIGCONT || number == SIGTSTP;
}

/* Returns the number of the signal. */
static int wait_for_stop(pid_t pid)
{
    int status = 0;
    REQUIRE(waitpid(pid, &status, __WALL) == pid);
    if (!WIFSTOPPED(status) || (WSTOPSIG(status) != SIGTRAP && !is_job_control(WSTOPSIG(status)))) {
        fprintf(stderr, "kill: child %d: status 0x%x where it was to stop\n", (int)pid, (unsigned)status);
        exit(1);
    }
    return WSTOPSIG(status);
}

/* A signal from outside is told of before the instruction has run: the trap behind an instruction comes before all others. */
static void run_one(pid_t pid)
{
    do
        REQUIRE(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0);
    while (wait_for_stop(pid) != SIGTRAP);
}

static void run_to_mark(pid_t pid)
{
    while (wait_for_stop(pid) != SIGTRAP)
        REQUIRE(ptrace(PTRACE_CONT, pid, NULL, NULL) == 0);
}

/* A child that has asked to be traced, and runs; its first stop is still to come. */
static pid_t start(void (*body)(void *argument), void *argument)
{
    pid_t parent = getpid();
    fflush(NULL);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child != 0)
        return child;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(1);
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        _exit(NOT_PERMITTED);
    body(argument);
    _exit(0);
}

static void stand_still(void *argument)
{
    (void)argument;
    tracee_mark();
}

const char *tracee_impossible(void)
{
#ifdef SANITIZED
    return "built with a sanitizer: what would be stepped is not the code that runs";
#endif
    siginfo_t info = {0};
    pid_t pid = start(stand_still, NULL);
    REQUIRE(waitid(P_PID, (id_t)pid, &info, WEXITED | WSTOPPED | WNOWAIT) == 0);
    if (info.si_code == CLD_EXITED && info.si_status == NOT_PERMITTED) {
        REQUIRE(waitpid(pid, NULL, 0) == pid);
        return "ptrace is not permitted here";
    }
    run_to_mark(pid);
    tracee_kill(&(struct tracee){.pid = pid});
    deaths = 0;
    return NULL;
}

void tracee_start(struct tracee *tracee, void (*body)(void *argument), void *argument)
{
    struct user_regs_struct registers;
    tracee->pid = start(body, argument);
    run_to_mark(tracee->pid);
    REQUIRE(ptrace(PTRACE_SETOPTIONS, tracee->pid, NULL, (void *)(uintptr_t)PTRACE_O_EXITKILL) == 0);
    get_registers(tracee->pid, &registers);
    tracee->address = registers.rip;
}

void tracee_step(struct tracee *tracee)
{
    struct user_regs_struct registers;
    run_one(tracee->pid);
    get_registers(tracee->pid, &registers);
    tracee->address = registers.rip;
}

/* Has the process make a system call, and gives what it returns. */
static long call_from_outside(pid_t pid, const struct user_regs_struct *standing, long number, unsigned long first)
{
    struct user_regs_struct registers = *standing;
    registers.rip = (uintptr_t)gate;
    registers.rax = (unsigned long)number;
    registers.orig_rax = UINT64_MAX; /* no system call is to be begun again */
    registers.rdi = first;
    registers.rsi = 0;
    registers.rdx = 0;
    registers.r10 = 0;
    registers.r8 = 0;
    set_registers(pid, &registers);
    run_one(pid);
    get_registers(pid, &registers);
    REQUIRE(registers.rip == (uintptr_t)gate + SYSCALL_INSTRUCTION_BYTES);
    return (long)registers.rax;
}

/* Forks the process where it stands. CLONE_PARENT: a child of the test, so that the test alone reaps it. CLONE_PTRACE: traced
 * from its first breath, with the options of the first. A fork with a signal pending is put off, and asked for again. */
static pid_t fork_from_outside(pid_t pid, const struct user_regs_struct *standing)
{
    long copy;
    do
        copy = call_from_outside(pid, standing, SYS_clone, CLONE_PARENT | CLONE_PTRACE | SIGCHLD);
    while (copy == -FORK_PUT_OFF);
    REQUIRE(copy > 0);
    REQUIRE(is_job_control(wait_for_stop((pid_t)copy))); /* SIGSTOP, which a SIGCONT from outside takes the place of */
    return (pid_t)copy;
}

void tracee_kill_and_replace(struct tracee *tracee)
{
    struct user_regs_struct standing;
    get_registers(tracee->pid, &standing);
    standing.orig_rax = UINT64_MAX;
    pid_t copy = fork_from_outside(tracee->pid, &standing);
    set_registers(tracee->pid, &standing); /* it dies where it stood */
    set_registers(copy, &standing);
    tracee_kill(tracee);
    tracee->pid = copy;
}

#endif
