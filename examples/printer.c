/* The Python module's Printer: listens for a single packet, prints it, and is done.
 *
 *   class Printer(MulticastListener):
 *       filter = lambda packet, addr: True
 *       def handle_packet(self, packet, addr):
 *           print packet
 *           return True # Stop listening
 *   Printer()
 *   sendto('test')
 *   poll()
 */
#include <multicast/multicast.h>
#include <stdio.h>

static int accept_all(const mc_packet* packet, void* user) {
  (void)packet;
  (void)user;
  return 1;
}

static int print(const mc_packet* packet, void* user) {
  (void)user;
  printf("%.*s\n", (int)packet->size, (const char*)packet->data);
  return 1; /* stop listening */
}

int main(void) {
  mc_listener* printer = NULL;
  mc_filter* filter = NULL;
  if (mc_listener_new(&printer, NULL) < 0 ||
      mc_filter_callable(&filter, accept_all, NULL, NULL) < 0 ||
      mc_listener_set_filter(printer, filter) < 0 ||
      mc_listener_set_handler(printer, print, NULL, NULL) < 0 ||
      mc_listener_add(printer, MC_DEFAULT_GROUP, MC_DEFAULT_PORT) < 0 ||
      mc_listener_open(printer) < 0 ||
      mc_sendto("test", 4, MC_DEFAULT_GROUP, MC_DEFAULT_PORT, MC_DEFAULT_TTL) < 0 ||
      mc_poll(5) < 0) {
    fprintf(stderr, "printer: %s\n", mc_last_error());
    return 1;
  }
  const int still_open = mc_listener_is_open(printer);
  mc_listener_free(printer);
  mc_filter_free(filter);
  return still_open;
}
