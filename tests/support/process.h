// Child processes of a test: programs or functions, with their output captured, and never left
// behind.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "files.h"
#include "wait.h"

namespace lab {

class Host;

/// A wait status as a shell shows it: the exit status, or 128 plus the signal.
int exit_status(int wait_status);

/// Runs a command in the calling thread's namespace and returns what it wrote to stdout. Throws
/// std::runtime_error with its stderr when it fails or takes longer than ten seconds.
std::string run_here(const std::vector<std::string>& argv, const std::string& input = {});

/// Whether there is such a program: a path, or a name that PATH leads to.
bool is_installed(const std::string& program);

/// One child process. The destructor kills this child only, and reaps it. The kernel kills the
/// child too when the *thread* that started it ends, so start it from one that lives long enough.
class Process {
 public:
  struct Options {
    const Host* host = nullptr;  ///< Where it runs; null is the calling thread's namespace.
    bool with_input = false;     ///< Whether write_input() will be used; otherwise /dev/null.
    std::vector<std::string> environment;  ///< Additional "NAME=value".
  };

  /// Starts a program, found through PATH. Status 127 with a sentence when there is none.
  static Process spawn(const std::vector<std::string>& argv, const Options& options);
  static Process spawn(const std::vector<std::string>& argv) { return spawn(argv, {}); }
  /// Runs a function in a forked child; what it returns is the exit status, what it throws is
  /// printed and makes 70. The child ends by _exit: no destructor of the parent's objects runs in
  /// it.
  static Process fork(const std::function<int()>& body, const Options& options);
  static Process fork(const std::function<int()>& body) { return fork(body, {}); }

  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  /// What it has written so far.
  const std::string& output() const { return output_; }
  const std::string& errors() const { return errors_; }

  bool write_input(const std::string& text);
  void close_input() { input_.reset(); }

  /// Waits until stdout contains the text or matches the extended POSIX expression. False when the
  /// deadline passed or the process ended first.
  bool wait_for_output(const std::string& text, Deadline deadline);
  bool wait_for_match(const std::string& expression, Deadline deadline);
  /// Waits for the end: its exit status, or nothing when the deadline passed first.
  std::optional<int> wait(Deadline deadline);
  void signal(int number) const;
  /// SIGTERM, after a second SIGKILL. Returns the exit status.
  int terminate();

 private:
  friend std::string run_here(const std::vector<std::string>& argv, const std::string& input);

  Process() = default;
  static Process start(const std::function<int()>& body, const Options& options);
  bool pump(Deadline deadline);
  void drain(Fd& pipe, std::string& text);
  bool wait_for(const std::function<bool()>& seen, Deadline deadline);

  pid_t pid_ = -1;
  std::optional<int> status_;
  Fd handle_;  // The process as a descriptor, readable when it has ended.
  Fd input_;
  Fd out_;
  Fd err_;
  std::string output_;
  std::string errors_;
};

/// A line in both directions between the process that makes it and one forked afterwards. Each side
/// just sends and receives; which end is meant follows from the process.
class Channel {
 public:
  Channel();
  void send(const std::string& line);
  /// The next line without its end, or nothing when the deadline passed or the other side ended.
  std::optional<std::string> receive(Deadline deadline);
  /// Makes this side the standard input and output: for a program that is executed next.
  void become_standard_io();

 private:
  int end();

  pid_t creator_;
  Fd creators_;
  Fd forked_;
  std::string buffer_;
};

}  // namespace lab
