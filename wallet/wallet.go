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
	// ErrExists says that there is a wallet already; it is never overwritten.
	ErrExists = errors.New("wallet: a wallet exists already")
	// ErrMissing says that there is no wallet in the folder.
	ErrMissing = errors.New("wallet: no wallet; make one with create-wallet or import-wallet")
)

// maxKeystore bounds a keystore's size.
const maxKeystore = 64 << 10

// Wallet is a folder of keystores: account.json, elgamal.json and vote.json.
type Wallet struct {
	folder string
}

// At returns the wallet in a folder, which need not exist yet.
func At(folder string) Wallet { return Wallet{folder: folder} }

// Create makes a wallet with a new mnemonic, which it returns for its owner to write down. It fails with ErrExists where
// there is one.
func (w Wallet) Create(password []byte, cost Cost) (Mnemonic, error) {
	m, err := NewMnemonic()
	if err != nil {
		return Mnemonic{}, err
	}
	for _, kind := range kinds {
		if _, err := os.Lstat(w.path(kind)); err == nil {
			return Mnemonic{}, fmt.Errorf("%w: %s", ErrExists, w.path(kind))
		} else if !errors.Is(err, fs.ErrNotExist) {
			return Mnemonic{}, err
		}
	}
	return m, w.Import(m, password, cost)
}

// Import makes a wallet from a mnemonic. Keystores of the same keys that an interrupted import left are kept; one of
// another key makes it fail with ErrExists, and nothing is changed.
func (w Wallet) Import(m Mnemonic, password []byte, cost Cost) error {
	keys := make([]starkhash.PrivateKey, len(kinds))
	var missing []int
	for i, kind := range kinds {
		var err error
		if keys[i], err = m.Key(kind); err != nil {
			return err
		}
		public, err := w.PublicKey(kind)
		switch {
		case errors.Is(err, ErrMissing):
			missing = append(missing, i)
		case err != nil:
			return err
		case public != keys[i].PublicKey():
			return fmt.Errorf("%w: %s holds another key", ErrExists, w.path(kind))
		}
	}
	if len(missing) == 0 {
		return fmt.Errorf("%w: %s holds these very keys", ErrExists, w.folder)
	}
	for _, i := range missing {
		data, err := seal(keys[i].Secret(), password, cost, kinds[i].String(), keys[i].PublicKey().String())
		if err != nil {
			return err
		}
		if err := privatefile.Create(w.path(kinds[i]), data); errors.Is(err, privatefile.ErrExists) {
			return fmt.Errorf("%w: %s", ErrExists, w.path(kinds[i]))
		} else if err != nil {
			return fmt.Errorf("wallet: write the keystore: %w", err)
		}
	}
	return nil
}

func (w Wallet) path(kind Kind) string { return filepath.Join(w.folder, kind.String()+".json") }

func (w Wallet) read(kind Kind) (storage, error) {
	data, err := privatefile.Read(w.path(kind), maxKeystore)
	if errors.Is(err, fs.ErrNotExist) {
		return storage{}, fmt.Errorf("%w (%s)", ErrMissing, w.path(kind))
	}
	if err != nil {
		return storage{}, fmt.Errorf("wallet: read the keystore: %w", err)
	}
	s, err := parse(data)
	if err != nil {
		return storage{}, fmt.Errorf("%s: %w", w.path(kind), err)
	}
	if s.Extra != nil && s.Extra.Kind != kind.String() {
		return storage{}, fmt.Errorf("%s: %w: it holds the key of kind %q", w.path(kind), ErrCorrupt, s.Extra.Kind)
	}
	return s, nil
}

// PublicKey returns the public key of a kind, which needs no password. Keystores that other programs made do not tell it:
// then it fails with ErrCorrupt.
func (w Wallet) PublicKey(kind Kind) (starkhash.PublicKey, error) {
	s, err := w.read(kind)
	if err != nil {
		return starkhash.PublicKey{}, err
	}
	if s.Extra == nil {
		return starkhash.PublicKey{}, fmt.Errorf("%s: %w: it does not tell its public key", w.path(kind), ErrCorrupt)
	}
	return parsePublic(s.Extra.PublicKey)
}

func parsePublic(text string) (starkhash.PublicKey, error) {
	x, err := felt.FromString[felt.Felt](text)
	if err != nil {
		return starkhash.PublicKey{}, fmt.Errorf("%w: public key %q", ErrCorrupt, text)
	}
	key, err := starkhash.NewPublicKey(x)
	if err != nil {
		return starkhash.PublicKey{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return key, nil
}

// Key decrypts the key of a kind. It fails with ErrMissing, ErrPassword, ErrCorrupt, or privatefile.ErrMode.
func (w Wallet) Key(kind Kind, password []byte) (starkhash.PrivateKey, error) {
	s, err := w.read(kind)
	if err != nil {
		return starkhash.PrivateKey{}, err
	}
	secret, err := s.open(password)
	if err != nil {
		return starkhash.PrivateKey{}, fmt.Errorf("%s: %w", w.path(kind), err)
	}
	key, err := starkhash.NewPrivateKey(secret[:])
	if err != nil {
		return starkhash.PrivateKey{}, fmt.Errorf("%s: %w: it holds no key of the STARK curve", w.path(kind), ErrCorrupt)
	}
	if s.Extra != nil && key.PublicKey().String() != s.Extra.PublicKey {
		return starkhash.PrivateKey{}, fmt.Errorf("%s: %w: it holds another key than it says", w.path(kind), ErrCorrupt)
	}
	return key, nil
}
