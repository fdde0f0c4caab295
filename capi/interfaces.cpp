// mc_interfaces, mc_interfaces_free, mc_interface_default and mc_interface_explain.
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "faces.h"
#include "guard.h"
#include "multicast/multicast.h"
#include "net/group.h"
#include "net/lookup.h"

using mc::Result;
using mc::capi::given;
using mc::capi::guard;
using mc::net::Interface;

namespace {

// What a list points into. It lies in front of the array that the user has.
struct List {
  explicit List(std::vector<Interface> all) : interfaces(std::move(all)) {
    faces.reserve(interfaces.size());
    pointers.reserve(interfaces.size());
    for (const Interface& each : interfaces) {
      uint32_t flags = 0;
      if (each.is_up) flags |= MC_INTERFACE_UP;
      if (each.is_multicast) flags |= MC_INTERFACE_MULTICAST;
      if (each.is_loopback) flags |= MC_INTERFACE_LOOPBACK;
      faces.push_back({each.name.c_str(),
                       each.addresses.empty() ? nullptr : &mc::capi::face(each.addresses.front()),
                       each.addresses.size(), each.index, flags});
      pointers.push_back(&faces.back());
    }
  }
  std::vector<Interface> interfaces;
  std::vector<mc_interface> faces;
  std::vector<const mc_interface*> pointers;
};

}  // namespace

extern "C" {

int mc_interfaces(const mc_interface* const** out) {
  return guard([&]() -> Result<int> {
    MC_TRY(given(out, "out"));
    Result<std::vector<Interface>> interfaces = mc::net::list_interfaces();
    if (!interfaces.ok()) return std::move(interfaces).status();
    auto list = std::make_unique<List>(std::move(*interfaces));
    const size_t count = list->pointers.size();
    // The array is the user's handle; behind its last pointer is the list that owns it all.
    auto array = std::make_unique<const mc_interface*[]>(count + 2);
    std::copy(list->pointers.begin(), list->pointers.end(), array.get() + 1);
    array[0] = reinterpret_cast<const mc_interface*>(list.release());
    *out = array.release() + 1;
    return static_cast<int>(count);
  });
}

void mc_interfaces_free(const mc_interface* const* interfaces) {
  if (interfaces == nullptr) return;
  const mc_interface* const* const array = interfaces - 1;
  delete reinterpret_cast<const List*>(array[0]);
  delete[] array;
}

int mc_interface_default(const char* group, char* name, size_t size) {
  return guard([&]() -> Result<int> {
    if (size != 0) MC_TRY(given(name, "name"));
    Result<mc::net::GroupText> text = mc::net::parse_group(group, MC_DEFAULT_PORT);
    if (!text.ok()) return std::move(text).status();
    Result<mc::net::Endpoint> endpoint = mc::net::resolve(*text);
    if (!endpoint.ok()) return std::move(endpoint).status();
    if (size != 0) {
      const size_t shown = std::min(endpoint->interface_name.size(), size - 1);
      std::memcpy(name, endpoint->interface_name.data(), shown);
      name[shown] = '\0';
    }
    return static_cast<int>(endpoint->interface_index);
  });
}

int mc_interface_explain(const char* group, char* text, size_t size) {
  return guard([&]() -> Result<int> {
    if (size != 0) MC_TRY(given(text, "text"));
    Result<mc::net::GroupText> parsed = mc::net::parse_group(group, MC_DEFAULT_PORT);
    if (!parsed.ok()) return std::move(parsed).status();
    Result<mc::net::Lookup> lookup = mc::net::Lookup::now();
    if (!lookup.ok()) return std::move(lookup).status();
    Result<std::string> sentence = lookup->explain(*parsed);
    if (!sentence.ok()) return std::move(sentence).status();
    return mc::capi::write_text(*sentence, text, size);
  });
}

}  // extern "C"
