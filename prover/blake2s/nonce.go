package blake2s

import "math/bits"

// nonceWords is the number of words of the block that a [NonceSearch] hashes.
const nonceWords = 10

// NonceSearch computes the first word of H(prefix ‖ LE64 nonce) for many nonces
// with the same high word: what of the first round does not depend on the low
// word is computed once.
type NonceSearch struct {
	v [16]uint32
	m [nonceWords]uint32
}

// NewNonceSearch prepares the search for nonces hi·2³² + low.
func NewNonceSearch(prefix Hash, hi uint32) *NonceSearch {
	s := &NonceSearch{v: [16]uint32{8: iv0, iv1, iv2, iv3, iv4 ^ 4*nonceWords, iv5, ^uint32(iv6), iv7}}
	h := Init()
	copy(s.v[:8], h[:])
	copy(s.m[:8], prefix[:])
	s.m[9] = hi
	for i := range 4 {
		mix(&s.v, i, 4+i, 8+i, 12+i, prefix[2*i], prefix[2*i+1])
	}
	mix(&s.v, 1, 6, 11, 12, 0, 0)
	mix(&s.v, 2, 7, 8, 13, 0, 0)
	mix(&s.v, 3, 4, 9, 14, 0, 0)
	return s
}

// FirstWord returns the first word of the hash for the nonce's low word.
func (s *NonceSearch) FirstWord(low uint32) uint32 {
	s.m[8] = low
	return nonceWord(&s.v, &s.m)
}

// mix is BLAKE2s's quarter round G, RFC 7693 section 3.1.
func mix(v *[16]uint32, a, b, c, d int, x, y uint32) {
	v[a] += v[b] + x
	v[d] = bits.RotateLeft32(v[d]^v[a], -16)
	v[c] += v[d]
	v[b] = bits.RotateLeft32(v[b]^v[c], -12)
	v[a] += v[b] + y
	v[d] = bits.RotateLeft32(v[d]^v[a], -8)
	v[c] += v[d]
	v[b] = bits.RotateLeft32(v[b]^v[c], -7)
}
