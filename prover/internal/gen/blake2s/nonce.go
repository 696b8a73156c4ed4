package main

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
