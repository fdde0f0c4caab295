// Programs that tell what they rejected from what there was no room for.
#include <linux/bpf.h>
#include <linux/filter.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "raw.h"

namespace raw {
namespace {

constexpr size_t kSent = 2000;

int bpf(int command, bpf_attr& attributes) {
  return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

int make_map() {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 8;
  attributes.max_entries = 1;
  return bpf(BPF_MAP_CREATE, attributes);
}

uint64_t counted(const Fd& map) {
  const uint32_t key = 0;
  uint64_t value = 0;
  bpf_attr attributes{};
  attributes.map_fd = static_cast<uint32_t>(map.get());
  attributes.key = reinterpret_cast<uintptr_t>(&key);
  attributes.value = reinterpret_cast<uintptr_t>(&value);
  if (bpf(BPF_MAP_LOOKUP_ELEM, attributes) != 0) lab::fail("read a map");
  return value;
}

bpf_insn at(int code, int to, int from, int16_t offset, int32_t value) {
  bpf_insn made{};
  made.code = static_cast<uint8_t>(code);
  made.dst_reg = static_cast<uint8_t>(to & 15);
  made.src_reg = static_cast<uint8_t>(from & 15);
  made.off = offset;
  made.imm = value;
  return made;
}

// Keeps the datagrams whose byte at `offset`, as a classic program counts, is `wanted`; counts the others.
Fd load(const Fd& map, uint32_t offset, char wanted) {
  const std::vector<bpf_insn> program = {
      at(BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0),
      at(BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, static_cast<int32_t>(offset)),
      at(BPF_JMP32 | BPF_JEQ | BPF_K, 0, 0, 6, wanted),
      at(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_VALUE, 0, map.get()),
      at(0, 0, 0, 0, 0),
      at(BPF_ALU64 | BPF_MOV | BPF_K, 2, 0, 0, 1),
      at(BPF_STX | BPF_ATOMIC | BPF_DW, 1, 2, 0, BPF_ADD | BPF_FETCH),
      at(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
      at(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
      at(BPF_ALU | BPF_MOV | BPF_K, 0, 0, 0, -1),
      at(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insn_cnt = static_cast<uint32_t>(program.size());
  attributes.insns = reinterpret_cast<uintptr_t>(program.data());
  attributes.license = reinterpret_cast<uintptr_t>("MIT");
  const int loaded = bpf(BPF_PROG_LOAD, attributes);
  if (loaded < 0) lab::fail("load a program");
  return Fd(loaded);
}

class Program : public TwoLinks {
 protected:
  void SetUp() override {
    map_ = Fd(make_map());
    if (map_.get() < 0) GTEST_SKIP() << "bpf(2) needs CAP_BPF outside of user namespaces";
    if (join(membership_, group(1), there("eth0")) != 0) lab::fail("join");
  }
  // The descriptor of the program is closed at once.
  void attach(uint32_t offset, char wanted) {
    set(socket_, SOL_SOCKET, SO_ATTACH_BPF, load(map_, offset, wanted).get());
  }
  void send_many(size_t count, const std::string& payload) {
    for (size_t i = 0; i < count; ++i) ASSERT_EQ(0, send(from_, group(1), payload));
  }

  Fd map_;
  Fd membership_{holder()};
  Fd socket_{data(group(1), "eth0")};
  Fd from_{out("eth0")};
};
IN_BOTH_FAMILIES(Program);

TEST_P(Program, SeesWhatAClassicOneSees) {
  attach(8, 'a');  // behind the UDP header
  send_many(1, "a");
  send_many(1, "b");
  EXPECT_EQ(1u, arrived(socket_));
  const auto first_of_ip = static_cast<char>(ipv4() ? 0x45 : 0x60);
  attach(static_cast<uint32_t>(SKF_NET_OFF), first_of_ip);
  send_many(3, "b");
  EXPECT_EQ(3u, arrived(socket_));
  attach(static_cast<uint32_t>(SKF_NET_OFF), 1);
  send_many(1, "a");
  EXPECT_EQ(0u, arrived(socket_));
  EXPECT_EQ(2u, counted(map_));  // by all of them, one after the other
}

TEST_P(Program, TellsRejectsFromLosses) {
  set(socket_, SOL_SOCKET, SO_RCVBUF, 8192);
  attach(8, 'a');
  send_many(kSent, "b");
  settle();
  EXPECT_EQ(kSent, drops(socket_));
  EXPECT_EQ(kSent, counted(map_));
  send_many(kSent, "a");
  settle();
  const size_t lost = drops(socket_) - counted(map_);
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(kSent, receive_all(socket_).size() + lost);
}

// So of the drops that are read first none is taken for a loss.
TEST_P(Program, CountsBeforeTheSocketDoes) {
  attach(8, 'a');
  std::atomic<bool> is_done = false;
  std::thread sender([&] {
    send_from_another_processor();
    for (int i = 0; i < 20'000; ++i) send(from_, group(1), "b");
    is_done = true;
  });
  size_t ahead = 0;
  for (size_t looks = 0; !is_done; ++looks) {
    const uint64_t dropped = drops(socket_);
    const uint64_t rejected = counted(map_);
    if (dropped > rejected) ++ahead;
  }
  sender.join();
  EXPECT_EQ(0u, ahead);
  settle();
  EXPECT_EQ(drops(socket_), counted(map_));
}

TEST_P(Program, CannotBeLoadedInAUserNamespace) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWUSER) != 0) ::_exit(2);
    const int map = make_map();
    ::_exit(map >= 0 ? 1 : errno == EPERM ? 0 : 3);
  }
  int status = 0;
  ASSERT_EQ(child, ::waitpid(child, &status, 0));
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 2) GTEST_SKIP() << "no user namespaces here";
  if (WEXITSTATUS(status) == 1) GTEST_SKIP() << "kernel.unprivileged_bpf_disabled is 0";
  EXPECT_EQ(0, WEXITSTATUS(status));
}

}  // namespace
}  // namespace raw
