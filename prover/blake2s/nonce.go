package blake2s

import "math/bits"

// nonceWords is the number of words of the block that a [NonceSearch] hashes.
const nonceWords = 10

// NonceSearch computes the first word of H(prefix ‖ LE64 nonce) for many nonces
// with the same high word: what does not depend on the low word is computed once.
type NonceSearch struct {
	// The state, the prefix and the high word, see [NewNonceSearch].
	table [16 + 8 + 1]uint32
}

// NewNonceSearch prepares the search for nonces hi·2³² + low.
func NewNonceSearch(prefix Hash, hi uint32) NonceSearch {
	h := Init()
	v := [16]uint32{8: iv0, iv1, iv2, iv3, iv4 ^ 4*nonceWords, iv5, ^uint32(iv6), iv7}
	copy(v[:8], h[:])
	// Round 0 without the quad (0, 5, 10, 15), which takes the nonce.
	for i := range 4 {
		mix(&v, i, 4+i, 8+i, 12+i, prefix[2*i], prefix[2*i+1])
	}
	mix(&v, 1, 6, 11, 12, 0, 0)
	mix(&v, 2, 7, 8, 13, 0, 0)
	mix(&v, 3, 4, 9, 14, 0, 0)
	// The first sum of that quad, without the nonce.
	v[0] += v[5]
	// Round 1: the beginnings of the quads (1, 5, 9, 13), (2, 6, 10, 14) and
	// (3, 7, 11, 15), as far as they do not depend on that quad.
	v[1] += prefix[4]
	v[2] += v[6] + hi
	v[14] = bits.RotateLeft32(v[14]^v[2], -16)
	v[3] += v[7]

	var s NonceSearch
	copy(s.table[:16], v[:])
	copy(s.table[16:24], prefix[:])
	s.table[24] = hi
	return s
}

// FirstWord returns the first word of the hash for the nonce's low word.
func (s *NonceSearch) FirstWord(low uint32) uint32 { return nonceWord(&s.table, low) }

// Find returns the first of the n low words from low on whose hash is zero under
// the mask in its first word. low + n ≤ 2³².
func (s *NonceSearch) Find(low, n, mask uint32) (uint32, bool) {
	done, found := s.findVectors(low, n, mask)
	if found {
		return low + done, true
	}
	for ; done < n; done++ {
		if s.FirstWord(low+done)&mask == 0 {
			return low + done, true
		}
	}
	return 0, false
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
