package wallet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/internal/starkhash"
)

var (
	// ErrExists means that a keystore is there already; it is never overwritten.
	ErrExists = errors.New("wallet: a keystore exists already")
	// ErrNoWallet means that a folder holds no keystore for the purpose.
	ErrNoWallet = errors.New("wallet: no keystore")
	// ErrMode means that others can read a keystore.
	ErrMode = privatefile.ErrMode
)

// Address is the address at which the account of a public key lies, deployed or not.
func Address(key starkhash.PublicKey) felt.Felt {
	return starkhash.ContractAddress(felt.Felt{}, key.X(), starkhash.AccountClass, key.X())
}

// Folder holds one keystore file per purpose.
type Folder string

func (f Folder) path(p Purpose) string { return filepath.Join(string(f), p.String()+".json") }

// Vacant fails with ErrExists when there is a keystore for one of the purposes.
func (f Folder) Vacant(purposes ...Purpose) error {
	for _, p := range purposes {
		if _, err := os.Lstat(f.path(p)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %s", ErrExists, f.path(p))
		}
	}
	return nil
}

// Create derives the keys for the purposes and writes their keystores. When any of them exists
// already nothing is written.
func (f Folder) Create(m Mnemonic, password string, purposes ...Purpose) (felt.Felt, error) {
	account, err := m.Key(Account)
	if err != nil {
		return felt.Felt{}, err
	}
	address := Address(account.PublicKey())
	if err := f.Vacant(purposes...); err != nil {
		return felt.Felt{}, err
	}
	for _, p := range purposes {
		key, err := m.Key(p)
		if err != nil {
			return felt.Felt{}, err
		}
		content, err := Encrypt(key, password, address.String())
		if err != nil {
			return felt.Felt{}, err
		}
		if err := privatefile.Create(f.path(p), content); errors.Is(err, privatefile.ErrExists) {
			return felt.Felt{}, fmt.Errorf("%w: %s", ErrExists, f.path(p))
		} else if err != nil {
			return felt.Felt{}, fmt.Errorf("wallet: %w", err)
		}
	}
	return address, nil
}

// Open decrypts the key for a purpose. A file that others can read is refused.
func (f Folder) Open(p Purpose, password string) (starkhash.PrivateKey, error) {
	content, err := f.read(p)
	if err != nil {
		return starkhash.PrivateKey{}, err
	}
	key, err := Decrypt(content, password)
	if err != nil {
		return starkhash.PrivateKey{}, fmt.Errorf("%s: %w", f.path(p), err)
	}
	return key, nil
}

// AccountAddress reads the account's address from its keystore without a password. It is a label:
// what it names is proven only by opening the keystore.
func (f Folder) AccountAddress() (felt.Felt, error) {
	content, err := f.read(Account)
	if err != nil {
		return felt.Felt{}, err
	}
	k, err := parse(content)
	if err != nil {
		return felt.Felt{}, fmt.Errorf("%s: %w", f.path(Account), err)
	}
	address, err := felt.FromString[felt.Felt](k.Address)
	if err != nil || address.IsZero() {
		return felt.Felt{}, fmt.Errorf("%s: %w: no address", f.path(Account), ErrKeystore)
	}
	return address, nil
}

func (f Folder) read(p Purpose) ([]byte, error) {
	content, err := privatefile.Read(f.path(p), maxKeystore)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: %s", ErrNoWallet, f.path(p))
	case errors.Is(err, privatefile.ErrTooLarge):
		return nil, fmt.Errorf("%w: %w", ErrKeystore, err)
	case err != nil:
		return nil, fmt.Errorf("wallet: %w", err)
	}
	return content, nil
}
