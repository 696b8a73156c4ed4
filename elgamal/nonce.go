package elgamal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/NethermindEth/juno/core/felt"
)

const nonceLabel = "SAGE/PAY/1/nonce"

// blindingDomain keeps what hides values apart from the nonces of the same statement.
var blindingDomain = *new(felt.Felt).SetBytes([]byte("SAGE/PAY/1/blinding"))

// nonces yields the secret nonces of one proof, hedged: HKDF-SHA256 (RFC 5869)
// extracts from fresh randomness (the salt) together with the secret key and
// the full statement. A broken random source alone does not repeat a nonce for
// two statements, and a guessed secret alone does not predict one.
type nonces struct {
	prk []byte
	n   uint32
}

func newNonces(r io.Reader, secret *Scalar, statement []felt.Felt) (*nonces, error) {
	if r == nil {
		r = rand.Reader
	}
	salt := make([]byte, sha256.Size)
	if _, err := io.ReadFull(r, salt); err != nil {
		return nil, fmt.Errorf("elgamal: reading randomness: %w", err)
	}
	x := secret.Bytes()
	ikm := append(x[:], feltBytes(statement)...)
	prk, err := hkdf.Extract(sha256.New, ikm, salt)
	if err != nil {
		return nil, fmt.Errorf("elgamal: deriving nonces: %w", err)
	}
	return &nonces{prk: prk}, nil
}

// newBlinding returns a stream for what hides values: of fresh randomness, the
// secret key, the statement as far as it is known, and the values.
func newBlinding(r io.Reader, secret *Scalar, t *transcript, values []uint64) (*nonces, error) {
	about := append([]felt.Felt{blindingDomain}, t.felts...)
	for _, v := range values {
		about = append(about, uint64Felt(v))
	}
	return newNonces(r, secret, about)
}

func (n *nonces) expand(size int) ([]byte, error) {
	info := binary.BigEndian.AppendUint32([]byte(nonceLabel), n.n)
	n.n++
	b, err := hkdf.Expand(sha256.New, n.prk, string(info), size)
	if err != nil {
		return nil, fmt.Errorf("elgamal: deriving nonces: %w", err)
	}
	return b, nil
}

func (n *nonces) scalar() (Scalar, error) {
	var wide [48]byte
	b, err := n.expand(len(wide))
	if err != nil {
		return Scalar{}, err
	}
	copy(wide[:], b)
	return wideScalar(&wide), nil
}

func (n *nonces) scalars(count int) ([]Scalar, error) {
	out := make([]Scalar, count)
	for i := range out {
		var err error
		if out[i], err = n.scalar(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// feltBytes concatenates felts as 32 big-endian bytes each.
func feltBytes(fs []felt.Felt) []byte {
	out := make([]byte, 0, 32*len(fs))
	for i := range fs {
		b := fs[i].Bytes()
		out = append(out, b[:]...)
	}
	return out
}
