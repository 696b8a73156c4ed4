package abi

import (
	"github.com/NethermindEth/juno/core/felt"
)

// Encoder appends Cairo's serialisation of values to a list of field elements. Its zero value is ready to use. No
// method can fail: the Go types hold nothing that the Cairo types do not.
type Encoder struct {
	felts []felt.Felt
}

// Encode returns what write appends.
func Encode(write func(*Encoder)) []felt.Felt {
	e := Encoder{felts: []felt.Felt{}}
	write(&e)
	return e.felts
}

// Felts returns what was written.
func (e *Encoder) Felts() []felt.Felt { return e.felts }

// Felt writes a felt252, an address or a class hash.
func (e *Encoder) Felt(f felt.Felt) { e.felts = append(e.felts, f) }

// Uint64 writes an unsigned integer of up to 64 bits.
func (e *Encoder) Uint64(n uint64) { e.Felt(felt.FromUint64[felt.Felt](n)) }

// Bool writes a bool.
func (e *Encoder) Bool(b bool) {
	if b {
		e.Felt(felt.One)
		return
	}
	e.Felt(felt.Felt{})
}

// U128 writes a u128.
func (e *Encoder) U128(u U128) { e.Felt(u.Felt()) }

// U256 writes a u256: low, then high.
func (e *Encoder) U256(u U256) {
	low, high := u.halves()
	e.Felt(low)
	e.Felt(high)
}

// wordBytes is the number of bytes that Cairo's ByteArray packs into one element.
const wordBytes = 31

// ByteArray writes a ByteArray: the full words with their number, the rest, and the rest's length.
func (e *Encoder) ByteArray(s string) {
	e.Uint64(uint64(len(s) / wordBytes))
	for len(s) >= wordBytes {
		e.Felt(felt.FromBytes[felt.Felt]([]byte(s[:wordBytes])))
		s = s[wordBytes:]
	}
	e.Felt(felt.FromBytes[felt.Felt]([]byte(s)))
	e.Uint64(uint64(len(s)))
}

// EncodeSlice writes an Array or Span: its length, then each element.
func EncodeSlice[T any](e *Encoder, values []T, element func(*Encoder, T)) {
	e.Uint64(uint64(len(values)))
	for _, v := range values {
		element(e, v)
	}
}

// EncodeOption writes an Option; nil is None.
func EncodeOption[T any](e *Encoder, value *T, some func(*Encoder, T)) {
	if value == nil {
		e.Uint64(1)
		return
	}
	e.Uint64(0)
	some(e, *value)
}
