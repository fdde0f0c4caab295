// Talk hears a group, or speaks to it. docs/languages.md has the same program in other languages.
//
//	talk listen GROUP PORT EXPRESSION [COUNT]   prints what matches, until COUNT packets or Ctrl-C
//	talk send GROUP PORT TEXT...                each text as one packet
package main

// #cgo pkg-config: multicast
// #include <multicast/multicast.h>
// #include <stdlib.h>
import "C"

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// check makes an error of a negative result. The sentence is the thread's own: main has locked it.
func check(result C.int) error {
	if result < 0 {
		return errors.New(C.GoString(C.mc_last_error()))
	}
	return nil
}

// bytes lends a copy of the text to C until free is called.
func bytes(text string) (data *C.char, size C.size_t, free func()) {
	data = C.CString(text)
	return data, C.size_t(len(text)), func() { C.free(unsafe.Pointer(data)) }
}

func listen(ctx context.Context, group string, port uint16, expression string, count uint64) error {
	var poller *C.mc_poller
	if err := check(C.mc_poller_new(&poller)); err != nil {
		return err
	}
	defer C.mc_poller_free(poller)
	var listener *C.mc_listener
	if err := check(C.mc_listener_new(&listener, poller)); err != nil {
		return err
	}
	defer C.mc_listener_free(listener)

	pattern, size, free := bytes(expression)
	defer free()
	var filter *C.mc_filter
	if err := check(C.mc_filter_regex(&filter, pattern, size)); err != nil {
		return err
	}
	defer C.mc_filter_free(filter)
	name, _, free := bytes(group)
	defer free()
	err := check(C.mc_listener_set_filter(listener, filter))
	if err == nil {
		err = check(C.mc_listener_add(listener, name, C.uint16_t(port)))
	}
	if err == nil {
		err = check(C.mc_listener_open(listener))
	}
	if err != nil {
		return err
	}

	// Stopping is allowed in any thread; everything else belongs to this one.
	ctx, cancel := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() {
		<-ctx.Done()
		C.mc_poller_stop(poller)
		close(stopped)
	}()
	defer func() { cancel(); <-stopped }()

	fmt.Fprintln(os.Stderr, "listening")
	for heard := uint64(0); ctx.Err() == nil && (count == 0 || heard < count); {
		var packet *C.mc_packet // lent until the next call; GoStringN copies
		result := C.mc_listener_next(listener, &packet, -1)
		if err := check(result); err != nil {
			return err
		}
		if result == 0 {
			continue // stopped
		}
		var source [C.MC_ADDRESS_TEXT_SIZE]C.char
		C.mc_address_format(&packet.source, &source[0], C.MC_ADDRESS_TEXT_SIZE)
		text := C.GoStringN((*C.char)(unsafe.Pointer(packet.data)), C.int(packet.size))
		fmt.Printf("%s: %s\n", C.GoString(&source[0]), text)
		heard++
	}

	var stats C.mc_stats
	err = check(C.mc_listener_stats(listener, &stats, C.sizeof_mc_stats))
	fmt.Fprintf(os.Stderr, "%d arrived, %d delivered, %d filtered, %d lost\n",
		stats.arrived, stats.delivered, stats.filtered, stats.lost)
	return err
}

func send(group string, port uint16, texts []string) error {
	name, _, free := bytes(group)
	defer free()
	for _, text := range texts {
		data, size, free := bytes(text)
		err := check(C.mc_sendto(unsafe.Pointer(data), size, name, C.uint16_t(port), C.MC_TTL_SUBNET))
		free()
		if err != nil {
			return err
		}
	}
	return nil
}

func usage() {
	fmt.Fprintln(os.Stderr,
		"usage: talk listen GROUP PORT EXPRESSION [COUNT] | talk send GROUP PORT TEXT...")
	os.Exit(2)
}

func run(args []string) error {
	if len(args) < 4 {
		usage()
	}
	port, err := strconv.ParseUint(args[2], 10, 16)
	if err != nil {
		return err
	}
	if C.mc_version_number() < C.MC_VERSION_NUMBER {
		return fmt.Errorf("libmulticast %s is older than this program", C.GoString(C.mc_version()))
	}
	switch {
	case args[0] == "send":
		return send(args[1], uint16(port), args[3:])
	case args[0] == "listen" && len(args) <= 5:
		var count uint64
		if len(args) == 5 {
			if count, err = strconv.ParseUint(args[4], 10, 64); err != nil {
				return err
			}
		}
		ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer cancel()
		return listen(ctx, args[1], uint16(port), args[3], count)
	}
	usage()
	return nil
}

func main() {
	runtime.LockOSThread() // a poller, and the last error, belong to a thread
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "talk:", err)
		os.Exit(1)
	}
}
