// Package fieldtest draws field elements for property tests.
package fieldtest

import (
	"pgregory.net/rapid"

	"github.com/sage-network/sage-node/elgamal/field"
)

// top is the highest limb of p − 1, whose other limbs are zero.
const top = 1<<59 + 17

// Element draws edge values, limbs that carry and borrow more often than random ones do, and any others.
func Element(t *rapid.T, label string) field.Element {
	limb := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 2, 1<<64 - 1, 1 << 63, top, top - 1}))
	highest := rapid.OneOf(rapid.Uint64Range(0, top), rapid.SampledFrom([]uint64{0, 1, top, top - 1}))
	var e field.Element
	for i := range 3 {
		e[i] = limb.Draw(t, label)
	}
	if e[3] = highest.Draw(t, label); e[3] == top { // only p − 1 has this limb
		e[0], e[1], e[2] = 0, 0, 0
	}
	return e
}
