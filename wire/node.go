package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"github.com/sage-network/sage-node/job"
)

// The node key (secp256k1) signs liveness and results, never money. Every signature is over the
// SHA-256 of a purpose, a zero byte and the content, so that one purpose's signature serves no other.

// ErrNodeSignature means that a signature is not the node key's over this content.
var ErrNodeSignature = errors.New("wire: bad node signature")

// PayloadInfo is the HPKE info string of offers.
const PayloadInfo = "SAGE/PAYLOAD/1"

// NodeID is SHA-256 of the compressed node key.
func NodeID(key *secp256k1.PublicKey) job.Hash { return sha256.Sum256(key.SerializeCompressed()) }

// ProofOfExecution is SHA-256(task_id ‖ result ‖ node_id); result is the row-major little-endian
// encoding of C.
func ProofOfExecution(task job.ID, result []byte, node job.Hash) job.Hash {
	h := sha256.New()
	h.Write(task[:])
	h.Write(result)
	h.Write(node[:])
	return job.Hash(h.Sum(nil))
}

func digest(purpose string, content any) [32]byte {
	b, err := json.Marshal(content)
	if err != nil {
		panic("wire: signed content always encodes: " + err.Error())
	}
	return sha256.Sum256(append([]byte("SAGE/NODE/1/"+purpose+"\x00"), b...))
}

// AuthDigest is what an Auth signs: the challenge, the worker's address and the hash of its manifest.
func AuthDigest(c Challenge, worker Felt, m Manifest) [32]byte {
	return digest("auth", struct {
		Challenge Challenge
		Worker    Felt
		Manifest  job.Hash
	}{c, worker, ManifestDigest(m)})
}

// ManifestDigest is what a manifest's signature is over: the manifest without it.
func ManifestDigest(m Manifest) [32]byte {
	m.Signature = nil
	return digest("manifest", m)
}

// ResultDigest is what a result's signature is over: the result without it.
func ResultDigest(r ComputeResult) [32]byte {
	r.Signature = nil
	return digest("result", r)
}

// SignNode signs a digest: 64 bytes r ‖ s with low s, deterministic (RFC 6979).
func SignNode(key *secp256k1.PrivateKey, digest [32]byte) []byte {
	compact := ecdsa.SignCompact(key, digest[:], true)
	return compact[1:]
}

// VerifyNode checks a signature. High s is refused: each content has one signature by one key.
func VerifyNode(key *secp256k1.PublicKey, digest [32]byte, signature []byte) error {
	if len(signature) != 64 {
		return fmt.Errorf("%w: %d bytes, must be 64", ErrNodeSignature, len(signature))
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:]) || r.IsZero() || s.IsZero() || s.IsOverHalfOrder() {
		return fmt.Errorf("%w: not a canonical pair", ErrNodeSignature)
	}
	if !ecdsa.NewSignature(&r, &s).Verify(digest[:], key) {
		return ErrNodeSignature
	}
	return nil
}

// ParseNodeKey reads a compressed key.
func ParseNodeKey(b []byte) (*secp256k1.PublicKey, error) {
	if len(b) != secp256k1.PubKeyBytesLenCompressed {
		return nil, fmt.Errorf("%w: a node key is 33 bytes compressed, got %d", ErrMalformed, len(b))
	}
	k, err := secp256k1.ParsePubKey(b)
	if err != nil {
		return nil, fmt.Errorf("%w: node key: %s", ErrMalformed, err)
	}
	return k, nil
}

// NodeKeyOnChain is the key as StakingManager stores it: x, and whether y is odd.
func NodeKeyOnChain(key *secp256k1.PublicKey) (x [32]byte, odd bool) {
	c := key.SerializeCompressed()
	copy(x[:], c[1:])
	return x, c[0] == 3
}

// NodeKeyFromChain is the key that StakingManager stores as x and the parity of y; the contract does
// not check that there is one.
func NodeKeyFromChain(x [32]byte, odd bool) (*secp256k1.PublicKey, error) {
	prefix := byte(secp256k1.PubKeyFormatCompressedEven)
	if odd {
		prefix = secp256k1.PubKeyFormatCompressedOdd
	}
	return ParseNodeKey(append([]byte{prefix}, x[:]...))
}

// CapabilityHash is what StakingManager stores of a manifest.
func CapabilityHash(m Manifest) job.Hash {
	d := ManifestDigest(m)
	var version [4]byte
	binary.BigEndian.PutUint32(version[:], WorkerProtocol)
	return sha256.Sum256(append(version[:], d[:]...))
}
