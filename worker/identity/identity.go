// Package identity holds the two keys by which a worker's machine is known: the node key
// (secp256k1), which signs liveness, manifests and results and is the libp2p identity, and the
// payload key (X25519), to which coordinators seal job payloads. Neither controls money.
//
// Each key is a file of 64 hex digits and a newline, mode 0600; files that others may read are
// refused.
package identity

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/internal/keyfile"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/job"
	"github.com/sage-network/sage-node/wire"
)

// Names of the key files in their folder.
const (
	NodeFile    = "node.key"
	PayloadFile = "payload.key"
)

var (
	// ErrExists: a key file is there already; it is never overwritten.
	ErrExists = errors.New("identity: key file exists")
	// ErrMissing: there is no key file.
	ErrMissing = errors.New("identity: no key file")
	// ErrKeyFile: a key file is not 64 hex digits, holds no valid key, or is readable by others.
	ErrKeyFile = errors.New("identity: bad key file")
	// ErrSealed: a payload was not sealed to this worker's key, or was altered.
	ErrSealed = errors.New("identity: payload does not open with this worker's payload key")
)

// Identity is a worker's node key and payload key. Its formatting verbs show no secret.
type Identity struct {
	node    *secp256k1.PrivateKey
	payload hpke.PrivateKey
}

// Create draws both keys and writes their files into dir, which must exist. It returns [ErrExists]
// and changes nothing if one of them is there.
func Create(dir string) (*Identity, error) {
	for _, name := range []string{NodeFile, PayloadFile} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return nil, fmt.Errorf("%w: %s", ErrExists, filepath.Join(dir, name))
		}
	}
	node, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		return nil, fmt.Errorf("identity: drawing the node key: %w", err)
	}
	payload, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("identity: drawing the payload key: %w", err)
	}
	if err := writeKey(filepath.Join(dir, NodeFile), node.Serialize()); err != nil {
		return nil, err
	}
	if err := writeKey(filepath.Join(dir, PayloadFile), payload.Bytes()); err != nil {
		return nil, err
	}
	return newIdentity(node.Serialize(), payload.Bytes())
}

// Ensure loads the keys that dir has and makes those that it lacks, as after a restored backup.
func Ensure(dir string) (*Identity, error) {
	node, err := ensureKey(filepath.Join(dir, NodeFile), func() ([]byte, error) {
		k, err := secp256k1.GeneratePrivateKey()
		if err != nil {
			return nil, err
		}
		return k.Serialize(), nil
	})
	if err != nil {
		return nil, err
	}
	payload, err := ensureKey(filepath.Join(dir, PayloadFile), func() ([]byte, error) {
		k, err := ecdh.X25519().GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		return k.Bytes(), nil
	})
	if err != nil {
		return nil, err
	}
	return newIdentity(node, payload)
}

func ensureKey(path string, draw func() ([]byte, error)) ([]byte, error) {
	key, err := readKey(path)
	if !errors.Is(err, ErrMissing) {
		return key, err
	}
	if key, err = draw(); err != nil {
		return nil, fmt.Errorf("identity: drawing %s: %w", filepath.Base(path), err)
	}
	return key, writeKey(path, key)
}

// Load reads both keys from dir.
func Load(dir string) (*Identity, error) {
	node, err := readKey(filepath.Join(dir, NodeFile))
	if err != nil {
		return nil, err
	}
	payload, err := readKey(filepath.Join(dir, PayloadFile))
	if err != nil {
		return nil, err
	}
	return newIdentity(node, payload)
}

func newIdentity(node, payload []byte) (*Identity, error) {
	signer, err := keyfile.Secp256k1([32]byte(node))
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrKeyFile, NodeFile, err)
	}
	x, err := ecdh.X25519().NewPrivateKey(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrKeyFile, PayloadFile, err)
	}
	opener, err := hpke.NewDHKEMPrivateKey(x)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrKeyFile, PayloadFile, err)
	}
	return &Identity{node: signer, payload: opener}, nil
}

// NodeKey is the public node key, as registered on-chain.
func (id *Identity) NodeKey() *secp256k1.PublicKey { return id.node.PubKey() }

// PublicKey is the public node key, 33 bytes compressed.
func (id *Identity) PublicKey() []byte { return id.NodeKey().SerializeCompressed() }

// NodeID is the SHA-256 of the compressed node key.
func (id *Identity) NodeID() job.Hash { return wire.NodeID(id.NodeKey()) }

// PrivateNodeKey is the node key itself, for the libp2p host.
func (id *Identity) PrivateNodeKey() *secp256k1.PrivateKey { return id.node }

// Sign signs a digest of package wire with the node key.
func (id *Identity) Sign(digest [32]byte) []byte { return wire.SignNode(id.node, digest) }

// PayloadKey is the public payload key: 32 bytes, X25519.
func (id *Identity) PayloadKey() []byte { return id.payload.PublicKey().Bytes() }

// OpenPayload opens what was sealed to the payload key: HPKE base mode with DHKEM(X25519,
// HKDF-SHA256), HKDF-SHA256 and ChaCha20-Poly1305 (RFC 9180), info = [wire.PayloadInfo]. The sender
// is not authenticated: what comes out is a claim.
func (id *Identity) OpenPayload(sealed []byte) ([]byte, error) {
	b, err := hpke.Open(id.payload, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), []byte(wire.PayloadInfo), sealed)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	return b, nil
}

// String names the node, not the key.
func (id *Identity) String() string { return "node " + id.NodeID().String() }

// GoString names the node, not the key.
func (id *Identity) GoString() string { return id.String() }

func writeKey(path string, key []byte) error {
	err := keyfile.Create(path, [32]byte(key))
	if errors.Is(err, privatefile.ErrExists) {
		return fmt.Errorf("%w: %s", ErrExists, path)
	}
	if err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	return nil
}

func readKey(path string) ([]byte, error) {
	key, err := keyfile.Read(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s; create it with create-wallet", ErrMissing, path)
	case errors.Is(err, privatefile.ErrMode), errors.Is(err, privatefile.ErrTooLarge), errors.Is(err, keyfile.ErrFormat):
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	case err != nil:
		return nil, fmt.Errorf("identity: %w", err)
	}
	return key[:], nil
}
