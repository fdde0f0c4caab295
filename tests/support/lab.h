/* The private network for tests written in C: call lab_enter_private_network() first in main. */
#ifndef LAB_H_
#define LAB_H_

#ifdef __cplusplus
extern "C" {
#endif

/* Moves the process into its own network namespace, or ends it with status 77 and a reason. */
void lab_enter_private_network(void);

/* Aborts unless the calling thread is in a namespace made by lab_enter_private_network(). */
void lab_require_private(void);

#ifdef __cplusplus
}
#endif

#endif /* LAB_H_ */
