package wallet

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/internal/privatefile"
)

// NodeKey is the secp256k1 key by which peers know a process: its libp2p identity, registered on-chain. It hides itself
// from every way of printing.
type NodeKey struct {
	key func() *secp256k1.PrivateKey
}

// NodeKeyFile returns the node key in a file, 64 hexadecimal digits, which it makes if there is none.
func NodeKeyFile(path string) (NodeKey, error) {
	text, err := privatefile.Read(path, 256)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := secp256k1.GeneratePrivateKeyFromRand(rand.Reader)
		if err != nil {
			return NodeKey{}, fmt.Errorf("wallet: draw a node key: %w", err)
		}
		err = privatefile.Create(path, []byte(hex.EncodeToString(key.Serialize())+"\n"))
		if errors.Is(err, privatefile.ErrExists) {
			// Another process was faster: its key counts.
			return NodeKeyFile(path)
		}
		if err != nil {
			return NodeKey{}, fmt.Errorf("wallet: write the node key: %w", err)
		}
		return NodeKey{key: func() *secp256k1.PrivateKey { return key }}, nil
	}
	if err != nil {
		return NodeKey{}, fmt.Errorf("wallet: read the node key: %w", err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(text)))
	var scalar secp256k1.ModNScalar
	if err != nil || len(secret) != 32 || scalar.SetByteSlice(secret) || scalar.IsZero() {
		return NodeKey{}, fmt.Errorf("%w: %s is no node key (64 hexadecimal digits below the order of secp256k1)", ErrKeystore, path)
	}
	key := secp256k1.NewPrivateKey(&scalar)
	return NodeKey{key: func() *secp256k1.PrivateKey { return key }}, nil
}

// Secret returns the scalar, 32 bytes big-endian, as libp2p takes it.
func (k NodeKey) Secret() []byte { return k.key().Serialize() }

// Public returns the public key as it is registered on-chain: the x-coordinate, big-endian, and whether y is odd.
func (k NodeKey) Public() (x [32]byte, odd bool) {
	compressed := k.key().PubKey().SerializeCompressed()
	return [32]byte(compressed[1:]), compressed[0] == secp256k1.PubKeyFormatCompressedOdd
}

const hiddenNodeKey = "[node key]"

// String hides the key.
func (NodeKey) String() string { return hiddenNodeKey }

// Format hides the key from every verb.
func (NodeKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hiddenNodeKey) }

// LogValue hides the key.
func (NodeKey) LogValue() slog.Value { return slog.StringValue(hiddenNodeKey) }

// MarshalText refuses.
func (NodeKey) MarshalText() ([]byte, error) {
	return nil, errors.New("wallet: a node key is not serialised")
}
