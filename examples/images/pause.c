/* PID 1 of every pod: holds the pod's namespaces while its containers come and go, buries orphans, and ends on SIGTERM
   or SIGINT. As PID 1 it gets no default signal actions, hence the handlers. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void end(int number) {
  (void)number;
  _exit(0);
}

static void bury(int number) {
  (void)number;
  while (waitpid(-1, 0, WNOHANG) > 0) {
  }
}

int main(void) {
  signal(SIGTERM, end);
  signal(SIGINT, end);
  signal(SIGCHLD, bury);
  for (;;) pause();
}
