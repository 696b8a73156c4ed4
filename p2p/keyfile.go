package p2p

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/internal/privatefile"
)

// ErrKeyFile: a node key's file does not hold 64 hex digits that are a secp256k1 private key.
var ErrKeyFile = errors.New("p2p: bad node key file")

// LoadOrCreateKey reads the node key from a file of mode 0600 with 64 hex digits, or draws one and
// writes the file when there is none.
func LoadOrCreateKey(path string) (*secp256k1.PrivateKey, error) {
	content, err := privatefile.Read(path, 1024)
	if errors.Is(err, fs.ErrNotExist) {
		key, err := secp256k1.GeneratePrivateKey()
		if err != nil {
			return nil, fmt.Errorf("p2p: draw a node key: %w", err)
		}
		if err := privatefile.Create(path, []byte(hex.EncodeToString(key.Serialize())+"\n")); err != nil {
			return nil, fmt.Errorf("p2p: write the node key: %w", err)
		}
		return key, nil
	}
	if err != nil {
		return nil, fmt.Errorf("p2p: read the node key: %w", err)
	}
	secret, err := hex.DecodeString(strings.TrimSpace(string(content)))
	if err != nil || len(secret) != secp256k1.PrivKeyBytesLen {
		return nil, fmt.Errorf("%w: %s does not hold 64 hex digits", ErrKeyFile, path)
	}
	var scalar secp256k1.ModNScalar
	if overflow := scalar.SetByteSlice(secret); overflow || scalar.IsZero() {
		return nil, fmt.Errorf("%w: the number in %s is no key", ErrKeyFile, path)
	}
	return secp256k1.NewPrivateKey(&scalar), nil
}
