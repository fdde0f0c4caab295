// A rival in Go: answers one request a line; rivals/program.h says which.
//
// usage: rival INTERFACE PORT SIZE FLOW GROUP [OTHER-GROUP]
//
// FLOW is the descriptor of the memory that the two processes share (flow.h).
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

func main() {
	way := newWay(parsePlace(os.Args[1:]))
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		fmt.Println(answer(way, words[0], numbers(words[1:])))
	}
}

func answer(way *way, verb string, numbers []int) string {
	switch verb {
	case "open":
		way.open(numbers[0])
	case "close":
		way.close()
	case "drain":
		return way.drain(uint64(numbers[0]), numbers[1], numbers[2])
	case "meet":
		way.meet(numbers[0])
	case "ping":
		return way.ping(numbers[0])
	case "pong":
		return way.pong(numbers[0])
	case "part":
		way.close()
	case "send":
		return way.send(uint64(numbers[0]), numbers[1], uint64(numbers[2]))
	default:
		panic("no verb " + verb)
	}
	return verb
}

func parsePlace(arguments []string) place {
	link, err := net.InterfaceByName(arguments[0])
	must(err)
	sizes := numbers(arguments[1:4])
	groups := make([]net.IP, 0, 2)
	for _, each := range arguments[4:] {
		groups = append(groups, net.ParseIP(each).To4())
	}
	return place{link, sizes[0], sizes[1], groups, mapFlow(sizes[2])}
}

func numbers(words []string) []int {
	result := make([]int, len(words))
	for i, each := range words {
		value, err := strconv.Atoi(each)
		must(err)
		result[i] = value
	}
	return result
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
