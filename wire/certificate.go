package wire

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// MaxSigners is the most validators that an epoch's table may hold: the width of a bitmap.
const MaxSigners = 256

// CertificateVersion is the first byte of an encoded Certificate.
const CertificateVersion = 2

// MaxCertificateSize is the greatest length in bytes of an encoded Certificate.
const MaxCertificateSize = 1 + SlotSize + 4 + 1 + 32 + MaxSigners*64

// Bitmap marks validators of an epoch's table: bit i is the i-th by ascending address. It is the
// contracts' u256, big-endian: bit 0 is the lowest bit of the last byte.
type Bitmap [32]byte

// Set marks the i-th validator, 0 ≤ i < MaxSigners.
func (b *Bitmap) Set(i int) { b[31-i/8] |= 1 << (i % 8) }

// Has tells whether the i-th validator is marked; false outside 0 ≤ i < MaxSigners.
func (b Bitmap) Has(i int) bool {
	return i >= 0 && i < MaxSigners && b[31-i/8]&(1<<(i%8)) != 0
}

// Count returns how many validators are marked.
func (b Bitmap) Count() int {
	n := 0
	for _, x := range b {
		n += bits.OnesCount8(x)
	}
	return n
}

// Certificate shows that validators with more than two thirds of an epoch's stake voted the same
// in one round. Whether it does is for ProofVerifier, or bft.VerifyCertificate, to find out.
type Certificate struct {
	Slot    Slot
	Round   uint32
	Verdict Verdict
	Signers Bitmap
	// Signatures in ascending order of the signers' bits, one for each.
	Signatures []Signature
}

// MarshalBinary returns the canonical encoding: version, slot, round, verdict, bitmap, then r and
// s of each signature. Their number is the bitmap's count.
func (c Certificate) MarshalBinary() ([]byte, error) {
	if len(c.Signatures) != c.Signers.Count() {
		return nil, fmt.Errorf("certificate: %w: %d signatures for %d signers",
			ErrNotCanonical, len(c.Signatures), c.Signers.Count())
	}
	b := append(make([]byte, 0, MaxCertificateSize), CertificateVersion)
	b = c.Slot.appendTo(b)
	b = binary.BigEndian.AppendUint32(b, c.Round)
	b = append(b, byte(c.Verdict))
	b = append(b, c.Signers[:]...)
	for i := range c.Signatures {
		b = appendFelt(b, &c.Signatures[i].R)
		b = appendFelt(b, &c.Signatures[i].S)
	}
	return b, nil
}

// UnmarshalBinary accepts exactly what MarshalBinary writes, with at least one signer. It does not
// check signatures.
func (c *Certificate) UnmarshalBinary(b []byte) error {
	d := decoder{rest: b}
	if version := d.byte("version"); d.err == nil && version != CertificateVersion {
		d.err = fmt.Errorf("%w: %d, want %d", ErrVersion, version, CertificateVersion)
	}
	var cert Certificate
	cert.Slot.read(&d)
	cert.Round, cert.Verdict = d.roundAndVerdict()
	d.bytes(cert.Signers[:], "signers")
	count := cert.Signers.Count()
	if d.err == nil && count == 0 {
		d.err = fmt.Errorf("%w: no signers", ErrNotCanonical)
	}
	if d.err == nil {
		cert.Signatures = make([]Signature, count)
		for i := range cert.Signatures {
			d.felt(&cert.Signatures[i].R, "signature r")
			d.felt(&cert.Signatures[i].S, "signature s")
		}
	}
	if err := d.finish(); err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	*c = cert
	return nil
}
