package history

import (
	"bytes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/gob"
	"errors"
	"fmt"
	"io/fs"

	"github.com/NethermindEth/juno/core/felt"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/sage-network/sage-node/elgamal"
	"github.com/sage-network/sage-node/internal/privatefile"
)

// ErrDamaged says that a file is not a book of this account, or not whole any more.
var ErrDamaged = errors.New("history: the file does not open")

// label separates the file's key from all else that is derived from the account's secret.
const label = "SAGE/HISTORY/1"

// maxFile bounds what is read of a file.
const maxFile = 512 << 20

// File is a sealed book at a path: XChaCha20-Poly1305 under HKDF-SHA256 of the account's secret, with chain,
// contract and account as info, and a nonce of 24 random bytes in front.
type File struct {
	path string
	aead cipher.AEAD
}

// NewFile gives the file of an account's book. Nothing is opened yet.
func NewFile(path string, at Setting, account felt.Felt, key elgamal.SecretKey) (*File, error) {
	var info []byte
	for _, f := range []felt.Felt{at.ChainID, at.Contract, account} {
		b := f.Bytes()
		info = append(info, b[:]...)
	}
	secret := key.Bytes()
	derived, err := hkdf.Key(sha256.New, secret[:], []byte(label), string(info), chacha20poly1305.KeySize)
	if err != nil {
		return nil, err
	}
	aead, err := chacha20poly1305.NewX(derived)
	return &File{path: path, aead: aead}, err
}

// Save replaces the file, with mode 0600.
func (f *File) Save(b *Book) error {
	var plain bytes.Buffer
	if err := gob.NewEncoder(&plain).Encode(b); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	sealed := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+plain.Len()+chacha20poly1305.Overhead)
	if _, err := rand.Read(sealed); err != nil {
		return err
	}
	return privatefile.Write(f.path, f.aead.Seal(sealed, sealed, plain.Bytes(), nil))
}

// Load reads the file. It fails with fs.ErrNotExist where there is none, and with ErrDamaged where it does not open:
// begin with an empty book then.
func (f *File) Load() (*Book, error) {
	sealed, err := privatefile.Read(f.path, maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, fmt.Errorf("%w: it has %d bytes", ErrDamaged, len(sealed))
	}
	plain, err := f.aead.Open(nil, sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	b := new(Book)
	if err := gob.NewDecoder(bytes.NewReader(plain)).Decode(b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return b, nil
}
