/*
 * measure.c - run a program and tell what it cost, without what the caller's own memory would add.
 *
 * usage: measure PROGRAM ARGUMENT...    writes "EXIT SIGNAL MAXRSS_KIB CPU_SECONDS\n" to file descriptor 3
 *
 * maxrss is that of the largest process among the program and the descendants it has waited for.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int status;
    struct rusage u;
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(3);
        execv(argv[1], argv + 1);
        _exit(127);
    }
    signal(SIGINT, SIG_IGN);
    if (argc < 2 || pid < 0 || wait4(pid, &status, 0, &u) < 0)
        return 1;
    double cpu = (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
    dprintf(3, "%d %d %ld %.6f\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0, u.ru_maxrss, cpu);
    return 0;
}
