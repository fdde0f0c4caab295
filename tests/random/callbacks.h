/* The user's side of every callback: checks that it may be called, makes further random calls, and
 * returns a random verdict. `user` is a struct record. */
#ifndef CALLBACKS_H_
#define CALLBACKS_H_

#include "world.h"

int on_packet(const mc_packet* packet, void* user);
int on_batch(const mc_packet* const* packets, size_t count, void* user);
int on_packed(const mc_packed* batch, void* user);
void check_packed(const mc_packed* batch);
int on_filter(const mc_packet* packet, void* user);
int on_source(mc_buffer* packet, void* user);
int on_event(const mc_event* event, void* user);
int on_failed(int code, const char* sentence, uint64_t datagrams, void* user);
int on_timer(void* user);
int on_read(int fd, uint32_t events, void* user);
int on_write(int fd, uint32_t events, void* user);
void on_post(void* user);
void on_log(int level, int code, const char* sentence, void* user);
void on_end(void* user); /* destroy */

void check_packet(const mc_packet* packet);

#endif /* CALLBACKS_H_ */
