package main

import (
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/net/ipv4"
)

const (
	batchSize     = 64
	receiveBuffer = 4 << 20

	soMeminfo      = 55
	meminfoDrops   = 8
	soRcvbufForce  = 33
	soBindToIndex  = 62
	ipMulticastAll = 49
	clockProcess   = 2 // CLOCK_PROCESS_CPUTIME_ID
)

// Where packets come from and go to.
type place struct {
	link    *net.Interface
	port    int
	size    int
	groups  []net.IP
	arrived *uint64 // the page of flow.h: first the count that the other process looks at
}

func mapFlow(fd int) *uint64 {
	page, err := syscall.Mmap(fd, 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	must(err)
	return (*uint64)(unsafe.Pointer(&page[0]))
}

// As a sender, until there are at most window packets on the way; false after two seconds.
func (p *place) waitForRoom(sent, window uint64) bool {
	hasRoom := func() bool { return window == 0 || sent-atomic.LoadUint64(p.arrived) <= window }
	if hasRoom() {
		return true
	}
	end := time.Now().Add(2 * time.Second)
	for !hasRoom() {
		if crowded := (*uint64)(unsafe.Add(unsafe.Pointer(p.arrived), 8)); *crowded != 0 {
			syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
		}
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

func openSocket(prepare func(fd int)) (net.PacketConn, *ipv4.PacketConn) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	must(err)
	prepare(fd)
	file := os.NewFile(uintptr(fd), "udp")
	conn, err := net.FilePacketConn(file) // a copy of the descriptor
	must(err)
	must(file.Close())
	return conn, ipv4.NewPacketConn(conn)
}

// Bound to the group, as every rival is; net.ListenPacket would bind to any address.
func (p *place) openReceiver(group net.IP) (net.PacketConn, *ipv4.PacketConn) {
	conn, packets := openSocket(func(fd int) {
		must(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1))
		must(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, soBindToIndex, p.link.Index))
		if syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, soRcvbufForce, receiveBuffer) != nil {
			must(syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_RCVBUF, receiveBuffer))
		}
		must(syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, ipMulticastAll, 0))
		address := &syscall.SockaddrInet4{Port: p.port}
		copy(address.Addr[:], group)
		must(syscall.Bind(fd, address))
	})
	must(packets.JoinGroup(p.link, &net.UDPAddr{IP: group}))
	return conn, packets
}

func (p *place) openSender() *ipv4.PacketConn {
	_, packets := openSocket(func(fd int) {
		must(syscall.Bind(fd, &syscall.SockaddrInet4{}))
	})
	must(packets.SetMulticastInterface(p.link))
	must(packets.SetMulticastLoopback(false))
	return packets
}

// What the kernel dropped at the socket since its birth.
func dropsOf(conn net.PacketConn) uint32 {
	var meminfo [9]uint32
	raw, err := conn.(*net.UDPConn).SyscallConn()
	must(err)
	must(raw.Control(func(fd uintptr) {
		size := uint32(unsafe.Sizeof(meminfo))
		_, _, problem := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.SOL_SOCKET, soMeminfo,
			uintptr(unsafe.Pointer(&meminfo)), uintptr(unsafe.Pointer(&size)), 0)
		if problem != 0 {
			panic(problem)
		}
	}))
	return meminfo[meminfoDrops]
}

type stopwatch struct{ cpu, wall int64 }

func now() stopwatch {
	var used syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockProcess, uintptr(unsafe.Pointer(&used)), 0)
	return stopwatch{used.Nano(), time.Since(birth).Nanoseconds()}
}

var birth = time.Now()

func (s stopwatch) read() (cpu, wall int64) {
	end := now()
	return end.cpu - s.cpu, end.wall - s.wall
}
