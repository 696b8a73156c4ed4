// Package channel is the Fiat–Shamir transcript of Stwo's protocol with
// Blake2s-256: both sides mix what the prover commits to and draw the
// verifier's challenges from the running digest.
//
// Source: crate stwo 2.3.0, channel "Blake2s" (not its M31-output variant).
package channel

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"golang.org/x/crypto/blake2s"

	"github.com/sage-network/sage-node/prover/m31"
)

// powPrefix opens the proof-of-work hash, so that no transcript digest is one.
const powPrefix = 0x12345678

// Channel is a transcript. The zero value is a fresh one: its digest is 32
// zero bytes. Copying the value forks the transcript.
type Channel struct {
	digest [32]byte
	draws  uint32
}

// Digest returns the running digest.
func (c *Channel) Digest() [32]byte { return c.digest }

func (c *Channel) mix(data []byte) {
	buf := make([]byte, 0, 32+len(data))
	buf = append(buf, c.digest[:]...)
	c.digest = blake2s.Sum256(append(buf, data...))
	c.draws = 0
}

// MixRoot sets digest ← H(digest ‖ root).
func (c *Channel) MixRoot(root [32]byte) { c.mix(root[:]) }

// MixU32s sets digest ← H(digest ‖ words), each word little-endian.
func (c *Channel) MixU32s(words []uint32) {
	buf := make([]byte, 0, 4*len(words))
	for _, w := range words {
		buf = binary.LittleEndian.AppendUint32(buf, w)
	}
	c.mix(buf)
}

// MixU64 mixes v as two 32-bit words, the low one first.
func (c *Channel) MixU64(v uint64) { c.MixU32s([]uint32{uint32(v), uint32(v >> 32)}) }

// MixFelts sets digest ← H(digest ‖ felts), four little-endian words a felt.
func (c *Channel) MixFelts(felts []m31.QM31) {
	buf := make([]byte, 0, 16*len(felts))
	for _, f := range felts {
		for _, w := range f.Coords() {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(w))
		}
	}
	c.mix(buf)
}

// DrawU32s returns the eight little-endian words of
// H(digest ‖ LE32 counter ‖ 0x00) and advances the counter, which every mix
// resets. The zero byte keeps draws apart from mixing one word.
func (c *Channel) DrawU32s() [8]uint32 {
	var buf [37]byte
	copy(buf[:], c.digest[:])
	binary.LittleEndian.PutUint32(buf[32:], c.draws)
	c.draws++
	h := blake2s.Sum256(buf[:])
	var words [8]uint32
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(h[4*i:])
	}
	return words
}

// drawBase returns eight uniform base field elements: it draws until all eight
// words lie below 2P (all but 2⁻²⁸ of the time at once) and reduces them.
func (c *Channel) drawBase() [8]m31.Element {
	for {
		words := c.DrawU32s()
		if !slices.ContainsFunc(words[:], func(w uint32) bool { return w >= 2*m31.P }) {
			var felts [8]m31.Element
			for i, w := range words {
				felts[i] = m31.Reduce(uint64(w))
			}
			return felts
		}
	}
}

// DrawFelt draws one secure field element; half of the draw is discarded.
func (c *Channel) DrawFelt() m31.QM31 {
	f := c.drawBase()
	return m31.FromCoords([4]m31.Element(f[:4]))
}

// DrawFelts draws n secure field elements, two from each draw.
func (c *Channel) DrawFelts(n int) []m31.QM31 {
	felts := make([]m31.QM31, 0, n+1)
	for len(felts) < n {
		f := c.drawBase()
		felts = append(felts, m31.FromCoords([4]m31.Element(f[:4])), m31.FromCoords([4]m31.Element(f[4:])))
	}
	return felts[:n]
}

// DrawQueries draws n positions in a domain of 2^logSize points and returns
// them ascending, without duplicates.
func (c *Channel) DrawQueries(logSize uint32, n int) []int {
	mask := uint32(1)<<logSize - 1
	positions := make([]int, 0, n+7)
	for len(positions) < n {
		for _, w := range c.DrawU32s() {
			positions = append(positions, int(w&mask))
		}
	}
	positions = positions[:n]
	slices.Sort(positions)
	return slices.Compact(positions)
}

// PowDigest returns H(0x12345678 ‖ 12 zero bytes ‖ digest ‖ LE32 bits), to
// which a proof of work of that many bits appends its nonce.
func (c *Channel) PowDigest(powBits uint32) [32]byte {
	var buf [52]byte
	binary.LittleEndian.PutUint32(buf[:], powPrefix)
	copy(buf[16:], c.digest[:])
	binary.LittleEndian.PutUint32(buf[48:], powBits)
	return blake2s.Sum256(buf[:])
}

// CheckPow reports whether H(PowDigest(bits) ‖ LE64 nonce), read as a
// little-endian number, ends in at least powBits zero bits. It does not change
// the transcript: the caller mixes the nonce afterwards.
func (c *Channel) CheckPow(powBits uint32, nonce uint64) bool {
	var buf [40]byte
	prefix := c.PowDigest(powBits)
	copy(buf[:], prefix[:])
	binary.LittleEndian.PutUint64(buf[32:], nonce)
	h := blake2s.Sum256(buf[:])
	lo, hi := binary.LittleEndian.Uint64(h[:]), binary.LittleEndian.Uint64(h[8:])
	zeros := bits.TrailingZeros64(lo)
	if lo == 0 {
		zeros += bits.TrailingZeros64(hi)
	}
	return uint64(zeros) >= uint64(powBits)
}
