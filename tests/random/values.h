/* Random numbers and random arguments, good and bad. */
#ifndef VALUES_H_
#define VALUES_H_

#include "world.h"

void prepare_values(void); /* first, once */

uint64_t any(void);
unsigned below(unsigned bound);
int one_in(unsigned n);

const char* any_group(void); /* as text, mostly good; valid until the thread's next */
uint16_t any_port(void);
int any_ttl(void);
double any_timeout(void); /* short, or NaN */
double any_period(void);  /* for timers */
uint32_t any_bits(uint32_t good);
mc_address any_host(void); /* where to send_to */

/* Bytes to send: of the pattern whose bytes can be checked where they arrive. */
mc_buffer any_bytes(void);
int is_pattern(const void* data, size_t size);
uint32_t sum_of(const void* data, size_t size);

/* A pointer that no function gives. */
#define UNTOUCHED ((void*)(uintptr_t)0x5eed)

#endif /* VALUES_H_ */
