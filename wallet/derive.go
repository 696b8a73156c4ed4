package wallet

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/tyler-smith/go-bip39"

	"github.com/sage-network/sage-node/internal/starkhash"
)

// Words is the number of words of a mnemonic: 256 bits and a checksum.
const Words = 24

// ErrMnemonic says that a text is no mnemonic; the error says what is wrong with it, and never quotes it.
var ErrMnemonic = errors.New("wallet: not a valid mnemonic")

// Mnemonic is the words from which all keys of a wallet come. Only [Mnemonic.Reveal] shows them.
type Mnemonic struct {
	// words is a function so that fmt cannot reach them inside other values.
	words func() string
}

// NewMnemonic draws a mnemonic.
func NewMnemonic() (Mnemonic, error) {
	var entropy [32]byte
	if _, err := rand.Read(entropy[:]); err != nil {
		return Mnemonic{}, fmt.Errorf("wallet: draw a mnemonic: %w", err)
	}
	words, err := bip39.NewMnemonic(entropy[:])
	if err != nil {
		return Mnemonic{}, fmt.Errorf("wallet: draw a mnemonic: %w", err)
	}
	return Mnemonic{words: func() string { return words }}, nil
}

// ParseMnemonic reads 24 English words, in any case and with any space between them.
func ParseMnemonic(text string) (Mnemonic, error) {
	words := strings.Fields(strings.ToLower(text))
	if len(words) != Words {
		return Mnemonic{}, fmt.Errorf("%w: it has %d words, want %d", ErrMnemonic, len(words), Words)
	}
	for i, w := range words {
		if _, ok := bip39.GetWordIndex(w); !ok {
			return Mnemonic{}, fmt.Errorf("%w: word %d is not in the English list of BIP-39", ErrMnemonic, i+1)
		}
	}
	joined := strings.Join(words, " ")
	if !bip39.IsMnemonicValid(joined) {
		return Mnemonic{}, fmt.Errorf("%w: its checksum is wrong: a word is mistaken or out of order", ErrMnemonic)
	}
	return Mnemonic{words: func() string { return joined }}, nil
}

// Reveal returns the words, for the one time that their owner writes them down.
func (m Mnemonic) Reveal() string {
	if m.words == nil {
		return ""
	}
	return m.words()
}

const hidden = "[mnemonic]"

// String hides the words.
func (Mnemonic) String() string { return hidden }

// Format hides the words from every verb.
func (Mnemonic) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// LogValue hides the words.
func (Mnemonic) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText refuses.
func (Mnemonic) MarshalText() ([]byte, error) {
	return nil, errors.New("wallet: a mnemonic is not serialised")
}

// Kind is the use of a key, and the last number of its path.
type Kind uint32

// The keys of a wallet.
const (
	// Account signs transactions.
	Account Kind = iota
	// ElGamal decrypts amounts.
	ElGamal
	// Vote signs a validator's votes.
	Vote
)

// kinds lists all of them.
var kinds = []Kind{Account, ElGamal, Vote}

// String returns the name under which the key is kept.
func (k Kind) String() string {
	switch k {
	case Account:
		return "account"
	case ElGamal:
		return "elgamal"
	case Vote:
		return "vote"
	}
	return fmt.Sprintf("Kind(%d)", uint32(k))
}

// Key returns the mnemonic's key of a kind: the child at m/44'/9004'/0'/0/kind, ground to the STARK curve.
func (m Mnemonic) Key(kind Kind) (starkhash.PrivateKey, error) {
	words := m.Reveal()
	if words == "" {
		return starkhash.PrivateKey{}, fmt.Errorf("%w: empty", ErrMnemonic)
	}
	child, err := derive(bip39.NewSeed(words, ""), hardened|44, hardened|9004, hardened|0, 0, uint32(kind))
	if err != nil {
		return starkhash.PrivateKey{}, err
	}
	return grind(child[:])
}

const hardened = 1 << 31

// derive walks from the master key of a seed down a path (BIP-32).
func derive(seed []byte, path ...uint32) ([32]byte, error) {
	node := hmacSHA512([]byte("Bitcoin seed"), seed)
	var key secp256k1.ModNScalar
	if key.SetByteSlice(node[:32]) || key.IsZero() {
		return [32]byte{}, errors.New("wallet: the seed gives no master key")
	}
	chainCode := node[32:]
	for _, index := range path {
		var data []byte
		if index >= hardened {
			secret := key.Bytes()
			data = append([]byte{0}, secret[:]...)
		} else {
			data = secp256k1.NewPrivateKey(&key).PubKey().SerializeCompressed()
		}
		node = hmacSHA512(chainCode, binary.BigEndian.AppendUint32(data, index))
		var tweak secp256k1.ModNScalar
		overflow := tweak.SetByteSlice(node[:32])
		if overflow || key.Add(&tweak).IsZero() {
			// One in 2^127: BIP-32 says to take the next index.
			return [32]byte{}, fmt.Errorf("wallet: index %d of the path gives no key", index)
		}
		chainCode = node[32:]
	}
	return key.Bytes(), nil
}

func hmacSHA512(key, data []byte) []byte {
	h := hmac.New(sha512.New, key)
	h.Write(data)
	return h.Sum(nil)
}

// grind turns 256 uniform bits into a uniform scalar of the STARK curve: SHA-256(seed ‖ i) for the first i that is below
// the largest multiple of the curve's order, reduced. It is the grinding of StarkEx and of Starknet's wallets.
func grind(seed []byte) (starkhash.PrivateKey, error) {
	order := starkhash.CurveOrder()
	all := new(big.Int).Lsh(big.NewInt(1), 256)
	limit := new(big.Int).Sub(all, new(big.Int).Mod(all, order))
	for i := range 256 {
		digest := sha256.Sum256(append(append([]byte{}, seed...), byte(i)))
		n := new(big.Int).SetBytes(digest[:])
		if n.Cmp(limit) >= 0 {
			continue
		}
		var secret [32]byte
		n.Mod(n, order).FillBytes(secret[:])
		return starkhash.NewPrivateKey(secret[:])
	}
	return starkhash.PrivateKey{}, errors.New("wallet: grinding finds no key")
}
