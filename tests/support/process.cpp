#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <regex.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>

#include "host.h"
#include "private_network.h"

namespace lab {
namespace {

struct Pipe {
  Fd read;
  Fd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
  return {Fd{ends[0]}, Fd{ends[1]}};
}

void make_nonblocking(const Fd& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

int execute(std::vector<std::string> argv, const std::vector<std::string>& environment) {
  for (const std::string& entry : environment) ::putenv(const_cast<char*>(entry.c_str()));
  std::vector<char*> pointers;
  pointers.reserve(argv.size() + 1);
  for (std::string& argument : argv) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execvp(pointers[0], pointers.data());
  ::dprintf(STDERR_FILENO, "cannot execute %s: %s\n", pointers[0], std::strerror(errno));
  return 127;
}

int guarded(const std::function<int()>& body) {
  try {
    return body();
  } catch (const std::exception& error) {
    ::dprintf(STDERR_FILENO, "%s\n", error.what());
    return 70;
  }
}

}  // namespace

int exit_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

std::string run_here(const std::vector<std::string>& argv, const std::string& input) {
  Process::Options options;
  options.with_input = !input.empty();
  Process process = Process::start([&] { return execute(argv, {}); }, options);
  if (options.with_input) process.write_input(input);  // If it is not read, the status tells.
  process.close_input();
  const std::optional<int> status = process.wait(in(10s));
  if (status == 0) return process.output();
  std::string command;
  for (const std::string& argument : argv) command += argument + " ";
  throw std::runtime_error("lab: " + command + (status ? "failed: " : "took too long: ") +
                           process.errors() + (input.empty() ? "" : " given:\n" + input));
}

bool is_installed(const std::string& program) {
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0;
  const char* variable = std::getenv("PATH");
  const std::string path = variable != nullptr ? variable : "";
  for (size_t at = 0, end = 0; end != std::string::npos; at = end + 1) {
    end = path.find(':', at);
    const std::string file = path.substr(at, end - at) + "/" + program;
    if (::access(file.c_str(), X_OK) == 0) return true;
  }
  return false;
}

Process Process::start(const std::function<int()>& body, const Options& options) {
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  Pipe input =
      options.with_input ? make_pipe() : Pipe{Fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)}, Fd{}};
  std::fflush(nullptr);  // Otherwise the child would write out what is still buffered here.
  Process process;
  const pid_t parent = ::getpid();
  process.pid_ = ::fork();
  if (process.pid_ < 0) fail("fork");
  if (process.pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    ::dup2(input.read.get(), STDIN_FILENO);
    ::dup2(out.write.get(), STDOUT_FILENO);
    ::dup2(err.write.get(), STDERR_FILENO);
    input.write.reset();
    if (options.host != nullptr && ::setns(options.host->fd(), CLONE_NEWNET) != 0) {
      std::perror("setns");
      ::_exit(1);
    }
    const int status = guarded(body);
    std::fflush(nullptr);
    ::_exit(status);
  }
  process.handle_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, process.pid_, 0))};
  if (!process.handle_) fail("pidfd_open");
  process.out_ = std::move(out.read);
  process.err_ = std::move(err.read);
  process.input_ = std::move(input.write);
  make_nonblocking(process.out_);
  make_nonblocking(process.err_);
  return process;
}

Process Process::spawn(const std::vector<std::string>& argv, const Options& options) {
  require_private();
  return start([&] { return execute(argv, options.environment); }, options);
}

Process Process::fork(const std::function<int()>& body, const Options& options) {
  require_private();
  return start(body, options);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      status_(other.status_),
      handle_(std::move(other.handle_)),
      input_(std::move(other.input_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      output_(std::move(other.output_)),
      errors_(std::move(other.errors_)) {}

Process::~Process() {
  if (pid_ < 0 || status_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool Process::write_input(const std::string& text) {
  // A child that has ended makes a write raise SIGPIPE in this thread; it is taken away unseen.
  sigset_t pipe_signal, before;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t written = ::write(input_.get(), text.data(), text.size());
  if (written < 0 && errno == EPIPE) {
    const timespec at_once{};
    ::sigtimedwait(&pipe_signal, nullptr, &at_once);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return written == static_cast<ssize_t>(text.size());
}

void Process::drain(Fd& pipe, std::string& text) {
  if (!pipe) return;
  std::array<char, 4096> block;
  for (;;) {
    const ssize_t size = ::read(pipe.get(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return;  // Nothing more for now.
    if (size == 0) return pipe.reset();
    text.append(block.data(), static_cast<size_t>(size));
  }
}

// Waits for output or the end and takes in what there is. False when the deadline passed.
bool Process::pump(Deadline deadline) {
  std::array<pollfd, 3> items{
      {{out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}, {handle_.get(), POLLIN, 0}}};
  const int ready = ::poll(items.data(), items.size(), milliseconds_left(deadline));
  if (ready == 0) return false;
  // The end is looked at before the pipes are, so that everything written before it is taken in.
  const bool ended = ready > 0 && (items[2].revents & POLLIN) != 0;
  drain(out_, output_);
  drain(err_, errors_);
  int status = 0;
  if (ended && ::waitpid(pid_, &status, 0) == pid_) status_ = exit_status(status);
  return true;
}

bool Process::wait_for(const std::function<bool()>& seen, Deadline deadline) {
  while (!seen()) {
    if (status_ || !pump(deadline)) return false;
  }
  return true;
}

bool Process::wait_for_output(const std::string& text, Deadline deadline) {
  return wait_for([&] { return output_.find(text) != std::string::npos; }, deadline);
}

bool Process::wait_for_match(const std::string& expression, Deadline deadline) {
  regex_t regex;
  if (::regcomp(&regex, expression.c_str(), REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0) {
    throw std::runtime_error("lab: not a regular expression: " + expression);
  }
  const bool seen =
      wait_for([&] { return ::regexec(&regex, output_.c_str(), 0, nullptr, 0) == 0; }, deadline);
  ::regfree(&regex);
  return seen;
}

std::optional<int> Process::wait(Deadline deadline) {
  wait_for([&] { return status_.has_value(); }, deadline);
  return status_;
}

void Process::signal(int number) const {
  if (pid_ > 0 && !status_) ::kill(pid_, number);
}

int Process::terminate() {
  signal(SIGTERM);
  if (!wait(in(1s))) signal(SIGKILL);
  return wait(in(kPatience)).value_or(128 + SIGKILL);
}

Channel::Channel() : creator_(::getpid()) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
  creators_ = Fd{ends[0]};
  forked_ = Fd{ends[1]};
}

int Channel::end() {
  if (::getpid() == creator_) return creators_.get();
  creators_.reset();  // So that this side notices the end of the creator.
  return forked_.get();
}

void Channel::send(const std::string& line) {
  const std::string text = line + "\n";
  if (::send(end(), text.data(), text.size(), MSG_NOSIGNAL) < 0) fail("send on a channel");
}

void Channel::become_standard_io() {
  ::dup2(end(), STDIN_FILENO);
  ::dup2(end(), STDOUT_FILENO);
}

std::optional<std::string> Channel::receive(Deadline deadline) {
  for (;;) {
    const size_t length = buffer_.find('\n');
    if (length != std::string::npos) {
      std::string line = buffer_.substr(0, length);
      buffer_.erase(0, length + 1);
      return line;
    }
    std::array<char, 512> block;
    if (!wait_readable(end(), deadline)) return std::nullopt;
    const ssize_t size = ::recv(end(), block.data(), block.size(), 0);
    if (size <= 0) return std::nullopt;
    buffer_.append(block.data(), static_cast<size_t>(size));
  }
}

}  // namespace lab
