// io/receiver: what programs that count lead to, and what follows when the kernel has none. By a kernel's
// double, so that no privilege is needed.
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "io/receiver.h"
#include "lab.h"
#include "net/kernel.h"
#include "world.h"

namespace mc::test {
namespace {

constexpr net::Instruction kNothing[] = {{net::Instruction::kReturn, 0, 0, 0}};
constexpr int kForEver = 1 << 30;

// What the double says and was asked.
struct Double {
  uint32_t drops = 0;
  uint64_t rejects = 0;
  std::optional<int> refused;  // this command, or option of a socket, with `error`
  int error = 0;
  int times = kForEver;
  bool refuses_plain = false;
  unsigned reads = 0;
  char attached = '-';  // a counting program, or a plain one
  std::function<void()> after_drops;

  bool refuses(int what) {
    if (what == SO_ATTACH_FILTER && refuses_plain) return errno = ENOMEM, true;
    if (refused != what || times == 0) return false;
    --times;
    errno = error;
    return true;
  }
};
Double* now = nullptr;

int bpf(int command, bpf_attr* attributes, unsigned) {
  if (now->refuses(command)) return -1;
  if (command != BPF_MAP_LOOKUP_ELEM) return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ++now->reads;
  std::memcpy(reinterpret_cast<void*>(attributes->value), &now->rejects, sizeof now->rejects);
  return 0;
}

int setsockopt(int fd, int level, int option, const void* value, unsigned size) {
  if (level != SOL_SOCKET ||
      (option != SO_ATTACH_BPF && option != SO_ATTACH_FILTER && option != SO_DETACH_FILTER)) {
    return net::kKernel.setsockopt(fd, level, option, value, size);
  }
  if (now->refuses(option)) return -1;
  now->attached = option == SO_ATTACH_BPF ? 'c' : option == SO_ATTACH_FILTER ? 'p' : '-';
  return 0;
}

int getsockopt(int fd, int level, int option, void* value, unsigned* size) {
  const int outcome = net::kKernel.getsockopt(fd, level, option, value, size);
  if (level != SOL_SOCKET || option != SO_MEMINFO) return outcome;
  static_cast<uint32_t*>(value)[SK_MEMINFO_DROPS] = now->drops;
  if (now->after_drops) now->after_drops();
  return outcome;
}

class CountedDrops : public testing::Test {
 protected:
  CountedDrops() {
    now = &double_;
    table_.bpf = bpf;
    table_.setsockopt = setsockopt;
    table_.getsockopt = getsockopt;
    net::kernel_in_force = &table_;
    Result<io::Receiver> made = io::Receiver::open(endpoint_on_lo(net::Family::kIpv4, 33, 5033),
                                                   8192, io::Receiver::Takes::kProgram);
    EXPECT_TRUE(made.ok()) << made.status().sentence();
    receiver_ = std::move(*made);
  }
  ~CountedDrops() override { net::kernel_in_force = &net::kKernel; }

  void give() { EXPECT_TRUE(receiver_->set_program(kNothing).ok()); }
  void take() { EXPECT_TRUE(receiver_->set_program({}).ok()); }
  void refuse(int what, int error, int times = kForEver) {
    double_.refused = what;
    double_.error = error;
    double_.times = times;
  }
  void happen(unsigned lost, unsigned rejected) {
    double_.drops += lost + rejected;
    if (double_.attached == 'c') double_.rejects += rejected;
  }
  void expect(uint64_t lost, uint64_t rejected, uint64_t either) {
    const io::Drops drops = receiver_->drops();
    EXPECT_EQ(lost, drops.lost);
    EXPECT_EQ(rejected, drops.rejected);
    EXPECT_EQ(either, drops.lost_or_rejected);
  }

  Double double_;
  net::Kernel table_ = net::kKernel;
  std::optional<io::Receiver> receiver_;
};

TEST_F(CountedDrops, AreExactWithEveryProgramThatCounts) {
  happen(2, 0);
  give();
  EXPECT_EQ('c', double_.attached);
  happen(1, 5);
  expect(3, 5, 0);
  give();
  happen(1, 1);
  take();
  happen(4, 0);
  give();
  happen(0, 1);
  expect(8, 7, 0);
}

TEST_F(CountedDrops, AreReadOnlyWhenTheSocketDroppedSomething) {
  give();
  happen(1, 1);
  for (int i = 0; i < 5; ++i) expect(1, 1, 0);
  EXPECT_EQ(1u, double_.reads);
}

// The counter is read behind the socket's: what came between the two is no loss later.
TEST_F(CountedDrops, AreExactWhilePacketsCome) {
  give();
  happen(0, 3);
  double_.after_drops = [this] { happen(0, 2); };
  expect(0, 5, 0);
  double_.after_drops = nullptr;
  expect(0, 5, 0);
  happen(1, 0);
  expect(1, 5, 0);
}

TEST_F(CountedDrops, WithoutPrivilegeMayBeEither) {
  refuse(BPF_MAP_CREATE, EPERM);
  happen(1, 0);
  give();
  EXPECT_EQ('p', double_.attached);
  EXPECT_EQ(-EPERM, receiver_->why_uncounted().code());
  happen(2, 3);
  expect(1, 0, 5);
  double_.refused = {};
  give();  // it is not tried again
  EXPECT_EQ('p', double_.attached);
  take();
  happen(1, 0);
  expect(2, 0, 5);
}

// Too long, or no room beside the one before; the next one may be taken.
TEST_F(CountedDrops, AreToldApartAgainWhenTheNextProgramCounts) {
  for (const int what : {int{BPF_PROG_LOAD}, int{SO_ATTACH_BPF}}) {
    const io::Drops before = receiver_->drops();
    give();
    happen(1, 2);
    refuse(what, ENOMEM, 1);
    give();
    EXPECT_EQ('p', double_.attached);
    EXPECT_EQ(-ENOMEM, receiver_->why_uncounted().code());
    happen(1, 2);
    give();
    EXPECT_EQ('c', double_.attached);
    EXPECT_TRUE(receiver_->why_uncounted().ok());
    happen(1, 2);
    expect(before.lost + 2, before.rejected + 4, before.lost_or_rejected + 3);
  }
}

TEST_F(CountedDrops, MayBeEitherFromWhenTheCounterCannotBeRead) {
  give();
  happen(1, 2);
  expect(1, 2, 0);
  refuse(BPF_MAP_LOOKUP_ELEM, EPERM, 1);
  happen(1, 2);
  expect(1, 2, 3);
  EXPECT_EQ(-EPERM, receiver_->why_uncounted().code());
  happen(1, 2);
  expect(1, 2, 6);
  give();
  EXPECT_EQ('p', double_.attached);
  take();
  happen(1, 0);
  expect(2, 2, 6);
}

// A signal, a profiler's perhaps, ends the kernel's check.
TEST_F(CountedDrops, AreCountedWhereTheCheckHasToBeRepeated) {
  refuse(BPF_PROG_LOAD, EAGAIN, 3);
  give();
  EXPECT_EQ('c', double_.attached);
  happen(1, 2);
  expect(1, 2, 0);
}

// Both kinds are refused: the one before is still asked.
TEST_F(CountedDrops, AreExactWithTheOldProgramWhereNoOtherIsTaken) {
  give();
  refuse(SO_ATTACH_BPF, ENOMEM);
  double_.refuses_plain = true;
  EXPECT_EQ(-ENOMEM, receiver_->set_program(kNothing).code());
  EXPECT_EQ('c', double_.attached);
  happen(1, 2);
  expect(1, 2, 0);
}

TEST_F(CountedDrops, KeepOneDescriptorForAsLongAsTheSocket) {
  const size_t before = open_descriptors();
  give();
  give();
  take();
  EXPECT_EQ(before + 1, open_descriptors());
  receiver_.reset();
  EXPECT_EQ(before - 1, open_descriptors());
}

}  // namespace
}  // namespace mc::test
