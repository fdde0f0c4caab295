/* Another program of this host, as it were: sockets that are not the library's, on lo, of the family
 * of the running test. Numbers are sent as four digits each. */
#ifndef OUTSIDER_H_
#define OUTSIDER_H_

#include <multicast/multicast.h>

/* A socket that sends; -1 (and a failed check) when there is none. outsider_at() binds it to the
 * port, with SO_REUSEADDR where it is shared. */
int outsider(void);
int outsider_at(uint16_t port, int shared);
uint16_t outsider_port(int fd);

/* `to` is an address as text; NULL is this host. */
void outsider_send(int fd, const char* to, uint16_t port, const void* data, size_t size);
void outsider_send_numbers(int fd, const char* to, uint16_t port, int first, int count);
/* The same in one call, as a train (UDP_SEGMENT, udp(7)). */
void outsider_send_train(int fd, const char* to, uint16_t port, int first, int count);

/* What came, with a NUL, and from which port; -1 (and a failed check) when nothing does. */
int outsider_receive(int fd, char* text, size_t size, uint16_t* from);

/* Returns when whatever the calling thread sent on lo lies in the sockets that it is for. Only for
 * threads that stay on one processor, which keeps the order of what it sends. */
void outsider_settle(void);

#endif /* OUTSIDER_H_ */
