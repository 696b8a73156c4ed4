package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// nonceWords is the number of words of a block that are not zero when a nonce is
// searched: the prefix's eight and the nonce's two.
const nonceWords = 10

// What the search for a nonce computes before it looks at the low word, and the
// words of the table in which it comes: the state, the prefix, the high word.
// NewNonceSearch says what the state is.
const (
	tablePrefix = 16
	tableHigh   = tablePrefix + 8
	tableWords  = tableHigh + 1
)

// nonceSkips says which steps of the quads of round r need no computing: those that
// the table holds, and those that do not reach the first word of the digest, which
// is v0 ^ v8. The quads from 4 on are the diagonals.
func nonceSkips(r, quad, step int) bool {
	switch {
	case r == 0:
		return quad != 4 || step == 1
	case r == 1 && quad == 1:
		return step == 0
	case r == 1 && quad == 2:
		return step < 4
	case r == 1 && quad == 3:
		return step < 2
	case r == 9 && quad == 4:
		return step > 8
	case r == 9 && (quad == 5 || quad == 7):
		return true
	case r == 9 && quad == 6:
		return step > 11
	}
	return false
}

// nonceSearch is a kernel that looks for a nonce among consecutive low words, some to a
// vector. at counts the words before the current vector.
type nonceSearch struct {
	words              int
	table, vectors, at reg.GPVirtual
}

func newNonceSearch(name string, words int) nonceSearch {
	TEXT(name, NOSPLIT, fmt.Sprintf("func(table *[%d]uint32, low, mask uint32, vectors int) int", tableWords))
	Pragma("noescape")
	Doc(fmt.Sprintf("%s tries %d low words a vector, from low on, and returns how far above", name, words),
		"low the first one lies whose hash is zero under mask in its first word, or -1.")
	table := Load(Param("table"), GP64()).(reg.GPVirtual)
	vectors := Load(Param("vectors"), GP64()).(reg.GPVirtual)
	k := nonceSearch{words, table, vectors, GP64()}
	XORQ(k.at, k.at)
	return k
}

// end closes the loop over the label vector: it returns where hits has a bit set for
// one of the vector's words, and else goes on after next.
func (k nonceSearch) end(hits reg.GPVirtual, next func()) {
	TESTL(hits, hits)
	JNZ(LabelRef("found"))
	next()
	ADDQ(Imm(uint64(k.words)), k.at)
	DECQ(k.vectors)
	JNZ(LabelRef("vector"))
	MOVQ(I32(-1), k.at)
	JMP(LabelRef("done"))
	Label("found")
	BSFL(hits, hits)
	ADDQ(hits.As64(), k.at)
	Label("done")
	Store(k.at, ReturnIndex(0))
	VZEROUPPER()
	RET()
}
