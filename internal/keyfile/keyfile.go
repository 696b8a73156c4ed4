// Package keyfile keeps a key of 32 bytes in a private file: 64 hex digits and a newline, mode 0600. Files
// that others may read are refused.
package keyfile

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/sage-network/sage-node/internal/privatefile"
)

// ErrFormat: the file holds something else than a key.
var ErrFormat = errors.New("not a key file")

// size of a file in bytes.
const size = 65

// Read reads a key. Errors are those of [privatefile.Read], fs.ErrNotExist among them, and ErrFormat.
func Read(path string) ([32]byte, error) {
	var key [32]byte
	b, err := privatefile.Read(path, size)
	if err != nil {
		return key, err
	}
	digits := bytes.TrimSuffix(b, []byte("\n"))
	if len(digits) != hex.EncodedLen(len(key)) {
		return key, fmt.Errorf("%w: %s is not 64 hex digits", ErrFormat, path)
	}
	if _, err := hex.Decode(key[:], digits); err != nil {
		return [32]byte{}, fmt.Errorf("%w: %s is not 64 hex digits", ErrFormat, path)
	}
	return key, nil
}

// Create writes a key; [privatefile.ErrExists] when there is a file.
func Create(path string, key [32]byte) error {
	return privatefile.Create(path, []byte(hex.EncodeToString(key[:])+"\n"))
}

// Secp256k1 is the private key with this number; ErrFormat when there is none.
func Secp256k1(number [32]byte) (*secp256k1.PrivateKey, error) {
	var scalar secp256k1.ModNScalar
	if overflow := scalar.SetBytes(&number); overflow != 0 || scalar.IsZero() {
		return nil, fmt.Errorf("%w: the number is no secp256k1 key", ErrFormat)
	}
	return secp256k1.NewPrivateKey(&scalar), nil
}
