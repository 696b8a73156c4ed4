package blake2s

import "encoding/binary"

// The initialisation vector, RFC 7693 section 2.6.
const (
	iv0 = 0x6A09E667
	iv1 = 0xBB67AE85
	iv2 = 0x3C6EF372
	iv3 = 0xA54FF53A
	iv4 = 0x510E527F
	iv5 = 0x9B05688C
	iv6 = 0x1F83D9AB
	iv7 = 0x5BE0CD19
)

// initialization is that vector as a variable: constants among the summands of a
// state word would be regrouped by the compiler, which keeps the sum without them too.
var initialization = [8]uint32{iv0, iv1, iv2, iv3, iv4, iv5, iv6, iv7}

// parameters is the parameter block's first word: unkeyed, 32-byte digest.
const parameters = 0x01010020

// BlockSize is the number of bytes of a message block.
const BlockSize = 64

// Hash is a BLAKE2s-256 digest as its eight little-endian words.
type Hash [8]uint32

// Bytes returns the digest's 32 bytes.
func (h Hash) Bytes() [32]byte {
	var b [32]byte
	for i, w := range h {
		binary.LittleEndian.PutUint32(b[4*i:], w)
	}
	return b
}

// FromBytes is the inverse of [Hash.Bytes].
func FromBytes(b [32]byte) Hash {
	var h Hash
	for i := range h {
		h[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return h
}

// Init is the state before the first block of an unkeyed 32-byte hash.
func Init() Hash {
	return Hash{iv0 ^ parameters, iv1, iv2, iv3, iv4, iv5, iv6, iv7}
}

// Compress absorbs the block m into h. t is the number of message bytes up to
// and including this block; last marks the final block.
func Compress(h *Hash, m *[16]uint32, t uint64, last bool) {
	compressGeneric((*[8]uint32)(h), m, t, finalisation(last))
}

// finalisation returns the finalisation word of a block, RFC 7693 section 3.2.
func finalisation(last bool) uint32 {
	if last {
		return 0xFFFFFFFF
	}
	return 0
}

// Node sets dst to the hash of the 64 bytes left ‖ right.
func Node(dst, left, right *Hash) {
	var m [16]uint32
	copy(m[:8], left[:])
	copy(m[8:], right[:])
	h := Init()
	compressGeneric((*[8]uint32)(&h), &m, BlockSize, finalisation(true))
	*dst = h
}

// minLanes is the number of nodes from which on a kernel for sixteen is faster than
// one after the other.
const minLanes = 4

// Nodes sets dst[i] to the hash of src[2i] ‖ src[2i+1], a layer of a Merkle
// tree. len(src) = 2·len(dst); dst may be the front of src.
func Nodes(dst, src []Hash) {
	for len(dst) >= Lanes || len(dst) >= minLanes && hasKernels() {
		n := min(len(dst), Lanes)
		var pairs [2]Batch
		for i, h := range src[:2*n] {
			pairs[i/Lanes].Set(i%Lanes, h)
		}
		Parents(pairs[:1], pairs[:])
		for i := range n {
			dst[i] = pairs[0].At(i)
		}
		dst, src = dst[n:], src[2*n:]
	}
	for i := range dst {
		Node(&dst[i], &src[2*i], &src[2*i+1])
	}
}

// SumWords returns the hash of the words, each as four little-endian bytes.
func SumWords(words []uint32) Hash {
	h := Init()
	var m [16]uint32
	t := uint64(0)
	for len(words) > 16 {
		copy(m[:], words[:16])
		words = words[16:]
		t += BlockSize
		Compress(&h, &m, t, false)
	}
	m = [16]uint32{}
	copy(m[:], words)
	Compress(&h, &m, t+4*uint64(len(words)), true)
	return h
}
