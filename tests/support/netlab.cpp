// The test fixture for shells: private networks with named hosts. See kHelp.
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "lab.hpp"

namespace {

constexpr int kUsage = 2;
constexpr const char* kHelp =
    R"(netlab: private networks for scripts; nothing inside reaches the machine's own interfaces

  netlab run [--hosts a,b,c] [--topology pair|bridge] -- COMMAND [ARGUMENT...]
      Makes the hosts (default: a,b), joins them, runs the command in the base namespace, ends
      whatever it has started, and passes on its exit status.
        pair    two hosts joined by their eth0 (the default for two)
        bridge  any number of hosts, each with its eth0 on one switch (the default otherwise)
      The n-th host has 10.42.0.n/24 and fd42::n/64.
  netlab on HOST -- COMMAND [ARGUMENT...]
      Within "netlab run": executes the command inside that host.
  netlab here -- COMMAND [ARGUMENT...]
      Runs the command in a private network that has only lo.
  netlab --help

Environment of the command under "run":
  NETLAB                this program, for "$NETLAB" on a -- ip address
  NETLAB_HOSTS          the names, separated by blanks
  NETLAB_HOST_name      the network namespace of the host
  NETLAB_ADDRESS_name   its IPv4 address on eth0
  NETLAB_ADDRESS6_name  its IPv6 address on eth0

Exit status: the command's (128 + n when a signal ended it); 2 for wrong usage; 77 when this system
refuses private networks (reason and remedy are on stderr); 127 when there is no such command.

An ordinary user is root inside, of this network only. Multicast: 224.0.0.0/4 leaves by eth0 in a
host and by lo in the base namespace.
)";

struct Arguments {
  std::vector<std::string> hosts;
  std::string topology;
  std::vector<char*> command;  // Ends with a null pointer.
};

int usage(const std::string& problem) {
  std::fprintf(stderr, "netlab: %s; see netlab --help\n", problem.c_str());
  return kUsage;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

bool is_name(const std::string& text) {
  constexpr const char* kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
  return !text.empty() && text.find_first_not_of(kAllowed) == std::string::npos;
}

// Everything after the verb. Gives a problem, or nothing when all is well.
std::optional<std::string> parse(char** argument, Arguments& arguments) {
  for (; *argument != nullptr && std::string_view(*argument) != "--"; ++argument) {
    const std::string option = *argument;
    const bool known = option == "--hosts" || option == "--topology";
    if (!known) return "unknown argument " + option + " (the command follows --)";
    if (*++argument == nullptr) return option + " needs a value";
    if (option == "--hosts") arguments.hosts = split(*argument);
    if (option == "--topology") arguments.topology = *argument;
  }
  if (*argument == nullptr || argument[1] == nullptr) return "no command after --";
  for (++argument; *argument != nullptr; ++argument) arguments.command.push_back(*argument);
  arguments.command.push_back(nullptr);
  return std::nullopt;
}

std::optional<std::string> check_topology(Arguments& arguments) {
  if (arguments.hosts.empty()) arguments.hosts = {"a", "b"};
  if (arguments.topology.empty()) {
    arguments.topology = arguments.hosts.size() == 2 ? "pair" : "bridge";
  }
  for (const std::string& host : arguments.hosts) {
    if (!is_name(host)) return "a host is named by letters, digits and _, not '" + host + "'";
  }
  if (arguments.hosts.size() > 250) return "at most 250 hosts";
  if (arguments.topology == "pair" && arguments.hosts.size() != 2) return "a pair has two hosts";
  if (arguments.topology != "pair" && arguments.topology != "bridge") {
    return "unknown topology " + arguments.topology;
  }
  return std::nullopt;
}

[[noreturn]] void execute(char** command) {
  ::execvp(command[0], command);
  const int error = errno;
  std::fprintf(stderr, "netlab: cannot execute %s: %s\n", command[0], std::strerror(error));
  ::_exit(127);
}

volatile sig_atomic_t child_pid = 0;

void forward(int number) {
  if (child_pid > 0) ::kill(child_pid, number);
}

// The children of this process, among them the orphans that it adopted.
std::vector<pid_t> children() {
  std::vector<pid_t> pids;
  DIR* directory = ::opendir("/proc");
  if (directory == nullptr) return pids;
  while (const dirent* entry = ::readdir(directory)) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    const std::string stat = lab::read_file("/proc/" + std::to_string(pid) + "/stat");
    const size_t name_end = stat.rfind(')');  // "pid (name) state parent ...".
    if (name_end == std::string::npos || name_end + 4 > stat.size()) continue;
    if (std::atoi(stat.c_str() + name_end + 4) == ::getpid()) pids.push_back(pid);
  }
  ::closedir(directory);
  return pids;
}

// Kills and reaps what is left of the command. The children of a killed process become ours, so
// this is repeated until there are none.
void end_descendants() {
  const auto ended = [] {
    for (const pid_t pid : children()) ::kill(pid, SIGKILL);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD;
  };
  if (!lab::wait_until(ended, lab::in(std::chrono::seconds(5)))) {
    std::fputs("netlab: some processes did not end\n", stderr);
  }
}

// Runs the command, waits for it, and leaves nothing behind.
int supervise(char** command) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  struct sigaction action {};
  action.sa_handler = forward;
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaction(number, &action, nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) lab::fail("fork");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    execute(command);
  }
  child_pid = pid;
  int status = 0;
  for (;;) {
    // Orphans end too; only the command counts.
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended == pid) break;
    if (ended < 0 && errno != EINTR) lab::fail("waitpid");
  }
  child_pid = 0;
  end_descendants();
  return lab::exit_status(status);
}

void export_host(const lab::Host& host, const std::string& number) {
  ::setenv(("NETLAB_HOST_" + host.name()).c_str(), host.path().c_str(), 1);
  ::setenv(("NETLAB_ADDRESS_" + host.name()).c_str(), ("10.42.0." + number).c_str(), 1);
  ::setenv(("NETLAB_ADDRESS6_" + host.name()).c_str(), ("fd42::" + number).c_str(), 1);
}

void export_program(const std::vector<std::string>& names) {
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  if (size > 0) ::setenv("NETLAB", path.data(), 1);
  std::string hosts;
  for (const std::string& name : names) hosts += (hosts.empty() ? "" : " ") + name;
  ::setenv("NETLAB_HOSTS", hosts.c_str(), 1);
}

int run(Arguments& arguments) {
  if (const auto problem = check_topology(arguments)) return usage(*problem);
  lab::enter_private_network();
  std::vector<lab::Host> hosts;
  const auto addresses = [](size_t n) {
    return "10.42.0." + std::to_string(n) + "/24 fd42::" + std::to_string(n) + "/64";
  };
  for (const std::string& name : arguments.hosts) hosts.emplace_back(name);
  std::optional<lab::Bridge> bridge;
  if (arguments.topology == "pair") {
    lab::connect(hosts[0], "eth0", addresses(1), hosts[1], "eth0", addresses(2));
  } else {
    bridge.emplace();
    for (size_t i = 0; i < hosts.size(); ++i) bridge->attach(hosts[i], "eth0", addresses(i + 1));
  }
  for (size_t i = 0; i < hosts.size(); ++i) export_host(hosts[i], std::to_string(i + 1));
  export_program(arguments.hosts);
  return supervise(arguments.command.data());
}

int on(char** argument) {
  if (*argument == nullptr) return usage("on which host?");
  const std::string host = *argument;
  Arguments arguments;
  if (const auto problem = parse(argument + 1, arguments)) return usage(*problem);
  const char* path = std::getenv(("NETLAB_HOST_" + host).c_str());
  if (path == nullptr) return usage("no host " + host + " (is this inside netlab run?)");
  const lab::Fd target{::open(path, O_RDONLY | O_CLOEXEC)};
  if (!target || ::setns(target.get(), CLONE_NEWNET) != 0) lab::fail("enter " + host);
  lab::require_private();
  execute(arguments.command.data());
}

int here(Arguments& arguments) {
  if (!arguments.hosts.empty()) return usage("here makes no hosts");
  lab::enter_private_network();
  export_program({});
  return supervise(arguments.command.data());
}

int dispatch(char** argument) {
  const std::string verb = *argument == nullptr ? "" : *argument;
  if (verb == "--help" || verb == "-h" || verb == "help") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (verb == "on") return on(argument + 1);
  if (verb != "run" && verb != "here") return usage("run, on or here?");
  Arguments arguments;
  if (const auto problem = parse(argument + 1, arguments)) return usage(*problem);
  return verb == "run" ? run(arguments) : here(arguments);
}

}  // namespace

int main(int, char** argv) {
  try {
    return dispatch(argv + 1);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "netlab: %s\n", error.what());
    return 1;
  }
}
