#!/usr/bin/env node
// Hears a group, or speaks to it. docs/languages.md has the same program in other languages.
//
//   node talk.js listen GROUP PORT EXPRESSION [COUNT]   prints what matches, until COUNT or Ctrl-C
//   node talk.js send GROUP PORT TEXT...                each text as one packet
import koffi from 'koffi';
import { promisify } from 'node:util';

class MulticastError extends Error {}

// What this program needs of libmulticast. Of the structures that the library lends, or fills as
// far as it is told to, the first members.
function load(name) {
  let library;
  try {
    library = koffi.load(name);
  } catch (error) {
    throw new MulticastError(`${name}: ${error.message}`);
  }
  if (library.func('int mc_version_number()')() < 1000) {
    throw new MulticastError('this program needs libmulticast 0.1.0 or later');
  }
  for (const handle of ['mc_poller', 'mc_listener', 'mc_filter']) koffi.opaque(handle);
  koffi.struct('mc_address', {
    family: 'uint16_t',
    port: 'uint16_t',
    bytes: koffi.array('uint8_t', 16),
    scope: 'uint32_t',
    flow: 'uint32_t',
  });
  koffi.struct('mc_packet', {
    data: 'void *',
    size: 'size_t',
    wire_size: 'size_t',
    source: 'mc_address',
  });
  koffi.struct('mc_stats', {
    arrived: 'uint64_t',
    delivered: 'uint64_t',
    bytes: 'uint64_t',
    filtered: 'uint64_t',
    not_for_us: 'uint64_t',
    lost: 'uint64_t',
  });
  const prototypes = [
    'const char *mc_last_error()',
    'int mc_address_format(const mc_address *address, _Out_ char *text, size_t size)',
    'int mc_sendto(const uint8_t *data, size_t size, const char *group, uint16_t port, int ttl)',
    'int mc_poller_new(_Out_ mc_poller **out)',
    'int mc_poller_wake(mc_poller *poller)',
    'void mc_poller_free(mc_poller *poller)',
    'int mc_filter_regex(_Out_ mc_filter **out, const uint8_t *pattern, size_t size)',
    'void mc_filter_free(mc_filter *filter)',
    'int mc_listener_new(_Out_ mc_listener **out, mc_poller *poller)',
    'void mc_listener_free(mc_listener *listener)',
    'int mc_listener_set_filter(mc_listener *listener, mc_filter *filter)',
    'int mc_listener_add(mc_listener *listener, const char *group, uint16_t port)',
    'int mc_listener_open(mc_listener *listener)',
    'int mc_listener_fd(mc_listener *listener)',
    'int mc_listener_next(mc_listener *listener, _Out_ void **packet, double timeout)',
    'int mc_listener_stats(mc_listener *listener, _Out_ mc_stats *stats, size_t size)',
  ];
  return Object.fromEntries(prototypes.map((prototype) => {
    const declared = library.func(prototype);
    return [declared.info.name, declared];
  }));
}

let mc;

// The C library's poll(2), as a promise: a thread of Node's pool waits for the descriptor, and
// touches nothing of the multicast library, whose handles belong to this thread.
koffi.struct('pollfd', { fd: 'int', events: 'short', revents: 'short' });
const poll = promisify(koffi.load(null).func(
  'int poll(_Inout_ pollfd *fds, unsigned long count, int timeout)').async);

function check(result) {
  if (result < 0) throw new MulticastError(mc.mc_last_error());
  return result;
}

// The handle that a function writes to its first argument.
function made(create, ...rest) {
  const out = [null];
  check(create(out, ...rest));
  return out[0];
}

// The packets of a listener, copied: what is lent dies at the next call.
async function* packets(listener, signal) {
  const fd = check(mc.mc_listener_fd(listener));
  const out = [null];
  const text = Buffer.alloc(80);
  while (!signal.aborted) {
    await poll({ fd, events: 1, revents: 0 }, 1, -1);
    // Not too many at a time: signals, timers and other descriptors have their turn in between.
    for (let turn = 0; turn < 64 && !signal.aborted; ++turn) {
      if (check(mc.mc_listener_next(listener, out, 0)) === 0) break;
      const { data, size, source } = koffi.decode(out[0], 'mc_packet');
      const length = mc.mc_address_format(source, text, text.length);
      yield {
        source: text.toString('latin1', 0, length),
        bytes: Buffer.from(koffi.decode(data, 'uint8_t', size)),
      };
    }
  }
}

async function listen(group, port, expression, count) {
  let poller = null, listener = null, filter = null;
  const ending = new AbortController();
  const stop = () => {
    ending.abort();
    mc.mc_poller_wake(poller);
  };
  try {
    poller = made(mc.mc_poller_new);
    listener = made(mc.mc_listener_new, poller);
    const pattern = Buffer.from(expression);
    filter = made(mc.mc_filter_regex, pattern, pattern.length);
    check(mc.mc_listener_set_filter(listener, filter));
    check(mc.mc_listener_add(listener, group, port));
    check(mc.mc_listener_open(listener));
    process.on('SIGINT', stop).on('SIGTERM', stop);
    console.error('listening');

    let left = count || Infinity;
    for await (const { source, bytes } of packets(listener, ending.signal)) {
      console.log(`${source}: ${bytes}`);
      if (--left === 0) break;
    }
    const stats = {};
    check(mc.mc_listener_stats(listener, stats, koffi.sizeof('mc_stats')));
    console.error(`${stats.arrived} arrived, ${stats.delivered} delivered, ` +
                  `${stats.filtered} filtered, ${stats.lost} lost`);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    mc.mc_filter_free(filter);
    mc.mc_listener_free(listener);
    mc.mc_poller_free(poller);
  }
}

function send(group, port, texts) {
  for (const text of texts) {
    const bytes = Buffer.from(text);
    check(mc.mc_sendto(bytes, bytes.length, group, port, 1));
  }
}

// The whole number that a text is, up to `most`; NaN where it is none.
function whole(text, most) {
  return /^\d+$/.test(text) && Number(text) <= most ? Number(text) : NaN;
}

const [verb, group, portText, ...texts] = process.argv.slice(2);
const port = whole(portText, 65535);
const count = whole(texts[1] ?? '0', Number.MAX_SAFE_INTEGER);
try {
  mc = load('libmulticast.so.0');
  if (verb === 'send' && port >= 0 && texts.length >= 1) {
    send(group, port, texts);
  } else if (verb === 'listen' && port >= 0 && count >= 0 && [1, 2].includes(texts.length)) {
    await listen(group, port, texts[0], count);
  } else {
    console.error('usage: talk.js listen GROUP PORT EXPRESSION [COUNT] | ' +
                  'talk.js send GROUP PORT TEXT...');
    process.exitCode = 2;
  }
} catch (error) {
  if (!(error instanceof MulticastError)) throw error;
  console.error(`talk: ${error.message}`);
  process.exitCode = 1;
}
