package wallet

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strings"

	"github.com/decred/dcrd/hdkeychain/v3"
	"github.com/tyler-smith/go-bip39"
	"github.com/tyler-smith/go-bip39/wordlists"

	"github.com/sage-network/sage-node/internal/starkhash"
)

// ErrMnemonic means that a text is not a valid BIP-39 mnemonic of 24 English words.
var ErrMnemonic = errors.New("wallet: not a mnemonic of 24 words")

const mnemonicWords = 24

// Mnemonic is a secret of 256 bits as 24 words. It never prints itself; Words gives it away.
type Mnemonic struct{ words func() string }

// NewMnemonic draws a mnemonic from the system's randomness.
func NewMnemonic() (Mnemonic, error) {
	entropy, err := bip39.NewEntropy(256)
	if err != nil {
		return Mnemonic{}, fmt.Errorf("wallet: randomness: %w", err)
	}
	words, err := bip39.NewMnemonic(entropy)
	if err != nil {
		return Mnemonic{}, fmt.Errorf("wallet: %w", err)
	}
	return Mnemonic{func() string { return words }}, nil
}

// ParseMnemonic reads 24 words in any case and spacing. The error says what is wrong, and where,
// without repeating any word.
func ParseMnemonic(text string) (Mnemonic, error) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) != mnemonicWords {
		return Mnemonic{}, fmt.Errorf("%w: %d words", ErrMnemonic, len(words))
	}
	for i, w := range words {
		if !slices.Contains(wordlists.English, w) {
			return Mnemonic{}, fmt.Errorf("%w: word %d is not in the English list", ErrMnemonic, i+1)
		}
	}
	joined := strings.Join(words, " ")
	if !bip39.IsMnemonicValid(joined) {
		return Mnemonic{}, fmt.Errorf("%w: the checksum does not fit; a word is wrong or two are swapped", ErrMnemonic)
	}
	return Mnemonic{func() string { return joined }}, nil
}

// Words is the secret itself.
func (m Mnemonic) Words() string { return m.words() }

// String hides the secret.
func (Mnemonic) String() string { return "(mnemonic)" }

// GoString hides the secret.
func (Mnemonic) GoString() string { return "(mnemonic)" }

// LogValue hides the secret.
func (Mnemonic) LogValue() slog.Value { return slog.StringValue("(mnemonic)") }

// Purpose names what a key is for; it is the last index of the key's path.
type Purpose uint32

// The purposes: the account that signs transactions, the ElGamal key of private payments, the key
// that signs a validator's votes.
const (
	Account Purpose = iota
	ElGamal
	Vote
)

var purposeNames = [...]string{Account: "account", ElGamal: "elgamal", Vote: "vote"}

// String is the purpose's name, which is also its keystore's.
func (p Purpose) String() string { return purposeNames[p] }

// Path is the BIP-44 path of the key.
func (p Purpose) Path() string { return fmt.Sprintf("m/44'/9004'/0'/0/%d", p) }

// Key derives the key for a purpose.
func (m Mnemonic) Key(p Purpose) (starkhash.PrivateKey, error) {
	key, err := hdkeychain.NewMaster(bip39.NewSeed(m.words(), ""), networkVersions{})
	if err != nil {
		return starkhash.PrivateKey{}, fmt.Errorf("wallet: master key: %w", err)
	}
	for _, index := range []uint32{
		hdkeychain.HardenedKeyStart + 44, hdkeychain.HardenedKeyStart + 9004, hdkeychain.HardenedKeyStart, 0, uint32(p),
	} {
		child, err := key.ChildBIP32Std(index)
		if err != nil {
			return starkhash.PrivateKey{}, fmt.Errorf("wallet: derive %s: %w", p.Path(), err)
		}
		key.Zero()
		key = child
	}
	secret, err := key.SerializedPrivKey()
	if err != nil {
		return starkhash.PrivateKey{}, fmt.Errorf("wallet: derive %s: %w", p.Path(), err)
	}
	defer key.Zero()
	return grind(secret)
}

// grind maps a secp256k1 secret to a uniform scalar of the STARK curve: SHA-256(secret ‖ i) for the
// first i whose digest is below the largest multiple of the curve's order in 2^256, modulo the order.
// This is the grinding of StarkWare's and Starknet's wallets.
func grind(secret []byte) (starkhash.PrivateKey, error) {
	order := starkhash.CurveOrder()
	limit := new(big.Int).Lsh(big.NewInt(1), 256)
	limit.Sub(limit, new(big.Int).Mod(limit, order))
	for i := range 256 {
		digest := sha256.Sum256(append(slices.Clone(secret), byte(i)))
		k := new(big.Int).SetBytes(digest[:])
		if k.Cmp(limit) >= 0 {
			continue
		}
		return starkhash.NewPrivateKey(k.Mod(k, order).FillBytes(digest[:]))
	}
	return starkhash.PrivateKey{}, errors.New("wallet: grinding found no key in 256 tries")
}

// networkVersions satisfies hdkeychain, which wants prefixes for text forms that are never made.
type networkVersions struct{}

func (networkVersions) HDPrivKeyVersion() [4]byte { return [4]byte{} }
func (networkVersions) HDPubKeyVersion() [4]byte  { return [4]byte{} }
