package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/ipv4"
)

// golang.org/x/net/ipv4: batches of 64 by ReadBatch and WriteBatch (recvmmsg, sendmmsg).
type way struct {
	place
	tally    tally
	conn     net.PacketConn
	receiver *ipv4.PacketConn
	incoming []ipv4.Message
	sender   *ipv4.PacketConn
	outgoing []ipv4.Message
	echo     echo
}

// MSG_TRUNC tells the true size of what does not fit.
const slotSize = 2048

func newWay(p place) *way {
	w := &way{place: p, sender: p.openSender()}
	w.incoming = messages(slotSize)
	w.outgoing = messages(p.size)
	for i := range w.outgoing {
		w.outgoing[i].Addr = &net.UDPAddr{IP: p.groups[0], Port: p.port}
	}
	return w
}

func messages(size int) []ipv4.Message {
	result := make([]ipv4.Message, batchSize)
	for i := range result {
		result[i].Buffers = [][]byte{make([]byte, size)}
	}
	return result
}

func (w *way) open(sourcePort int) {
	w.conn, w.receiver = w.openReceiver(w.groups[0])
	w.tally = tally{size: w.size, sourcePort: sourcePort, arrived: w.arrived}
}

func (w *way) close() { must(w.conn.Close()) }

func (w *way) drain(first uint64, count, patience int) string {
	w.tally.begin(first)
	start := now()
	wait := time.Duration(patience) * time.Millisecond
	if wait < 20*time.Millisecond {
		wait = 20 * time.Millisecond
	}
	for before := -1; w.tally.count < count && w.tally.count != before; {
		before = w.tally.count
		must(w.conn.SetReadDeadline(time.Now().Add(wait)))
		w.read(count)
	}
	cpu, wall := start.read()
	lost := w.tally.lost(dropsOf(w.conn))
	atomic.StoreUint64(w.arrived, 0)
	return fmt.Sprintf("%d %d %d %d %d", cpu, wall, w.tally.count, lost, w.tally.bad)
}

// Until all has come or the deadline has passed.
func (w *way) read(count int) {
	for w.tally.count < count {
		n, err := w.receiver.ReadBatch(w.incoming, syscall.MSG_TRUNC)
		if err != nil {
			return
		}
		for i := range w.incoming[:n] {
			each := &w.incoming[i]
			w.tally.take(each.Buffers[0], each.N, each.Addr.(*net.UDPAddr).Port)
		}
		dropsOf(w.conn)
	}
}

func (w *way) send(first uint64, count int, window uint64) string {
	start := now()
	sent := 0
	for sent < count {
		batch := w.outgoing
		if count-sent < len(batch) {
			batch = batch[:count-sent]
		}
		if !w.waitForRoom(uint64(sent+len(batch)), window) {
			break
		}
		for i := range batch {
			binary.LittleEndian.PutUint64(batch[i].Buffers[0], first+uint64(sent+i))
		}
		sent += w.write(batch)
	}
	cpu, wall := start.read()
	return fmt.Sprintf("%d %d %d 0 0", cpu, wall, sent)
}

func (w *way) write(batch []ipv4.Message) int {
	written := 0
	for written < len(batch) {
		n, err := w.sender.WriteBatch(batch[written:], 0)
		must(err)
		written += n
	}
	return written
}

// The same check as in every rival (candidates/tally.h).
type tally struct {
	size, sourcePort int
	arrived          *uint64
	next             uint64
	count, bad       int
	drops            uint32
}

func (t *tally) begin(first uint64) { t.next, t.count, t.bad = first, 0, 0 }

//go:noinline
func (t *tally) take(data []byte, size, port int) {
	sequence := binary.LittleEndian.Uint64(data)
	if size != t.size || sequence != t.next || (t.sourcePort != 0 && t.sourcePort != port) {
		t.bad++
	}
	t.next = sequence + 1
	t.count++
	atomic.StoreUint64(t.arrived, uint64(t.count))
}

func (t *tally) lost(drops uint32) uint32 {
	before := t.drops
	t.drops = drops
	return drops - before
}
