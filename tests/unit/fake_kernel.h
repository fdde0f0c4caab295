// A kernel that fails on demand: every system call that goes through the library's tables.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <span>
#include <vector>

struct mmsghdr;

namespace mc::test {

enum class Call {
  kSocket,
  kBind,
  kGetsockname,
  kSetsockopt,
  kGetsockopt,
  kRecvmmsg,
  kSendmmsg,
  kSendto,
  kRecv,
  kBpf,
  kEpollCreate,
  kEpollControl,
  kEpollWait,
  kCount_
};

// The calls that a fault is for: all of a kind, or those with one detail only.
struct What {
  What(Call of) : call(of) {}  // NOLINT(google-explicit-constructor): a call is a What
  Call call;
  std::optional<int> level;   // of a socket option
  std::optional<int> detail;  // the option; the family of a socket or of a send's destination; the
                              // operation on an epoll set; the command of bpf(2)
};
What setting(int level, int option);
What reading(int level, int option);
What socket_of(int family);
What send_to(int family);
What control(int operation);
What bpf(int command);

// While it lives, the library's system calls are counted and pass through here to the real ones.
// One at a time, and only while no other thread uses the library.
class FakeKernel {
 public:
  static constexpr unsigned kForEver = ~0U;

  FakeKernel();
  ~FakeKernel();
  FakeKernel(const FakeKernel&) = delete;
  FakeKernel& operator=(const FakeKernel&) = delete;

  // Refuses such calls with `error`: the `nth` from now on (1: the next) and those after it, in all
  // `times`.
  void fail(What what, int error, unsigned nth = 1, unsigned times = kForEver);
  // Refuses the nth call of any kind, once.
  void fail_nth(unsigned nth, int error) { nth_ = calls() + nth, nth_error_ = error; }
  // Loses each received datagram with this chance; the same seed loses the same ones.
  void lose(double chance, unsigned seed);
  // Takes at most so many messages of a batch, as a full send buffer does; a train is one.
  void take_at_most(unsigned messages) { most_ = messages; }
  // Refuses trains of segments or datagrams above these, as a path does that cannot take them.
  void refuse_trains(int error, size_t above_segment = 0, size_t above_datagrams = 0) {
    train_error_ = error, above_segment_ = above_segment, above_datagrams_ = above_datagrams;
  }
  unsigned trains_refused() const { return trains_refused_; }
  // Calls `look` with what each recv() on a netlink socket brought, which it may change.
  void on_answer(std::function<void(void* data, size_t size)> look) { look_ = std::move(look); }
  // Calls `change` with what each recvmmsg() brought, which it may change.
  void on_messages(std::function<void(std::span<mmsghdr>)> change) { change_ = std::move(change); }
  // Acts at the `nth` such call from now on (1: the next), before it is made.
  void before(Call call, unsigned nth, std::function<void()> act);
  // Nothing fails any more, nor does anything act; the counts stay.
  void heal();

  unsigned calls(Call call) const { return counts_[static_cast<size_t>(call)]; }
  unsigned calls() const { return total_; }
  // How many waits for events would have slept: those with a timeout.
  unsigned sleeps() const { return sleeps_; }
  // How many calls were refused, and datagrams lost.
  unsigned failures() const { return failures_; }
  unsigned lost() const { return lost_; }

 private:
  friend struct Calls;  // the functions in the tables
  struct Fault {
    What what;
    int error;
    unsigned skip;
    unsigned times;
  };

  struct Act {
    Call call;
    unsigned at;  // that call's count
    std::function<void()> act;
  };

  // Counts a call. The errno with which it is to fail, or 0.
  int enter(Call call, int level = 0, int detail = 0);
  bool is_lost() { return chance_ > 0 && dice_(generator_) < chance_; }

  std::array<unsigned, static_cast<size_t>(Call::kCount_)> counts_{};
  unsigned total_ = 0;
  unsigned failures_ = 0;
  unsigned lost_ = 0;
  unsigned sleeps_ = 0;
  std::vector<Fault> faults_;
  std::vector<Act> acts_;
  unsigned nth_ = 0;
  int nth_error_ = 0;
  unsigned most_ = kForEver;
  int train_error_ = 0;
  size_t above_segment_ = 0;
  size_t above_datagrams_ = 0;
  unsigned trains_refused_ = 0;
  double chance_ = 0;
  std::mt19937 generator_;
  std::uniform_real_distribution<double> dice_{0, 1};
  std::function<void(void*, size_t)> look_;
  std::function<void(std::span<mmsghdr>)> change_;
};

}  // namespace mc::test
