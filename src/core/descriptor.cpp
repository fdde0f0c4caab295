#include "core/descriptor.h"

#include "core/poller.h"

namespace mc {

uint32_t Descriptor::interest(uint32_t wanted) const noexcept {
  uint32_t events = 0;
  if (handler_->reads()) events |= wanted & (io::kReadable | io::kPriority);
  if (handler_->writes()) events |= wanted & io::kWritable;
  if ((flags_ & kEdgeTriggered) != 0) events |= io::kEdge;
  return events;
}

void Descriptor::ready(uint32_t events) {
  // Errors and hang-ups reach the reader; the writer where there is no reader.
  const uint32_t troubles = io::kError | io::kHangUp;
  const uint32_t reads = handler_->reads() ? io::kReadable | io::kPriority | troubles : 0;
  const uint32_t writes = handler_->writes() ? io::kWritable | (troubles & ~reads) : 0;
  const uint32_t to_reader = events & wanted_ & reads;
  if ((flags_ & kOnce) != 0) {
    const uint32_t to_writer = events & wanted_ & writes;
    if ((to_reader | to_writer) == 0) return;  // the wish changed when the event was in hand
    // Forgetting buries this object; the poller's turn keeps it until it ends.
    poller_.forget_descriptor(fd_);
    to_reader != 0 ? handler_->read(fd_, to_reader) : handler_->write(fd_, to_writer);
    return;
  }
  if (to_reader != 0) end_if(handler_->read(fd_, to_reader) != 0);
  const uint32_t to_writer = events & wanted_ & writes;
  if (to_writer != 0 && is_registered_) end_if(handler_->write(fd_, to_writer) != 0);
}

void Descriptor::end_if(bool is_enough) {
  if (is_enough && is_registered_) poller_.forget_descriptor(fd_);
}

}  // namespace mc
