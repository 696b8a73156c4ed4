package p2p

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/internal/keyfile"
	"github.com/sage-network/sage-node/internal/privatefile"
)

// ErrKeyFile: a node key's file does not hold 64 hex digits that are a secp256k1 private key.
var ErrKeyFile = errors.New("p2p: bad node key file")

// LoadOrCreateKey reads the node key from a file of mode 0600 with 64 hex digits, or draws one and
// writes the file when there is none.
func LoadOrCreateKey(path string) (*secp256k1.PrivateKey, error) {
	number, err := keyfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := secp256k1.GeneratePrivateKey()
		if err != nil {
			return nil, fmt.Errorf("p2p: draw a node key: %w", err)
		}
		if err := keyfile.Create(path, [32]byte(key.Serialize())); err != nil {
			return nil, fmt.Errorf("p2p: write the node key: %w", err)
		}
		return key, nil
	}
	if errors.Is(err, keyfile.ErrFormat) || errors.Is(err, privatefile.ErrTooLarge) {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	if err != nil {
		return nil, fmt.Errorf("p2p: read the node key: %w", err)
	}
	key, err := keyfile.Secp256k1(number)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrKeyFile, path, err)
	}
	return key, nil
}
