package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

var (
	// initial is the state before the first block.
	initial Mem
	// ivTable is the rest of the state for a block that is the whole message.
	ivTable Mem
	// pairIndex are 0, 2, 4, …, 30, 1, 3, 5, …, 31.
	pairIndex Mem
	// nonceCount are 0, 1, 2, …, 16.
	nonceCount Mem
)

func constants() {
	initial = GLOBL("initial", RODATA|NOPTR)
	for i, w := range iv {
		if i == 0 {
			w ^= parameters
		}
		DATA(4*i, U32(w))
	}
	ivTable = GLOBL("iv", RODATA|NOPTR)
	for i, w := range iv {
		switch i {
		case 4:
			w ^= blockBytes
		case 6:
			w = ^w
		}
		DATA(4*i, U32(w))
	}
	pairIndex = GLOBL("pairs", RODATA|NOPTR)
	for i := range 2 * lanes {
		DATA(4*i, U32(2*(i%lanes)+i/lanes))
	}
	nonceCount = GLOBL("count", RODATA|NOPTR)
	for i := range lanes + 1 {
		DATA(4*i, U32(i))
	}
}
