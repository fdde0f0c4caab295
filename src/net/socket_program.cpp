#include <linux/filter.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>

#include "net/kernel.h"
#include "net/socket.h"

namespace mc::net {

static_assert(sizeof(Instruction) == sizeof(sock_filter));
static_assert(offsetof(Instruction, code) == offsetof(sock_filter, code));
static_assert(offsetof(Instruction, if_true) == offsetof(sock_filter, jt));
static_assert(offsetof(Instruction, if_false) == offsetof(sock_filter, jf));
static_assert(offsetof(Instruction, value) == offsetof(sock_filter, k));
static_assert(Instruction::kLoadSize == (BPF_LD | BPF_W | BPF_LEN) &&
              Instruction::kLoad4 == (BPF_LD | BPF_W | BPF_ABS) &&
              Instruction::kLoad2 == (BPF_LD | BPF_H | BPF_ABS) &&
              Instruction::kLoad1 == (BPF_LD | BPF_B | BPF_ABS) &&
              Instruction::kAnd == (BPF_ALU | BPF_AND | BPF_K) &&
              Instruction::kJump == (BPF_JMP | BPF_JA) &&
              Instruction::kIfEqual == (BPF_JMP | BPF_JEQ | BPF_K) &&
              Instruction::kIfGreater == (BPF_JMP | BPF_JGT | BPF_K) &&
              Instruction::kIfAtLeast == (BPF_JMP | BPF_JGE | BPF_K) &&
              Instruction::kReturn == (BPF_RET | BPF_K));
static_assert(Instruction::kFromIpHeader == static_cast<uint32_t>(SKF_NET_OFF));
static_assert(Instruction::kMost == BPF_MAXINSNS);

Status Socket::set_program(std::span<const Instruction> program) {
  if (program.empty()) {
    const int none = 0;
    // ENOENT: there was none.
    if (kernel().setsockopt(fd(), SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof none) == 0 ||
        errno == ENOENT)
      return {};
    return Status::system(errno, "cannot take a filter out of the kernel (SO_DETACH_FILTER)");
  }
  sock_fprog given{};
  given.len = static_cast<unsigned short>(program.size());
  // NOLINTNEXTLINE: the kernel only reads it
  given.filter = const_cast<sock_filter*>(reinterpret_cast<const sock_filter*>(program.data()));
  return set(SOL_SOCKET, SO_ATTACH_FILTER, &given, sizeof given,
             "cannot give a filter to the kernel (SO_ATTACH_FILTER)");
}

Status Socket::set_program(const UniqueFd& loaded) {
  return set(SOL_SOCKET, SO_ATTACH_BPF, loaded.get(),
             "cannot give a filter that counts to the kernel (SO_ATTACH_BPF)");
}

}  // namespace mc::net
