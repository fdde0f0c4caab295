#include "scarce_memory.h"

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__clang__) && defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MC_SANITIZER_HAS_OPERATOR_NEW
#endif
#endif

// Every form that the library uses, so that each delete meets its new, under a sanitizer's allocator
// too.

namespace {

struct Supply {
  unsigned left = 0;  // allocations until the one that fails; 0: none does
  bool fails_again = false;
  bool has_failed = false;
};
thread_local Supply supply;

#ifndef MC_SANITIZER_HAS_OPERATOR_NEW
void* allocate(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) noexcept {
  if (supply.left == 1) {
    supply.has_failed = true;
    if (!supply.fails_again) supply.left = 0;
    return nullptr;
  }
  if (supply.left > 1) --supply.left;
  return std::aligned_alloc(alignment, (size / alignment + 1) * alignment);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
  if (void* memory = allocate(size, alignment)) return memory;
  throw std::bad_alloc();
}
#endif

}  // namespace

namespace mc::test {

bool ScarceMemory::is_possible() {
#ifdef MC_SANITIZER_HAS_OPERATOR_NEW
  return false;
#else
  return true;
#endif
}

ScarceMemory::ScarceMemory(unsigned nth, After after) {
  supply = {nth, after == After::kFails, false};
}

ScarceMemory::~ScarceMemory() {
  supply = {};
}

bool ScarceMemory::ran_out() const {
  return supply.has_failed;
}

}  // namespace mc::test

#ifndef MC_SANITIZER_HAS_OPERATOR_NEW
void* operator new(std::size_t size) {
  return allocate_or_throw(size);
}
void* operator new[](std::size_t size) {
  return allocate_or_throw(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
#endif
