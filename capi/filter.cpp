// mc_filter_…
#include <memory>
#include <utility>

#include "callbacks.h"
#include "guard.h"
#include "handles.h"

using mc::Result;
using mc::Status;
using mc::capi::given;
using mc::capi::guard;
using mc::filter::FilterRef;

extern "C" {

int mc_filter_callable(mc_filter** out, mc_filter_fn fn, void* user, mc_destroy_fn destroy) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    MC_TRY(given(reinterpret_cast<const void*>(fn), "fn"));
    auto function = std::make_shared<mc::capi::FilterFunction>(fn, user, destroy);
    *out = new mc_filter{function};
    function->data.take();
    return {};
  });
}

int mc_filter_regex(mc_filter** out, const char* pattern, size_t size) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    if (size != 0) MC_TRY(given(pattern, "pattern"));
    Result<FilterRef> made =
        mc::filter::regex(size != 0 ? std::string_view(pattern, size) : std::string_view());
    if (!made.ok()) return std::move(made).status();
    *out = new mc_filter{std::move(*made)};
    return {};
  });
}

int mc_filter_matches(const mc_filter* filter, const void* data, size_t size,
                      const mc_address* source) {
  return guard([&]() -> Result<int> {
    MC_TRY(given(filter, "filter"));
    if (size != 0) MC_TRY(given(data, "data"));
    mc::net::Packet packet;
    packet.data = static_cast<const uint8_t*>(data);
    packet.size = packet.wire_size = size;
    if (source != nullptr) packet.source = mc::capi::core_of(*source);
    const FilterRef asked = filter->core;  // a callable may free the handle
    return asked->matches(packet) ? 1 : 0;
  });
}

void mc_filter_free(mc_filter* filter) {
  delete filter;
}

}  // extern "C"
