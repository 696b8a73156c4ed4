package starkhash

import (
	"github.com/NethermindEth/juno/core/felt"
	"golang.org/x/crypto/sha3"
)

// Poseidon returns the hash of exactly two elements, Cairo's hades_permutation(x, y, 2)[0]. It differs from
// PoseidonMany(x, y).
func Poseidon(x, y felt.Felt) felt.Felt {
	state := [3]felt.Felt{x, y, felt.FromUint64[felt.Felt](2)}
	hades(&state)
	return state[0]
}

// PoseidonMany returns the hash of a list, Cairo's poseidon_hash_span: a sponge of rate 2 with the padding 1, 0…
// The hash binds the number of elements of the whole list, but not the boundaries of lists within it: where a
// message holds several arrays, prefix each with its length.
func PoseidonMany(elements ...felt.Felt) felt.Felt {
	var h Sponge
	h.Write(elements...)
	return h.Sum()
}

// Sponge computes PoseidonMany of a list that becomes known piece by piece. Its zero value is ready to use.
type Sponge struct {
	state [3]felt.Felt
	odd   bool
}

// Write appends elements to the list.
func (h *Sponge) Write(elements ...felt.Felt) {
	for i := range elements {
		if !h.odd {
			h.state[0].Add(&h.state[0], &elements[i])
			h.odd = true
			continue
		}
		h.state[1].Add(&h.state[1], &elements[i])
		hades(&h.state)
		h.odd = false
	}
}

// Sum returns the hash of what was written so far; more may be written afterwards.
func (h *Sponge) Sum() felt.Felt {
	final := h.state
	pad := 0
	if h.odd {
		pad = 1
	}
	final[pad].Add(&final[pad], &felt.One)
	hades(&final)
	return final[0]
}

// Keccak is sn_keccak: the low 250 bits of Keccak-256.
func Keccak(data []byte) felt.Felt {
	h := sha3.NewLegacyKeccak256()
	h.Write(data) // never fails
	digest := h.Sum(nil)
	digest[0] &= 3
	return felt.FromBytes[felt.Felt](digest)
}

// Selector returns the selector of an entry point or event of this name.
func Selector(name string) felt.Felt {
	switch name {
	case "__default__", "__l1_default__":
		return felt.Felt{}
	}
	return Keccak([]byte(name))
}
