package starkhash

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/NethermindEth/juno/core/felt"
)

// MaxShortString is the number of characters that fit into one field element.
const MaxShortString = 31

var (
	// ErrShortString says that a text has more than 31 characters or one that is not ASCII.
	ErrShortString = errors.New("starkhash: not a short string")
	// ErrRange says that a number lies outside its type.
	ErrRange = errors.New("starkhash: number out of range")
)

// ShortString returns the Cairo short string: the ASCII bytes of s as a big-endian number.
func ShortString(s string) (felt.Felt, error) {
	if len(s) > MaxShortString {
		return felt.Felt{}, fmt.Errorf("%w: %q has %d characters, at most %d fit", ErrShortString, s, len(s), MaxShortString)
	}
	for i := range len(s) {
		if s[i] == 0 || s[i] > 0x7f {
			return felt.Felt{}, fmt.Errorf("%w: %q holds the byte %#x, which is not ASCII text", ErrShortString, s, s[i])
		}
	}
	return felt.FromBytes[felt.Felt]([]byte(s)), nil
}

// MustShortString is ShortString for constants of a program; it panics where ShortString fails.
func MustShortString(s string) felt.Felt {
	f, err := ShortString(s)
	if err != nil {
		panic(err)
	}
	return f
}

// ParseShortString returns the text of a Cairo short string. It fails for numbers that are none: bytes that are not
// ASCII, or a zero byte inside.
func ParseShortString(f felt.Felt) (string, error) {
	b := f.Bytes()
	text := b[:]
	for len(text) > 0 && text[0] == 0 {
		text = text[1:]
	}
	if len(text) > MaxShortString {
		return "", fmt.Errorf("%w: %s has 32 bytes", ErrShortString, f.String())
	}
	for _, c := range text {
		if c == 0 || c > 0x7f {
			return "", fmt.Errorf("%w: %s holds the byte %#x", ErrShortString, f.String(), c)
		}
	}
	return string(text), nil
}

// Uint64 returns n as a field element.
func Uint64(n uint64) felt.Felt {
	return felt.FromUint64[felt.Felt](n)
}

// Bool returns 1 for true and 0 for false.
func Bool(b bool) felt.Felt {
	if b {
		return felt.One
	}
	return felt.Felt{}
}

// U128 returns n as a field element; n must lie in [0, 2^128).
func U128(n *big.Int) (felt.Felt, error) {
	if n == nil || n.Sign() < 0 || n.BitLen() > 128 {
		return felt.Felt{}, fmt.Errorf("%w: %v is no u128", ErrRange, n)
	}
	return *new(felt.Felt).SetBigInt(n), nil
}

// SplitU256 returns the low and high u128 of the 256-bit number whose big-endian bytes are b, as Cairo stores it.
func SplitU256(b [32]byte) (low, high felt.Felt) {
	return felt.FromBytes[felt.Felt](b[16:]), felt.FromBytes[felt.Felt](b[:16])
}

// JoinU256 is the inverse of SplitU256; both parts must be below 2^128.
func JoinU256(low, high felt.Felt) (b [32]byte, err error) {
	l, h := low.Bytes(), high.Bytes()
	if !isU128(l) || !isU128(h) {
		return b, fmt.Errorf("%w: a half of the u256 (low %s, high %s) is no u128", ErrRange, low.String(), high.String())
	}
	copy(b[:16], h[16:])
	copy(b[16:], l[16:])
	return b, nil
}

func isU128(b [32]byte) bool {
	return binary.BigEndian.Uint64(b[:8])|binary.BigEndian.Uint64(b[8:16]) == 0
}

// AccountClass is the account contract of this project's wallets: OpenZeppelin 1.0.0, which public networks and the
// devnet have declared. Its constructor takes the public key.
var AccountClass = felt.UnsafeFromString[felt.Felt]("0x05b4b537eaa2399e3aa99c4e2e0208ebd6c71bc1467938cd52c798c601e43564")

// ContractAddress returns the address that a contract gets when deployer deploys class with salt and the
// constructor's calldata: Pedersen of the five, modulo 2^251 - 256. The deployer is zero for accounts that deploy
// themselves.
func ContractAddress(deployer, salt, class felt.Felt, calldata ...felt.Felt) felt.Felt {
	h := PedersenMany(contractAddressPrefix, deployer, salt, class, PedersenMany(calldata...))
	n := h.BigInt(new(big.Int))
	if n.Cmp(addressBound) < 0 {
		return h
	}
	return *new(felt.Felt).SetBigInt(n.Sub(n, addressBound))
}

var (
	contractAddressPrefix = MustShortString("STARKNET_CONTRACT_ADDRESS")
	addressBound          = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 251), big.NewInt(256))
)

// IsAddress says whether f may be a contract's address: not zero, and below 2^251 - 256.
func IsAddress(f felt.Felt) bool {
	return !f.IsZero() && f.BigInt(new(big.Int)).Cmp(addressBound) < 0
}
