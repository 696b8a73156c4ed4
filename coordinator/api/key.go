package api

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/sage-network/sage-node/internal/privatefile"
)

// keyBytes is the length of an API key before encoding.
const keyBytes = 32

// Key authenticates the owner. It never prints itself.
type Key struct{ text string }

// String hides the key.
func (Key) String() string { return "[API key]" }

// GoString hides the key.
func (k Key) GoString() string { return k.String() }

// Header is the value of the Authorization header.
func (k Key) Header() string { return "Bearer " + k.text }

// matches compares in constant time.
func (k Key) matches(presented string) bool {
	return k.text != "" && subtle.ConstantTimeCompare([]byte(k.text), []byte(presented)) == 1
}

// LoadKey reads the key file, which must be private.
func LoadKey(path string) (Key, error) {
	b, err := privatefile.Read(path, 1<<10)
	if err != nil {
		return Key{}, fmt.Errorf("API key: %w", err)
	}
	text := strings.TrimSpace(string(b))
	if raw, err := hex.DecodeString(text); err != nil || len(raw) != keyBytes {
		return Key{}, fmt.Errorf("API key: %s does not hold %d hex digits; remove it and start the coordinator again", path, 2*keyBytes)
	}
	return Key{text}, nil
}

// LoadOrCreateKey reads the key file, or writes a new one with mode 0600.
func LoadOrCreateKey(path string) (Key, error) {
	k, err := LoadKey(path)
	if !errors.Is(err, os.ErrNotExist) {
		return k, err
	}
	var raw [keyBytes]byte
	rand.Read(raw[:])
	k = Key{hex.EncodeToString(raw[:])}
	if err := privatefile.Create(path, []byte(k.text+"\n")); err != nil {
		return Key{}, fmt.Errorf("API key: %w", err)
	}
	return k, nil
}
