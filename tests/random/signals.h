/* Signals at any moment, whose handler stops or wakes a poller of whichever thread. */
#ifndef SIGNALS_H_
#define SIGNALS_H_

int begin_signals(void);    /* 0 when they cannot come */
unsigned end_signals(void); /* how many came */
int signals_come(void);

#endif /* SIGNALS_H_ */
