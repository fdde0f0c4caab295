package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"sort"
	"strings"
	"sync/atomic"
	"time"
)

// One side of a ping-pong, packet by packet: ReadFrom and WriteTo.
type echo struct {
	to     *net.UDPAddr
	packet []byte
	buffer []byte
}

// As the side that begins (0), or as the other.
func (w *way) meet(side int) {
	w.conn, w.receiver = w.openReceiver(w.groups[1-side])
	w.tally = tally{size: w.size, arrived: w.arrived}
	w.echo = echo{&net.UDPAddr{IP: w.groups[side], Port: w.port}, make([]byte, w.size), make([]byte, 65536)}
}

// Waits up to a second; what came, or nil.
func (w *way) hear() []byte {
	size, _, source, err := w.receiver.ReadFrom(w.echo.buffer)
	if err != nil {
		return nil
	}
	w.tally.take(w.echo.buffer, size, source.(*net.UDPAddr).Port)
	return w.echo.buffer[:size]
}

func (w *way) tell(packet []byte) {
	_, err := w.sender.WriteTo(packet, nil, w.echo.to)
	must(err)
	dropsOf(w.conn)
}

// For all of a run: a deadline for each packet would cost a timer each.
func (w *way) limit(count int) {
	must(w.conn.SetReadDeadline(time.Now().Add(time.Second + time.Duration(count)*time.Millisecond)))
}

func (w *way) ping(count int) string {
	w.limit(count)
	trips := make([]int64, 0, count)
	for len(trips) < count {
		binary.LittleEndian.PutUint64(w.echo.packet, w.tally.next)
		start := time.Now()
		_, err := w.sender.WriteTo(w.echo.packet, nil, w.echo.to)
		must(err)
		if w.hear() == nil {
			break
		}
		trips = append(trips, time.Since(start).Nanoseconds())
		dropsOf(w.conn)
	}
	return tripsText(trips, w.tally.bad)
}

func (w *way) pong(count int) string {
	w.limit(count)
	for w.tally.count < count {
		packet := w.hear()
		if packet == nil {
			break
		}
		w.tell(packet)
	}
	atomic.StoreUint64(w.arrived, 0)
	return fmt.Sprintf("%d %d", w.tally.count, w.tally.bad)
}

// How many, how many wrong, and their percentiles 0 to 100 in nanoseconds.
func tripsText(trips []int64, wrong int) string {
	sort.Slice(trips, func(i, j int) bool { return trips[i] < trips[j] })
	words := []string{fmt.Sprint(len(trips)), fmt.Sprint(wrong)}
	for percent := 0; percent <= 100 && len(trips) > 0; percent++ {
		words = append(words, fmt.Sprint(trips[(len(trips)-1)*percent/100]))
	}
	return strings.Join(words, " ")
}
