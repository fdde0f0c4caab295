#include "check.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"

enum { kDeadlineSeconds = 120 };

const char* check_group;
const char* check_other_group;
int check_is_ipv6;

static int failures;
static const char* note = "";
static const char* running_name;

static void say_where(const char* file, int line) {
  const char* base = strrchr(file, '/');
  ++failures;
  printf("  %s:%d: ", base != NULL ? base + 1 : file, line);
  if (*note != '\0') printf("[%s] ", note);
}

static void finish_saying(void) {
  printf("\n");
  fflush(stdout);
}

void check_note(const char* new_note) {
  note = new_note;
}

int check_that(int held, const char* text, const char* file, int line) {
  if (held) return 1;
  say_where(file, line);
  printf("not so: %s", text);
  finish_saying();
  return 0;
}

int check_equal(long long actual, long long expected, const char* actual_text,
                const char* expected_text, const char* file, int line) {
  if (actual == expected) return 1;
  say_where(file, line);
  printf("%s is %lld, not %s (%lld)", actual_text, actual, expected_text, expected);
  finish_saying();
  return 0;
}

int check_ok(int outcome, const char* text, const char* file, int line) {
  if (outcome >= 0) return 1;
  say_where(file, line);
  printf("%s failed: %s (%s)", text, mc_last_error(), mc_error_name(outcome));
  finish_saying();
  return 0;
}

int check_contains(const char* whole, const char* part, const char* text, const char* file,
                   int line) {
  if (strstr(whole, part) != NULL) return 1;
  say_where(file, line);
  printf("%s is \"%s\" without \"%s\"", text, whole, part);
  finish_saying();
  return 0;
}

/* Leaves a sentence that no test expects, so that an old one cannot be taken for a new one. */
void check_forget_error(void) {
  mc_address_format(NULL, NULL, 0);
}

int check_error(int outcome, int code, const char* const* parts, const char* text, const char* file,
                int line) {
  int held = 1;
  if (outcome != code) {
    say_where(file, line);
    printf("%s is %d (%s), not %s", text, outcome, mc_error_name(outcome), mc_error_name(code));
    finish_saying();
    return 0;
  }
  if (mc_last_error_code() != code) {
    say_where(file, line);
    printf("%s left the code %d (%s)", text, mc_last_error_code(),
           mc_error_name(mc_last_error_code()));
    finish_saying();
    return 0;
  }
  for (; *parts != NULL; ++parts) {
    if (!check_contains(mc_last_error(), *parts, "the sentence", file, line)) held = 0;
  }
  return held;
}

void check_leave(void) {
  fflush(stdout);
  _exit(failures == 0 ? 0 : 1);
}

int check_in_child(void (*run)(void)) {
  int status = 0;
  const pid_t child = (fflush(stdout), fork());
  if (child < 0) return -1;
  if (child == 0) {
    failures = 0;
    alarm(kDeadlineSeconds / 2);
    run();
    check_leave();
  }
  while (waitpid(child, &status, 0) < 0) {
  }
  return status;
}

int check_count_descriptors(void) {
  int count = 0;
  DIR* directory = opendir("/proc/self/fd");
  if (directory == NULL) return -1;
  while (readdir(directory) != NULL) ++count;
  closedir(directory);
  return count - 3; /* ".", "..", and the directory itself */
}

void check_stay_on_one_processor(void) {
  cpu_set_t one;
  const int here = sched_getcpu();
  CPU_ZERO(&one);
  CPU_SET((size_t)(here < 0 ? 0 : here), &one);
  sched_setaffinity(0, sizeof one, &one);
}

static void too_late(int number) {
  static const char text[] = "  took too long: ";
  ssize_t ignored = write(STDOUT_FILENO, text, sizeof text - 1);
  ignored = write(STDOUT_FILENO, running_name, strlen(running_name));
  (void)ignored;
  (void)number;
  _exit(1);
}

static void* run_in_thread(void* test) {
  ((const struct check_test*)test)->run();
  return NULL;
}

static void run_test(const struct check_test* test, int is_ipv6, const char* family) {
  pthread_t thread;
  struct check_test copy = *test;
  const int failures_before = failures;
  const int descriptors = check_count_descriptors();
  check_is_ipv6 = is_ipv6;
  check_group = is_ipv6 ? "ff15::2:1" : "239.2.1.1";
  check_other_group = is_ipv6 ? "ff15::2:2" : "239.2.1.2";
  check_note("");
  running_name = test->name;
  printf("%s%s\n", test->name, family);
  fflush(stdout);
  alarm(kDeadlineSeconds);
  if (CHECK_EQ(pthread_create(&thread, NULL, run_in_thread, &copy), 0)) pthread_join(thread, NULL);
  alarm(0);
  check_note("after the test");
  CHECK_EQ(check_count_descriptors(), descriptors);
  if (failures != failures_before) printf("  FAILED\n");
}

int check_main(int argc, char** argv, const struct check_test* tests, size_t count) {
  lab_enter_private_network();
  signal(SIGALRM, too_late);
  for (size_t i = 0; i < count; ++i) {
    if (argc > 1 && strstr(tests[i].name, argv[1]) == NULL) continue;
    run_test(&tests[i], 0, tests[i].families == kBothFamilies ? " (IPv4)" : "");
    if (tests[i].families == kBothFamilies) run_test(&tests[i], 1, " (IPv6)");
  }
  printf("%d checks failed\n", failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
