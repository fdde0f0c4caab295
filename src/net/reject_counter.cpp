#include "net/reject_counter.h"

#include <linux/bpf.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "net/counting_program.h"
#include "net/kernel.h"

namespace mc::net {
namespace {

// The kernel gives a long check up, with EAGAIN, when a signal comes: a profiler's, perhaps.
constexpr int kMostTries = 10;

uint64_t address_of(const void* data) {
  return reinterpret_cast<uintptr_t>(data);
}

// EPERM: no privilege. What a kernel does not know of is EINVAL; or ENOSYS, all of it.
Status refused(std::string_view tried) {
  const int error = errno;
  return Status::system(error, tried,
                        error == EPERM ? "it needs CAP_BPF, outside of user namespaces" : "");
}

}  // namespace

Result<RejectCounter> RejectCounter::create() {
  bpf_attr wanted{};
  wanted.map_type = BPF_MAP_TYPE_ARRAY;
  wanted.key_size = sizeof(uint32_t);
  wanted.value_size = sizeof(uint64_t);
  wanted.max_entries = 1;
  UniqueFd map(kernel().bpf(BPF_MAP_CREATE, &wanted, sizeof wanted));
  if (!map) return refused("cannot make a counter in the kernel (BPF_MAP_CREATE)");
  return RejectCounter(std::move(map));
}

Result<UniqueFd> RejectCounter::load(std::span<const Instruction> program) const {
  if (program.size() > kMostInstructions) {
    return Status(-E2BIG, cat("a filter of ", program.size(),
                              " instructions does not count; one of ", kMostInstructions, " does"));
  }
  const std::vector<bpf_insn> counted = counting(program, map_.get());
  bpf_attr wanted{};
  wanted.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  wanted.insns = address_of(counted.data());
  wanted.insn_cnt = static_cast<uint32_t>(counted.size());
  wanted.license = address_of("MIT");
  UniqueFd loaded;
  int tries = kMostTries;
  do {
    loaded = UniqueFd(kernel().bpf(BPF_PROG_LOAD, &wanted, sizeof wanted));
  } while (!loaded && errno == EAGAIN && --tries > 0);
  if (!loaded) return refused("cannot load a filter that counts (BPF_PROG_LOAD)");
  return loaded;
}

std::optional<uint64_t> RejectCounter::count() const noexcept {
  const uint32_t first = 0;
  uint64_t value = 0;
  bpf_attr wanted{};
  wanted.map_fd = static_cast<uint32_t>(map_.get());
  wanted.key = address_of(&first);
  wanted.value = address_of(&value);
  if (kernel().bpf(BPF_MAP_LOOKUP_ELEM, &wanted, sizeof wanted) != 0) return std::nullopt;
  return value;
}

}  // namespace mc::net
